"""NAS-Bench-101's network: 3x3 convolution to 128 channels, three stacks of three cells, pooling, dense layer.

Before stacks 2 and 3 a pooling halves the image and the channels double. Vertices that feed the output are
concatenated and share its channels evenly, the remainder going one each to the first; a vertex that feeds only
others has the largest channel count among its successors. Edges from the input go through a 1x1 convolution; the one
from input to output is added. The split depends on the order of the vertices, so isomorphic cells can differ by a
few parameters, as they do in the benchmark.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from archgraph.architecture import Edge
from archgraph.graph import ArchGraph
from archgraph.networks.layers import Cost, conv, linear
from archgraph.ops import OPS

STEM, STACKS, CELLS = 128, 3, 3


def network_cost(graph: ArchGraph, classes: int = 10, image: int = 32) -> Cost:
    """The cost of a cell in the network; `image` is the side of the input image in pixels."""
    kernels = [OPS[i].kernel if OPS[i].kind == "conv" else 0 for i in graph.x.tolist()]
    edges = graph.edges
    total, inputs, outputs = conv(3, STEM, 3, image), STEM, STEM
    for stack in range(STACKS):
        if stack:
            image, outputs = image // 2, 2 * outputs
        for _ in range(CELLS):
            total += _cell(kernels, edges, inputs, outputs, image)
            inputs = outputs
    return total + linear(inputs, classes)


def vertex_channels(nodes: int, edges: list[Edge], inputs: int, outputs: int) -> list[int]:
    """Channels of each vertex of a cell; those of the input are `inputs`."""
    last = nodes - 1
    feeds = [[t for s, t in edges if s == v] for v in range(nodes)]
    concatenated = [v for v in range(1, last) if last in feeds[v]]
    channels = [inputs] + [0] * (nodes - 2) + [outputs]
    for i, v in enumerate(concatenated):
        share, remainder = divmod(outputs, len(concatenated))
        channels[v] = share + (i < remainder)
    for v in range(last - 1, 0, -1):
        channels[v] = channels[v] or max(channels[t] for t in feeds[v])
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


def _cell(kernels: list[int], edges: list[Edge], inputs: int, outputs: int, image: int) -> Cost:
    channels = vertex_channels(len(kernels), edges, inputs, outputs)
    total = Cost()
    for v, kernel in enumerate(kernels):
        if kernel:
            total += conv(channels[v], channels[v], kernel, image)
    for s, t in edges:
        if s == 0:
            total += conv(inputs, channels[t], 1, image)
    return total
