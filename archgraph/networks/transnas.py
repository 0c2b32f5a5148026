"""TransNAS-Bench-101's backbones (Duan et al. 2021), each with global pooling and a linear layer behind it.

The heads differ by task and are not published in a form that this could be held against; the classifier is a
reconstruction. So are the pre-activated residual blocks of the macro networks.
"""

from __future__ import annotations

from dataclasses import replace

from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.cells import Cell, place_operation
from archgraph.networks.closed.transnas import CELLS, STEM
from archgraph.networks.heads import classifier, conv_norm, relu_conv_norm
from archgraph.networks.steps import RELU, Shape
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.spaces.transnas import MODULES

MICRO_MODULES = (3, 0, 3, 0, 3)


def micro(graph: ArchGraph, image: Shape, classes: int, channels: int = STEM) -> Blueprint:
    """The network of a cell: five modules of two cells; `channels` are those of the stem."""
    made = Blueprint(image)
    x = _stem(made, channels)
    for number, module in enumerate(MODULES[i] for i in MICRO_MODULES):
        for cell in range(CELLS):
            shape = module if cell == 0 else MODULES[0]
            made.barrier()
            x = _Cell(graph, shape, x)(made, f"module{number}_cell{cell}_")
    classifier(made, x, classes)
    return made


def macro(graph: ArchGraph, image: Shape, classes: int, channels: int = STEM) -> Blueprint:
    """The network of four to six modules, each of two residual blocks; `channels` are those of the stem."""
    made = Blueprint(image)
    x = _stem(made, channels)
    for number, module in enumerate(OPS[i] for i in graph.x.tolist()[1:-1]):
        x = _block(made, f"module{number}_block0_", x, int(made.shapes[x][0] * module.expansion), module.stride)
        x = _block(made, f"module{number}_block1_", x, made.shapes[x][0], 1)
    classifier(made, x, classes)
    return made


class _Cell:
    """A cell whose edges from the input halve the image and widen where its module does so."""

    def __init__(self, graph: ArchGraph, module: Operation, source: int) -> None:
        self.cell, self.module, self.source = Cell(graph, self._place), module, source

    def __call__(self, made: Blueprint, prefix: str) -> int:
        self.outputs = int(made.shapes[self.source][0] * self.module.expansion)
        return self.cell(made, self.source, prefix)

    def _place(self, made: Blueprint, name: str, operation: Operation, source: int) -> int:
        if source == self.source and self.module.stride > 1:
            operation = replace(operation, stride=self.module.stride, name=f"{operation.name}-s2")
        return place_operation(made, name, operation, source, self.outputs)


def _stem(made: Blueprint, channels: int) -> int:
    half = channels // 2
    first, second = conv_norm(made.shapes[0][0], half, 3, 2), conv_norm(half, channels, 3, 2)
    return made.add("stem", 0, *first, RELU, *second)


def _block(made: Blueprint, prefix: str, source: int, outputs: int, stride: int) -> int:
    inputs = made.shapes[source][0]
    made.barrier()
    main = made.add(
        f"{prefix}main", source, *relu_conv_norm(inputs, outputs, 3, stride), *relu_conv_norm(outputs, outputs, 3)
    )
    if stride > 1 or inputs != outputs:
        source = made.add(f"{prefix}shortcut", source, *conv_norm(inputs, outputs, 1, stride))
    return made.add(f"{prefix}sum", [source, main])
