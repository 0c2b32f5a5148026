"""Exact edit distance of two small graphs, by branch and bound over the ways to match their nodes.

A match sends each node of the first graph to a node of the second or to none; input goes to input, output to output.
It costs one for each matched pair of different operations, each unmatched node, and each edge of one graph that is
not the image of an edge of the other. The distance is the least cost. Nodes are matched in topological order, and a
branch is cut where its cost and a bound on what must follow (operations that have no partner, surplus edges) reach
the best match known.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from archgraph.canonical import RawGraph
from archgraph.errors import InputError

MAX_STEPS = 2_000_000
"""Partial matches tried before the search gives up; about ten seconds."""


def match(first: RawGraph, second: RawGraph) -> tuple[int, list[int]]:
    """The edit distance and a match that attains it: for each node of `first` its partner in `second`, or -1.

    Raises:
        InputError: more than `MAX_STEPS` partial matches had to be tried.
    """
    search = _Search(first, second)
    search.run()
    return search.best, search.best_image


class _Search:
    def __init__(self, first: RawGraph, second: RawGraph) -> None:
        self.ops, self.other_ops = first[0], second[0]
        self.n, self.m = len(first[0]), len(second[0])
        self.edges, self.other_edges = set(first[1]), set(second[1])
        self.before = [[s for s, t in self.edges if t == i] for i in range(self.n)]
        self.place = np.arange(self.m) / max(1, self.m - 1)
        self.best, self.best_image = self.n + self.m + len(self.edges) + len(self.other_edges), [-1] * self.n
        self.steps = 0
        # edges of `first` whose later end is not yet matched, when the nodes below i are
        self.edges_left = [sum(t >= i and t < self.n for _, t in self.edges) for i in range(self.n + 1)]

    def run(self) -> None:
        """Try all matches, most promising first."""
        self._extend(1, [0], 0, frozenset(range(1, self.m - 1)), len(self.other_edges))

    def _extend(self, i: int, image: list[int], cost: int, free: frozenset[int], uncovered: int) -> None:
        """Match node i, given partners of the nodes before it.

        `free` are the unused nodes of the second graph, `uncovered` its edges not yet between two used nodes.
        """
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise InputError(f"graphs of {self.n} and {self.m} nodes are too large for an exact edit distance")
        if cost + self._bound(i, free, uncovered) >= self.best:
            return
        if i == self.n - 1:
            self._finish(image, cost, free, uncovered)
            return
        for j in sorted(free, key=lambda j: (self.other_ops[j] != self.ops[i], abs(self.place[j] - i / self.n))):
            extra, covered = self._edges_cost(i, j, image)
            self._extend(
                i + 1, [*image, j], cost + extra + (self.ops[i] != self.other_ops[j]), free - {j}, uncovered - covered
            )
        self._extend(i + 1, [*image, -1], cost + 1 + len(self.before[i]), free, uncovered)

    def _finish(self, image: list[int], cost: int, free: frozenset[int], uncovered: int) -> None:
        extra, covered = self._edges_cost(self.n - 1, self.m - 1, image)
        total = cost + extra + len(free) + uncovered - covered
        if total < self.best:
            self.best, self.best_image = total, [*image, self.m - 1]

    def _edges_cost(self, i: int, j: int, image: list[int]) -> tuple[int, int]:
        """Edges from earlier nodes to i that have no counterpart at j or the reverse, and the number of those at j."""
        mine = {(image[s], j) for s in self.before[i] if image[s] >= 0}
        gone = len(self.before[i]) - len(mine)
        used = [p for p in image if p >= 0]
        theirs = {(p, j) for p in used if (p, j) in self.other_edges}
        theirs |= {(j, p) for p in used if (j, p) in self.other_edges}
        return gone + len(mine ^ theirs), len(theirs)

    def _bound(self, i: int, free: frozenset[int], uncovered: int) -> int:
        """Least further cost: nodes without a partner of the same operation, and surplus edges of either graph."""
        left = Counter(self.ops[i : self.n - 1])
        right = Counter(self.other_ops[j] for j in free)
        nodes = max(left.total(), right.total()) - (left & right).total()
        return nodes + abs(self.edges_left[i] - uncovered)
