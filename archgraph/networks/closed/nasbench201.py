"""NAS-Bench-201's network: 3x3 convolution to 16 channels, three stages of five cells, pooling, linear layer.

Stages have 16, 32 and 64 channels; between them stands a residual block of stride 2 whose shortcut is a pooling and
a 1x1 convolution without norm. A norm precedes the final pooling.
"""

from __future__ import annotations

from archgraph.graph import ArchGraph
from archgraph.networks.layers import Cost, conv, linear, norm
from archgraph.ops import OPS

STEM, STAGES, CELLS = 16, 3, 5


def network_cost(graph: ArchGraph, classes: int = 10, image: int = 32) -> Cost:
    """The cost of a cell in the network; `image` is the side of the input image in pixels."""
    kernels = [OPS[i].kernel for i in graph.x.tolist() if OPS[i].kind == "conv"]
    channels = STEM
    total = conv(3, channels, 3, image)
    for stage in range(STAGES):
        if stage:
            image //= 2
            total += conv(channels, 2 * channels, 3, image) + conv(2 * channels, 2 * channels, 3, image)
            total += conv(channels, 2 * channels, 1, image, norm=False)
            channels *= 2
        for kernel in kernels:
            total += conv(channels, channels, kernel, image) * CELLS
    return total + norm(channels) + linear(channels, classes)
