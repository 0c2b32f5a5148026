"""Members of a space around a network in columns: codes become chains of blocks and back, all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.columns import GraphColumns, pointers
from archgraph.ops import OPS
from archgraph.spaces.module.blocks import DEPTH, Block


class Chains:
    """The blocks of a space as arrays.

    Args:
        blocks: in the order in which they run.

    Shapes:
        codes: [members, places], one choice a place, in the order of the blocks and of their choices.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.depths: list[NDArray[np.int64]] = []
        """Of each block, how often it may stand."""
        self.at: list[int | None] = []
        """Of each block, the place that says how often it stands."""
        self.free: list[tuple[list[int], list[int]]] = []
        """Of each block, its other places, and how many operations one choice further is."""
        self.first: list[int] = []
        """Of each block, the number of its first operation among those of all."""
        place, names = 0, ["input"]
        for block in blocks:
            kinds = list(block.choices)
            places = {kind: place + number for number, kind in enumerate(kinds)}
            free = [kind for kind in kinds if kind != DEPTH]
            steps = [
                int(np.prod([len(block.choices[k]) for k in free[i + 1 :]], dtype=np.int64)) for i in range(len(free))
            ]
            self.depths.append(np.array(block.choices.get(DEPTH, (1,)), dtype=np.int64))
            self.at.append(places.get(DEPTH))
            self.free.append(([places[kind] for kind in free], steps))
            self.first.append(len(names))
            names += block.operations
            place += len(kinds)
        self.options = np.array([len(values) for block in blocks for values in block.choices.values()])
        self.names = [*names, "output"]
        self.number = {name: number for number, name in enumerate(self.names)}

    def plain(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The codes of the same members with the first choice wherever a choice is of no effect."""
        plain = codes.copy()
        for (free, _), gone in zip(self.free, self._depths(codes).T == 0, strict=True):
            plain[np.ix_(gone, free)] = 0
        return plain

    def graphs(self, codes: NDArray[np.int64]) -> GraphColumns:
        """The members with these codes."""
        numbers = np.zeros((len(codes), len(self.first) + 2), dtype=np.int64)
        numbers[:, -1] = len(self.names) - 1
        for block, ((free, steps), first) in enumerate(zip(self.free, self.first, strict=True)):
            numbers[:, block + 1] = first + codes[:, free] @ np.array(steps, dtype=np.int64)
        times = np.pad(self._depths(codes), ((0, 0), (1, 1)), constant_values=1)
        sizes = times.sum(axis=1)
        node_ptr, edge_ptr = pointers(sizes), pointers(sizes - 1)
        sources = np.arange(edge_ptr[-1]) - np.repeat(edge_ptr[:-1], sizes - 1)
        edges = np.stack([sources, sources + 1]).astype(np.int16)
        used, which = np.unique(np.repeat(numbers.ravel(), times.ravel()), return_inverse=True)
        ops = np.array([OPS.index(self.names[number]) for number in used], dtype=np.int16)
        return GraphColumns(ops[which], edges, node_ptr, edge_ptr)

    def codes(self, graphs: GraphColumns) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The codes of graphs, and which of them are members; codes of others say nothing."""
        count, blocks = len(graphs), len(self.first)
        owner = np.repeat(np.arange(count), np.diff(graphs.node_ptr))
        used, which = np.unique(graphs.ops, return_inverse=True)
        number = np.array([self.number.get(OPS[op].name, -1) for op in used], dtype=np.int64)[which]
        place = np.arange(len(number)) - graphs.node_ptr[owner]
        inside = (place > 0) & (place < np.diff(graphs.node_ptr)[owner] - 1)
        block = np.searchsorted(self.first, number, side="right") - 1
        fits = self._is_chain(graphs)
        fits &= ~_any(owner[inside & ((number < 1) | (number == len(self.names) - 1))], count)
        goes_back = inside[1:] & inside[:-1] & (owner[1:] == owner[:-1]) & (block[1:] < block[:-1])
        fits &= ~_any(owner[1:][goes_back], count)
        rows, which, formed = owner[inside], np.clip(block[inside], 0, None), number[inside]
        times = np.zeros((count, blocks), dtype=np.int64)
        np.add.at(times, (rows, which), 1)
        least, most = np.full((count, blocks), len(self.names)), np.full((count, blocks), -1)
        np.minimum.at(least, (rows, which), formed)
        np.maximum.at(most, (rows, which), formed)
        fits &= ((least == most) | (times == 0)).all(axis=1)
        codes = np.zeros((count, len(self.options)), dtype=np.int64)
        for i, ((free, steps), first, depths, at) in enumerate(
            zip(self.free, self.first, self.depths, self.at, strict=True)
        ):
            known = times[:, i, None] == depths
            fits &= known.any(axis=1)
            if at is not None:
                codes[:, at] = known.argmax(axis=1)
            form = np.where(times[:, i] > 0, least[:, i] - first, 0)
            for column, step in zip(free, steps, strict=True):
                codes[:, column] = form // step % self.options[column]
        return codes, fits

    def _depths(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each block stands, [members, blocks]."""
        ones = np.zeros(len(codes), dtype=np.int64)
        every = [values[ones if at is None else codes[:, at]] for values, at in zip(self.depths, self.at, strict=True)]
        return np.stack(every, axis=1)

    def _is_chain(self, graphs: GraphColumns) -> NDArray[np.bool_]:
        """Which graphs have an edge from each node to the next and no others."""
        sizes = np.diff(graphs.edge_ptr)
        owner = np.repeat(np.arange(len(graphs)), sizes)
        right = np.arange(len(owner)) - graphs.edge_ptr[owner]
        odd = (graphs.edges[0] != right) | (graphs.edges[1] != right + 1)
        return (sizes == np.diff(graphs.node_ptr) - 1) & ~_any(owner[odd], len(graphs))


def _any(rows: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    """Which of `count` rows stand among these."""
    found = np.zeros(count, dtype=np.bool_)
    found[rows] = True
    return found
