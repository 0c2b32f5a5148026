"""Graphs as padded dense arrays: for the small graphs of cells, far faster than lists of edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from archgraph.columns import GraphColumns
from archgraph.equivalence import silence
from archgraph.ops import OPS

MAX_DEPTH = 32  # deeper nodes share a position
_PAIRS = 1 << 16  # pairs of nodes in a batch at most: bounds what a pass through the network holds to some hundred MB


@dataclass(frozen=True)
class DenseGraphs:
    """G graphs padded to N nodes.

    Args:
        ops: operation indices, [G, N] int64; 0 where there is no node.
        present: 1 where a node counts, [G, N] float32.
        adjacency: 1 where an edge leads from s to t, [G, N, N] float32.
        from_input: edges on the longest path from the input to each node, below MAX_DEPTH, [G, N] int64.
        from_output: the same from the output, against the edges.
        last: where the output stands, [G] int64.
    """

    ops: Tensor
    present: Tensor
    adjacency: Tensor
    from_input: Tensor
    from_output: Tensor
    last: Tensor

    @classmethod
    def of(cls, graphs: GraphColumns, effective: bool = False, device: torch.device | str = "cpu") -> DenseGraphs:
        """All of `graphs`, padded to the largest.

        Args:
            graphs: one at least.
            effective: leave out what is on no effective path, nodes too; the input and the output always count.
            device: where the arrays are.
        """
        sizes = np.diff(graphs.node_ptr)
        count, nodes = len(sizes), int(sizes.max())
        present = np.arange(nodes) < sizes[:, None]
        ops = np.zeros((count, nodes), dtype=np.int64)
        ops[present] = graphs.ops
        owner = np.repeat(np.arange(count), np.diff(graphs.edge_ptr))
        adjacency = np.zeros((count, nodes, nodes), dtype=np.bool_)
        adjacency[owner, graphs.edges[0], graphs.edges[1]] = True
        if effective:
            _silence(adjacency, ops, present, sizes)
        linked = torch.from_numpy(adjacency).float()
        into, out_of = depths_in(linked), depths_in(linked.transpose(1, 2).flip(1, 2)).flip(1)
        last = torch.from_numpy(sizes - 1)
        return cls(torch.from_numpy(ops), torch.from_numpy(present).float(), linked, into, out_of, last).to(device)

    def __len__(self) -> int:
        return len(self.ops)

    def to(self, device: torch.device | str) -> DenseGraphs:
        """The same on a device."""
        return DenseGraphs(*(part.to(device) for part in self._parts))

    @property
    def _parts(self) -> tuple[Tensor, ...]:
        return self.ops, self.present, self.adjacency, self.from_input, self.from_output, self.last


def may_be_silent(graphs: GraphColumns) -> bool:
    """Whether an operation among them is a zero, so that something may be on no effective path."""
    return bool(_zeros()[np.unique(graphs.ops)].any())


def _zeros() -> NDArray[np.bool_]:
    """Of each operation there is, whether it is a zero."""
    return np.array([operation.kind == "zero" for operation in OPS])


def _silence(
    adjacency: NDArray[np.bool_], ops: NDArray[np.int64], present: NDArray[np.bool_], sizes: NDArray[np.int64]
) -> None:
    """Leave out, in place, edges without effect and the nodes that lose all theirs; outputs stand at `sizes - 1`."""
    rows = np.arange(len(ops))
    zero = _zeros()[ops] & present
    if not zero.any():
        return
    last = sizes - 1
    if (last != ops.shape[1] - 1).any():  # `silence` reads what the last node hears
        for size in np.unique(sizes).tolist():
            same = np.flatnonzero(sizes == size)
            part = adjacency[same, :size, :size]
            silence(part, zero[same, :size])
            adjacency[same, :size, :size] = part
    else:
        silence(adjacency, zero)
    present &= adjacency.any(axis=1) | adjacency.any(axis=2)
    present[rows, 0] = present[rows, last] = True


def batches(sizes: NDArray[np.int64], pairs: int = _PAIRS) -> Iterator[NDArray[np.intp]]:
    """Rows of graphs of so many nodes, the small ones first, so many at once that padding and memory stay small."""
    order, start = np.argsort(sizes, kind="stable"), 0
    while start < len(order):
        ahead = sizes[order[start : start + max(1, pairs // int(sizes[order[start]]) ** 2)]].astype(np.int64)
        stop = start + max(1, int((np.arange(1, len(ahead) + 1) * ahead**2 <= pairs).sum()))
        yield order[start:stop]
        start = stop


def depths_in(adjacency: Tensor) -> Tensor:
    """Edges on the longest path into each node of graphs in topological order, [G, N] int64."""
    depth = adjacency.new_zeros(adjacency.shape[:2])
    for node in range(1, adjacency.shape[1]):
        depth[:, node] = (adjacency[:, :node, node] * (depth[:, :node] + 1)).amax(1)
    return depth.long().clamp(max=MAX_DEPTH - 1)
