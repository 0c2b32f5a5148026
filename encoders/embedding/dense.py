"""Graphs as padded dense arrays: for the small graphs of cells, far faster than lists of edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from archgraph.columns import GraphColumns

MAX_DEPTH = 32  # deeper nodes share a position


@dataclass(frozen=True)
class DenseGraphs:
    """Graphs padded to N nodes.

    Args:
        ops: operation indices, [G, N] int64; 0 where there is no node.
        present: whether there is a node, [G, N] bool.
        adjacency: 1 where an edge leads from s to t, [G, N, N] float32.
        from_input: edges on the longest path from the input to each node, below MAX_DEPTH, [G, N] int64.
        from_output: the same from the output, against the edges.
    """

    ops: Tensor
    present: Tensor
    adjacency: Tensor
    from_input: Tensor
    from_output: Tensor


def dense(graphs: GraphColumns, device: torch.device | str = "cpu") -> DenseGraphs:
    """All of `graphs`, padded to the largest."""
    sizes = np.diff(graphs.node_ptr)
    count, nodes = len(sizes), int(sizes.max(initial=0))
    present = np.arange(nodes) < sizes[:, None]
    ops = np.zeros((count, nodes), dtype=np.int64)
    ops[present] = graphs.ops
    owner = np.repeat(np.arange(count), np.diff(graphs.edge_ptr))
    adjacency = np.zeros((count, nodes, nodes), dtype=np.float32)
    adjacency[owner, graphs.edges[0], graphs.edges[1]] = 1.0
    linked = torch.from_numpy(adjacency).to(device)
    backwards = linked.transpose(1, 2).flip(1, 2)
    return DenseGraphs(
        torch.from_numpy(ops).to(device),
        torch.from_numpy(present).to(device),
        linked,
        depths_in(linked),
        depths_in(backwards).flip(1),
    )


def depths_in(adjacency: Tensor) -> Tensor:
    """Edges on the longest path into each node of graphs in topological order, [G, N] int64."""
    depth = adjacency.new_zeros(adjacency.shape[:2])
    for node in range(1, adjacency.shape[1]):
        depth[:, node] = (adjacency[:, :node, node] * (depth[:, :node] + 1)).amax(1)
    return depth.long().clamp(max=MAX_DEPTH - 1)
