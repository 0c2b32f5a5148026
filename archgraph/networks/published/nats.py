"""NATS-Bench's network of the size space: a stem, five layers of the given widths, pooling and a linear layer.

The stem is a 3x3 convolution and norm with the first layer's channels. Layers 0, 2 and 4 are a cell of NAS-Bench-201
whose operations on its input change the channels (a skip becomes a 1x1 convolution and norm there), 1 and 3 residual
blocks of stride 2 as between NAS-Bench-201's stages. A norm and a ReLU precede the pooling.
"""

from __future__ import annotations

from functools import cache

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import CellBuilder, add_operation
from archgraph.networks.heads import classifier, conv_norm, stem
from archgraph.networks.published.nasbench201 import residual_block
from archgraph.networks.steps import RELU, norm
from archgraph.operation import Operation
from archgraph.spaces.nasbench201 import NASBench201Space
from archgraph.spaces.nats import CELL, REDUCING, WIDTH_OF


def network(made: B, graph: ArchGraph, classes: int) -> B:
    """Write the network of a member."""
    names = graph.ops[1:-1]
    if len(names) != len(REDUCING) or not all(name in WIDTH_OF for name in names):
        raise CompileError(f"not a chain of {len(REDUCING)} layers with widths")
    x = stem(made, WIDTH_OF[names[0]])
    for number, (name, reducing) in enumerate(zip(names, REDUCING, strict=True)):
        made.barrier()
        x = made.part(residual_block if reducing else _cell, f"layer{number}", (x,), WIDTH_OF[name])
    classifier(made, x, classes, norm(made.shapes[x][0]), RELU)
    return made


def _cell(made: NetworkBuilder, name: str, source: int, channels: int) -> int:
    """The cell, which brings its input to its channels."""

    def add(made: NetworkBuilder, name: str, read: int, operation: Operation) -> int:
        inputs = made.shapes[read][0]
        if operation.kind == "identity" and inputs != channels:
            return made.add(name, read, *conv_norm(inputs, channels))
        return add_operation(made, name, read, operation, channels)

    return CellBuilder(_graph(), add)(made, f"{name}_", source)


@cache
def _graph() -> ArchGraph:
    return NASBench201Space().from_native(CELL)
