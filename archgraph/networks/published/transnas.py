"""TransNAS-Bench-101's backbones (Duan et al. 2021): two 3x3 convolutions of stride 2 to 64 channels, then modules.

The micro network has five modules of two cells, of which the first, third and fifth double the channels and halve the
image; the first cell of a module does so on the edges that leave its input, where a skip becomes a factorised
reduction. In the macro networks a module is two residual blocks of two 3x3 convolutions each.

The heads differ by task and are not published in a form that this could be held against; global pooling and a linear
layer are a reconstruction. So are the pre-activated residual blocks of the macro networks. Without classes the network
is the backbone, which the benchmark calls the encoder.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import CellBuilder, add_operation
from archgraph.networks.heads import classifier, conv_norm, relu_conv_norm
from archgraph.networks.steps import RELU
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.spaces.transnas import MODULES

STEM, CELLS = 64, 2
MICRO_MODULES = (3, 0, 3, 0, 3)


def micro(made: B, graph: ArchGraph, classes: int, channels: int = STEM) -> B:
    """Write the network of a cell: five modules of two cells; `channels` are those of the stem."""
    cells = {module: _ModuleCell(graph, MODULES[module]) for module in {0, *MICRO_MODULES}}
    x = _stem(made, channels)
    for number, module in enumerate(MICRO_MODULES):
        for cell in range(CELLS):
            made.barrier()
            x = made.part(cells[module if cell == 0 else 0], f"module{number}_cell{cell}_", (x,))
    classifier(made, x, classes)
    return made


def macro(made: B, graph: ArchGraph, classes: int, channels: int = STEM) -> B:
    """Write the network of four to six modules, each of two residual blocks; `channels` are those of the stem."""
    x = _stem(made, channels)
    for number, module in enumerate(OPS[i] for i in graph.x.tolist()[1:-1]):
        outputs = int(made.shapes[x][0] * module.expansion)
        x = made.part(_block, f"module{number}_block0_", (x,), outputs, module.stride)
        x = made.part(_block, f"module{number}_block1_", (x,), outputs, 1)
    classifier(made, x, classes)
    return made


class _ModuleCell:
    """Writes a cell whose edges from the input halve the image and widen where its module does so."""

    def __init__(self, graph: ArchGraph, module: Operation) -> None:
        self.cell, self.module = CellBuilder(graph, self._add), module

    def __call__(self, made: NetworkBuilder, prefix: str, source: int) -> int:
        self.source, self.outputs = source, int(made.shapes[source][0] * self.module.expansion)
        return self.cell(made, prefix, source)

    def _add(self, made: NetworkBuilder, name: str, source: int, operation: Operation) -> int:
        if source == self.source and self.module.stride > 1:
            operation = _halving(operation, self.module.stride)
        return add_operation(made, name, source, operation, self.outputs)


@cache
def _halving(operation: Operation, stride: int) -> Operation:
    return replace(operation, stride=stride, name=f"{operation.name}-s2")


def _stem(made: NetworkBuilder, channels: int) -> int:
    half = channels // 2
    first, second = conv_norm(made.shapes[0][0], half, 3, 2), conv_norm(half, channels, 3, 2)
    return made.add("stem", 0, *first, RELU, *second)


def _block(made: NetworkBuilder, prefix: str, source: int, outputs: int, stride: int) -> int:
    """A pre-activated residual block, with a 1x1 convolution as its shortcut where the shape changes."""
    inputs = made.shapes[source][0]
    made.barrier()
    main = made.add(
        f"{prefix}main", source, *relu_conv_norm(inputs, outputs, 3, stride), *relu_conv_norm(outputs, outputs, 3)
    )
    if stride > 1 or inputs != outputs:
        source = made.add(f"{prefix}shortcut", source, *conv_norm(inputs, outputs, 1, stride))
    return made.add(f"{prefix}sum", [source, main])
