"""How NAS-Bench-101 splits the channels of a cell among its vertices (Ying et al. 2019).

Vertices that feed the output are concatenated and share its channels evenly, the remainder going one each to the
first; a vertex that feeds only others has the largest channel count among its successors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from archgraph.architecture import Edge


def vertex_channels(nodes: int, edges: list[Edge], inputs: int, outputs: int) -> list[int]:
    """Channels of each vertex of a cell; those of the input are `inputs`."""
    last = nodes - 1
    feeds: list[list[int]] = [[] for _ in range(nodes)]
    for s, t in edges:
        feeds[s].append(t)
    concatenated = [v for v in range(1, last) if last in feeds[v]]
    channels = [inputs] + [0] * (nodes - 2) + [outputs]
    for i, v in enumerate(concatenated):
        share, remainder = divmod(outputs, len(concatenated))
        channels[v] = share + (i < remainder)
    for v in range(last - 1, 0, -1):
        if v not in concatenated:
            channels[v] = max(channels[t] for t in feeds[v])
    return channels


def channel_shares(adjacency: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Channels of each vertex as a part of the output's, not rounded, of many cells of one size.

    Args:
        adjacency: whether an edge leads from s to t, [B, nodes, nodes], in topological order.

    Returns:
        [B, nodes]; 1 for the input, 0 where nothing flows.
    """
    nodes = adjacency.shape[1]
    feeds = adjacency[:, 1:, -1].sum(axis=1)
    shares = np.zeros(adjacency.shape[:2])
    shares[:, [0, -1]] = 1
    for v in range(nodes - 2, 0, -1):
        widest = np.where(adjacency[:, v, v + 1 : -1], shares[:, v + 1 : -1], 0).max(axis=1, initial=0)
        shares[:, v] = np.where(adjacency[:, v, -1], 1 / np.maximum(feeds, 1), widest)
    return shares
