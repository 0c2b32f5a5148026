"""Reading many graphs at once on the CPU, computing each node state once however many nodes share it.

Two nodes have the same state after a round of messages exactly when they had the same state before it, and their
predecessors and their successors had, counted with repetition: the colours of Weisfeiler-Lehman refinement. Among the
nodes of many small graphs most are alike for the first rounds, so refining colours first (a hash a node) leaves few
states to compute. Colours are 64-bit hashes; for two different ones among n nodes to agree has odds of n^2 / 2^65.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from archgraph.canonical import mix
from archgraph.columns import GraphColumns, pointers
from encoders.graph_network.graphs import MAX_DEPTH
from encoders.graph_network.message_round import MessageRound

_ROWS = 8192  # states computed at once, so that they stay in the cache
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Links:
    """For each node the nodes at the other end of its edges, one way.

    Args:
        ends: the other ends, edge by edge, those of one node side by side, [edges].
        ptr: where each node's begin, [nodes + 1].
    """

    ends: Ints
    ptr: Ints

    def depths(self) -> Ints:
        """Edges on the longest path along these links from each node, below MAX_DEPTH, [nodes]."""
        depth = np.zeros(len(self.ptr) - 1, dtype=np.int64)
        linked = np.flatnonzero(np.diff(self.ptr))
        starts = self.ptr[linked]
        for _ in range(MAX_DEPTH - 1):
            longer = depth.copy()
            longer[linked] = np.maximum.reduceat(depth[self.ends] + 1, starts) if len(starts) else 0
            if np.array_equal(longer, depth):
                break
            depth = longer
        return np.minimum(depth, MAX_DEPTH - 1)

    def sums(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Sum of the values at the other ends, modulo 2^64, [nodes]."""
        total = np.zeros(len(self.ends) + 1, dtype=np.uint64)
        np.cumsum(values[self.ends], out=total[1:])
        return total[self.ptr[1:]] - total[self.ptr[:-1]]

    def bags(self, nodes: Ints, colors: Ints) -> tuple[Tensor, Tensor]:
        """Colours at the other ends of `nodes`, one node after another, and where each node's begin."""
        ptr = pointers(self.ptr[nodes + 1] - self.ptr[nodes])
        edges = np.arange(ptr[-1]) + np.repeat(self.ptr[nodes] - ptr[:-1], np.diff(ptr))
        return torch.from_numpy(colors[self.ends[edges]]), torch.from_numpy(ptr[:-1].copy())


class _Graphs:
    def __init__(self, columns: GraphColumns) -> None:
        self.columns = columns
        base = np.repeat(columns.node_ptr[:-1], np.diff(columns.edge_ptr))
        self.source, self.target = columns.edges.astype(np.int64) + base

    @cached_property
    def into(self) -> _Links:
        return self._links(self.target, self.source)

    @cached_property
    def out_of(self) -> _Links:
        return self._links(self.source, self.target)

    def _links(self, own: Ints, other: Ints) -> _Links:
        order = np.argsort(own, kind="stable")
        return _Links(other[order], pointers(np.bincount(own, minlength=len(self.columns.ops))))

    def refined(self, colors: Ints) -> tuple[Ints, Ints]:
        """Colours after a round, and the first node of each: [nodes] and [colours]."""
        own = colors.astype(np.uint64)
        hashes = mix(own + _OWN)
        for links, salt in ((self.into, _INTO), (self.out_of, _OUT_OF)):
            hashes = mix(hashes ^ mix(links.sums(mix(own + salt)) + salt))
        return _numbered(hashes)


@torch.no_grad()
def read_sharing_states(
    columns: GraphColumns,
    start: Callable[[Tensor, Tensor, Tensor], Tensor],
    rounds: Sequence[MessageRound],
    pooled: Callable[[Tensor, Tensor], Tensor],
    readout: int,
) -> Tensor:
    """What is read out of each graph, [len(columns), readout], by the parts of a `GraphNetwork` on the CPU.

    The last round gives nearly every node a state of its own, so there nodes are taken as they are.

    Args:
        columns: the graphs.
        start: states before the first round, of operations and depths from the input and from the output, [N] each.
        rounds: the rounds of messages, one at least.
        pooled: from the states of nodes, graph by graph, and how many each graph has, to what is read out of each.
        readout: numbers that this is.
    """
    graphs = _Graphs(columns)
    known = np.stack([columns.ops.astype(np.int64), graphs.into.depths(), graphs.out_of.depths()])
    colors, first = _numbered((known[0] * MAX_DEPTH + known[1]) * MAX_DEPTH + known[2])
    states = start(*torch.from_numpy(known[:, first]))
    for layer in rounds[:-1]:
        own, (colors, first) = colors, graphs.refined(colors)
        following = _Round(layer, states, own, graphs)
        states = torch.cat([following.of(first[row : row + _ROWS]) for row in range(0, len(first), _ROWS)])
    closing = _Round(rounds[-1], states, colors, graphs)
    result = torch.empty(len(columns), readout)
    for begin, stop in runs(columns.node_ptr, _ROWS):
        ptr = columns.node_ptr[begin : stop + 1]
        nodes = np.arange(ptr[0], ptr[-1])
        sizes = torch.from_numpy(np.diff(ptr))
        result[begin:stop] = pooled(closing.of(nodes), sizes)
    return result


class _Round:
    """A round of messages from the states of colours.

    Args:
        layer: the round.
        states: of each colour, [colours, hidden].
        colors: of each node, [nodes].
    """

    def __init__(self, layer: MessageRound, states: Tensor, colors: Ints, graphs: _Graphs) -> None:
        self.layer, self.states, self.colors = layer, states, colors
        sent = [layer.messages(part) for part in states.split(_ROWS)]
        self.kept, along, against = (torch.cat(parts) for parts in zip(*sent, strict=True))
        self.received = ((graphs.into, along), (graphs.out_of, against))

    def of(self, nodes: Ints) -> Tensor:
        """The states of some nodes after the round, [len(nodes), hidden]."""
        own = torch.from_numpy(self.colors[nodes])
        total = self.kept[own]
        for links, sent in self.received:
            ends, starts = links.bags(nodes, self.colors)
            total += F.embedding_bag(ends, sent, starts, mode="sum")
        return self.states[own] + self.layer.update_of(total)


def runs(node_ptr: Ints, nodes: int) -> Iterator[tuple[int, int]]:
    """Runs of graphs with at most so many nodes together, but one graph at least, as (start, stop)."""
    start = 0
    while start < len(node_ptr) - 1:
        stop = max(start + 1, int(np.searchsorted(node_ptr, node_ptr[start] + nodes, side="right")) - 1)
        yield start, stop
        start = stop


def _numbered(keys: NDArray[np.int64] | NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """The number of each key among the different ones, and the first position of each."""
    numbers, different = pd.factorize(keys)
    first = np.empty(len(different), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(keys) - 1, -1, -1)
    return numbers, first


_OWN, _INTO, _OUT_OF = (np.uint64(salt) for salt in (0x9E3779B97F4A7C15, 0x243F6A8885A308D3, 0x13198A2E03707344))
