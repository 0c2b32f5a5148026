"""Exact edit distance of two graphs, by branch and bound over the ways to match their nodes.

A match sends each node of the first graph to a node of the second or to none; input goes to input, output to output.
It costs one for each matched pair of different operations, each unmatched node, and each edge of one graph that is
not the image of an edge of the other. The distance is the least cost.

The bound on what a partial match must still cost is the least-cost assignment of the remaining nodes, where a pair
costs its operations, its edges to matched nodes in full, and half of what its numbers of edges to remaining nodes
differ (each such edge has two ends). The match that the assignment proposes is priced too, so that good matches are
known early. Costs are doubled inside, to stay whole. Where that takes long, as from about 15 nodes on, the integer
program of `edit_program` takes over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archgraph.canonical import RawGraph
from archgraph.edits.integer_program import best_match

MAX_STEPS = 2_000
"""Partial matches tried before the integer program takes over; some tenths of a second."""

Costs = NDArray[np.int64]


def match(first: RawGraph, second: RawGraph, seconds: float) -> tuple[int, list[int]]:
    """The edit distance and a match that attains it: for each node of `first` its partner in `second`, or -1.

    Raises:
        InputError: it could not be found in about so many seconds.
    """
    search = _Search(first, second)
    if not search.run():
        search.offer(best_match(first, second, search.relabel, seconds))
    return search.best, search.image.tolist()


@dataclass(frozen=True)
class _Partial:
    """A partial match.

    Args:
        image: partner of each node of the first graph, -1 for none, -2 for not yet decided, [n].
        left: undecided nodes of the first graph.
        free: unmatched nodes of the second.
        cost: of what is decided.
        cross: edges to matched nodes on which nodes i and j disagree, [n, m].
        edges: edges of each undecided node of the first graph to matched nodes, [n].
        other_edges: the same in the second, [m].
    """

    image: NDArray[np.int64]
    left: NDArray[np.int64]
    free: NDArray[np.int64]
    cost: int
    cross: Costs
    edges: Costs
    other_edges: Costs


class _Search:
    def __init__(self, first: RawGraph, second: RawGraph) -> None:
        self.a, self.b = _adjacency(first), _adjacency(second)
        self.relabel = np.array([[p != q for q in second[0]] for p in first[0]], dtype=np.int64)
        self.best = len(first[0]) + len(second[0]) + len(first[1]) + len(second[1])
        self.image = np.full(len(first[0]), -1)
        self.steps = 0
        from scipy.optimize import linear_sum_assignment  # takes half a second to load

        self.assign = linear_sum_assignment

    def run(self) -> bool:
        """Search all matches, most promising first; False where it was given up."""
        n, m = self.relabel.shape
        start = _Partial(
            np.full(n, -2),
            np.arange(n),
            np.arange(m),
            0,
            np.zeros((n, m), dtype=np.int64),
            np.zeros(n, dtype=np.int64),
            np.zeros(m, dtype=np.int64),
        )
        self._extend(self._matched(self._matched(start, 0, 0), n - 1, m - 1))
        return self.steps <= MAX_STEPS

    def _extend(self, partial: _Partial) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            return
        costs = self._costs(partial)
        rows, columns = self.assign(costs)
        if partial.cost + -(-int(costs[rows, columns].sum()) // 2) >= self.best:
            return
        proposal = partial.image.copy()
        proposal[partial.left] = [
            partial.free[c] if c < len(partial.free) else -1 for c in columns[: len(partial.left)]
        ]
        self.offer(proposal)
        if not len(partial.left):
            return
        # decide the node whose partner is clearest: its best partner is far ahead of the others
        lead = np.diff(np.sort(costs[: len(partial.left)], axis=1)[:, :2], axis=1)
        k = int(lead.argmax()) if lead.size else 0  # a node that can only go has no other partner
        i = int(partial.left[k])
        for c in np.argsort(costs[k, : len(partial.free) + 1], kind="stable").tolist():
            into_none = c == len(partial.free)
            self._extend(self._deleted(partial, i) if into_none else self._matched(partial, i, int(partial.free[c])))

    def offer(self, image: NDArray[np.int64]) -> None:
        """Price a whole match, and keep it if it is the best so far."""
        kept = np.flatnonzero(image >= 0)
        inside = self.a[kept[:, None], kept]
        mapped = self.b[image[kept][:, None], image[kept]]
        shared = int((inside & mapped).sum())
        nodes = len(image) + len(self.b) - 2 * len(kept) + int(self.relabel[kept, image[kept]].sum())
        total = nodes + int(self.a.sum()) + int(self.b.sum()) - 2 * shared
        if total < self.best:
            self.best, self.image = total, image

    def _costs(self, partial: _Partial) -> Costs:
        """Doubled costs of pairing the undecided nodes and `none` with the free nodes and `none`; square."""
        left, free = partial.left, partial.free
        rows = left[:, None]
        a, b = self.a[rows, left], self.b[free[:, None], free]
        total = np.add.reduce  # `sum` of so small an array takes half its time to get here
        a_in, a_out, b_in, b_out = total(a, 0), total(a, 1), total(b, 0), total(b, 1)
        pairs = 2 * (self.relabel[rows, free] + partial.cross[rows, free])
        pairs += np.abs(a_out[:, None] - b_out) + np.abs(a_in[:, None] - b_in)
        deleted = 2 + 2 * partial.edges[left] + a_in + a_out
        inserted = 2 + 2 * partial.other_edges[free] + b_in + b_out
        costs = np.zeros((len(left) + len(free),) * 2, dtype=np.int64)
        costs[: len(left), : len(free)] = pairs
        costs[: len(left), len(free) :] = deleted[:, None]
        costs[len(left) :, : len(free)] = inserted[None]
        return costs

    def _matched(self, partial: _Partial, i: int, j: int) -> _Partial:
        a, b = self.a, self.b
        image = partial.image.copy()
        image[i] = j
        disagree = np.abs(a[i][:, None] - b[j][None]) + np.abs(a[:, i][:, None] - b[:, j][None])
        return _Partial(
            image,
            partial.left[partial.left != i],
            partial.free[partial.free != j],
            partial.cost + int(self.relabel[i, j] + partial.cross[i, j]),
            partial.cross + disagree,
            partial.edges + a[i] + a[:, i],
            partial.other_edges + b[j] + b[:, j],
        )

    def _deleted(self, partial: _Partial, i: int) -> _Partial:
        image = partial.image.copy()
        image[i] = -1
        left = partial.left[partial.left != i]
        lost = 1 + int(partial.edges[i] + self.a[i, left].sum() + self.a[left, i].sum())
        return _Partial(
            image, left, partial.free, partial.cost + lost, partial.cross, partial.edges, partial.other_edges
        )


def _adjacency(graph: RawGraph) -> Costs:
    adjacency = np.zeros((len(graph[0]),) * 2, dtype=np.int64)
    for s, t in graph[1]:
        adjacency[s, t] = 1
    return adjacency
