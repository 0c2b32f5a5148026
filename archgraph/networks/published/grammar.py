"""Networks that grammars derive whole: the graph from the image to its average over positions, and a linear layer.

The first convolution or linear layer brings the image to `channels`, times its own expansion; from there on each
operation has the channels that its name says. Patches are at most as large as the image, so that small images can be
read by what was made for large ones.
"""

from __future__ import annotations

from dataclasses import replace

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import CellBuilder, add_operation
from archgraph.networks.heads import classifier
from archgraph.operation import Operation
from archgraph.spaces.grammar.shapes import HEAD, ratio_of


def is_whole(graph: ArchGraph) -> bool:
    """Whether a graph is a whole network: it ends with the average over positions."""
    return len(graph.ops) > 2 and graph.ops[-2] == HEAD


def network(made: B, graph: ArchGraph, classes: int, channels: int = 16) -> B:
    """Write the network of a member.

    Args:
        channels: that the first layer brings the image to.
    """

    def add(made: NetworkBuilder, name: str, source: int, operation: Operation) -> int:
        inputs, *sides = made.shapes[source]
        if operation.name == HEAD:  # with the linear layer
            return source
        if operation.kind == "conv" and operation.kernel % 2 == 0:
            side = min(operation.kernel, *sides)
            operation = replace(operation, kernel=side, stride=side)
        ratio = ratio_of(operation.name)
        outputs = (channels if source == 0 else inputs) * ratio
        if outputs.denominator > 1:
            raise CompileError(
                f"{operation.name} cannot make {outputs} channels; take `channels` that are a multiple of "
                f"{outputs.denominator} times as many"
            )
        return add_operation(made, name, source, operation, int(outputs))

    classifier(made, CellBuilder(graph, add)(made, "", 0), classes)
    return made
