"""NAS-Bench-Macro's network: 3x3 convolution to 32 channels, three stages of layers, 1x1 convolution to 1280, linear.

The first layer of each stage halves the image and doubles the channels. An MBConv is a 1x1 convolution that expands,
a depthwise one, and a 1x1 convolution back, each with a norm.
"""

from __future__ import annotations

from archgraph.graph import ArchGraph
from archgraph.networks.layers import Cost, conv, linear
from archgraph.operation import Operation
from archgraph.ops import OPS

STEM, HEAD = 32, 1280


def network_cost(graph: ArchGraph, classes: int = 10, image: int = 32) -> Cost:
    """The cost of a member of the space; `image` is the side of the input image in pixels."""
    channels = STEM
    total = conv(3, channels, 3, image)
    for index in graph.x.tolist()[1:-1]:
        operation = OPS[index]
        outputs = channels * operation.stride
        total += _layer(operation, channels, outputs, image)
        channels, image = outputs, image // operation.stride
    return total + conv(channels, HEAD, 1, image) + linear(HEAD, classes)


def _layer(operation: Operation, inputs: int, outputs: int, image: int) -> Cost:
    after = image // operation.stride
    if operation.kind == "mbconv":
        inner = int(inputs * operation.expansion)
        expand = conv(inputs, inner, 1, image)
        return expand + conv(inner, inner, operation.kernel, after, groups=inner) + conv(inner, outputs, 1, after)
    return conv(inputs, outputs, 1, after) if operation.kind == "conv" else Cost()
