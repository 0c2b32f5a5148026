"""DARTS' network for CIFAR: 3x3 convolution, cells in sequence with two reductions, pooling, linear layer.

The stem has three times the initial channels. Cells one third and two thirds down are reduction cells, which double
the channels. A cell first brings both its inputs to its channels by a 1x1 convolution (a factorised reduction for
input 0 behind a reduction cell) and puts out four times its channels. A skip of stride 2 is a factorised reduction.
"""

from __future__ import annotations

from archgraph.graph import ArchGraph
from archgraph.networks.layers import Cost, conv, factorized_reduce, linear, separable
from archgraph.operation import Operation
from archgraph.spaces.darts import OPERATIONS, VERTICES, DARTSCell, DARTSSpace

_SPACE = DARTSSpace()


def network_cost(graph: ArchGraph, classes: int = 10, image: int = 32, channels: int = 36, layers: int = 20) -> Cost:
    """The cost of a genotype in the network, without auxiliary head.

    Args:
        graph: a member of the space `darts`.
        classes: outputs of the linear layer.
        image: side of the input image in pixels.
        channels: initial channels; 36 in DARTS' evaluation, 32 in NAS-Bench-301.
        layers: cells; 20 in DARTS' evaluation, 8 in NAS-Bench-301.
    """
    normal, reduction = _SPACE.cells(graph)
    before, last = 3 * channels, 3 * channels
    total, reduced = conv(3, last, 3, image), False
    for layer in range(layers):
        reduces = layer in (layers // 3, 2 * layers // 3)
        channels *= 1 + reduces
        total += factorized_reduce(before, channels, image) if reduced else conv(before, channels, 1, image)
        total += conv(last, channels, 1, image)
        image //= 1 + reduces
        total += _cell(reduction if reduces else normal, channels, image, reduces)
        before, last, reduced = last, VERTICES * channels, reduces
    return total + linear(last, classes)


def _cell(cell: DARTSCell, channels: int, image: int, reduces: bool) -> Cost:
    total = Cost()
    for vertex in cell:
        for name, source in vertex:
            total += _operation(OPERATIONS[name], channels, image, reduces and source < 2)
    return total


def _operation(operation: Operation, channels: int, image: int, halves: bool) -> Cost:
    """`image` is the side after the operation."""
    if operation.kind in ("sep_conv", "dil_conv"):
        return separable(channels, channels, operation.kernel, image) * (2 if operation.kind == "sep_conv" else 1)
    return factorized_reduce(channels, channels, image) if operation.kind == "identity" and halves else Cost()
