"""Pairs of architectures a known number of edits apart, to learn distances from and to measure them by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archgraph.edits.paths import edit_distance
from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from archgraph.table.table import ArchTable

MOST_EDITS = 6
_EXACT_NODES = 8  # graphs up to this size have their exact edit distance taken
_PATIENCE = 100  # changes tried before a walk ends where it is


@dataclass(frozen=True)
class EditPairs:
    """Pairs of members of one space.

    Args:
        first, second: the members, P each.
        distance: edits between them, [P] float32, more than 0.
    """

    first: ArchTable
    second: ArchTable
    distance: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.distance)


def edit_pairs(space: Space, members: ArchTable, n: int, rng: np.random.Generator) -> EditPairs:
    """At most n pairs: a drawn member, and where a walk of 1 to `MOST_EDITS` changes of its code leads.

    The distance is the exact edit distance where graphs have at most 8 nodes, so on cells with operations on nodes;
    elsewhere the edits between the codes at both ends of the walk (`Space.edits_between`). Pairs of isomorphic graphs
    are left out.
    """
    drawn = members[rng.integers(len(members), size=n)]
    starts = space.to_codes(drawn)
    steps = rng.integers(1, MOST_EDITS + 1, size=len(drawn)).tolist()
    walks = [_walk(space, *start, rng) for start in zip(drawn, starts, steps, strict=True)]
    distances = space.edits_between(starts, np.stack([code for _, code in walks]))
    for row, (first, (second, _)) in enumerate(zip(drawn, walks, strict=True)):
        if max(first.num_nodes, second.num_nodes) <= _EXACT_NODES:
            distances[row] = edit_distance(first, second)
        elif first == second:
            distances[row] = 0
    kept = np.flatnonzero((distances > 0) & (distances <= MOST_EDITS))
    seconds = [walks[row][0] for row in kept]
    return EditPairs(drawn[kept], ArchTable.from_graphs(seconds, space=space.name), distances[kept].astype(np.float32))


def _walk(
    space: Space, graph: ArchGraph, code: NDArray[np.int64], steps: int, rng: np.random.Generator
) -> tuple[ArchGraph, NDArray[np.int64]]:
    """The member that `steps` changes of the code lead to, and its code."""
    free = [position for position, options in enumerate(space.options) if options > 1]
    for _ in range(_PATIENCE):
        if not steps or not free:
            break
        changed = code.copy()
        position = free[int(rng.integers(len(free)))]
        changed[position] = (code[position] + rng.integers(1, space.options[position])) % space.options[position]
        found = space.from_codes(changed[None])[0]
        if found is not None:
            graph, code, steps = found, changed, steps - 1
    return graph, code
