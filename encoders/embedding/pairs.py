"""Pairs of architectures a known number of edits apart, to learn distances from and to measure them by."""

from __future__ import annotations

from collections.abc import Iterable
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
    ends, others = _walked(space, drawn, starts, rng.integers(1, MOST_EDITS + 1, size=len(drawn)), rng)
    distances = space.edits_between(starts, ends)
    for row, (first, second) in enumerate(zip(drawn, others, strict=True)):
        if max(first.num_nodes, second.num_nodes) <= _EXACT_NODES:
            distances[row] = edit_distance(first, second)
        elif first == second:
            distances[row] = 0
    kept = np.flatnonzero((distances > 0) & (distances <= MOST_EDITS))
    seconds = [others[row] for row in kept]
    return EditPairs(drawn[kept], ArchTable.from_graphs(seconds, space=space.name), distances[kept].astype(np.float32))


def _walked(
    space: Space,
    graphs: Iterable[ArchGraph],
    codes: NDArray[np.int64],
    steps: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], list[ArchGraph]]:
    """Where walks from members lead, so many changes of the code each: codes and members.

    All walks take a step together; where it breaks the space's rules, another is tried in the next round.
    """
    ends, others, left = codes.copy(), list(graphs), steps.copy()
    free = np.flatnonzero(np.array(space.options) > 1)
    options = np.array(space.options)
    for _ in range(_PATIENCE if len(free) else 0):
        rows = np.flatnonzero(left)
        if not len(rows):
            break
        changed, place = ends[rows], free[rng.integers(len(free), size=len(rows))]
        moved = ends[rows, place] + rng.integers(1, options[place])
        changed[np.arange(len(rows)), place] = moved % options[place]
        for row, code, found in zip(rows.tolist(), changed, space.from_codes(changed), strict=True):
            if found is not None:
                ends[row], others[row] = code, found
                left[row] -= 1
    return ends, others
