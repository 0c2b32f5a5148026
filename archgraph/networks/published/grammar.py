"""Networks that grammars derive whole: the graph from the image to its average over positions, and a linear layer.

The first convolution or linear layer brings the image to `channels`, times its own expansion; from there on each
operation has the channels that its name says. Patches are at most as large as the image, so that small images can be
read by what was made for large ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, CostCounter, NetworkBuilder
from archgraph.networks.cells import CellBuilder, add_operation
from archgraph.networks.macro_skeleton import write_path
from archgraph.networks.steps import FLATTEN, GLOBAL_POOL, Shape, linear
from archgraph.operation import Operation
from archgraph.spaces.grammar.shapes import HEAD, ratio_of

CHANNELS = 16
"""That the first layer brings the image to where nothing else is said."""


def is_whole(graph: ArchGraph) -> bool:
    """Whether a graph is a whole network: it ends with the average over positions."""
    return len(graph.ops) > 2 and graph.ops[-2] == HEAD


@dataclass(frozen=True)
class WholeNetworks:
    """A skeleton of one row whose candidates are whole networks; their logits are mixed.

    So FaDE ranks networks that have nothing in common but images and classes (reconstruction).

    Args:
        image: (channels, height, width) of an image.
        classes: number of classes.
        channels: that the first layer of each brings the image to.
    """

    image: Shape
    classes: int
    channels: int = CHANNELS

    @property
    def rows(self) -> int:
        """One."""
        return 1

    @property
    def has_width(self) -> bool:
        """Channels follow from those of the first layer."""
        return False

    def begin(self, made: NetworkBuilder) -> int:
        """Nothing stands before the networks."""
        return 0

    def enter(self, made: NetworkBuilder, row: int, source: int) -> int:
        """All read the image."""
        return source

    def candidate(self, made: NetworkBuilder, row: int, source: int, cell: ArchGraph, prefix: str) -> int:
        """One network up to its logits."""
        last = CellBuilder(cell, self._add)(made, prefix, source)
        made.barrier()
        steps = (GLOBAL_POOL, FLATTEN, linear(made.shapes[last][0], self.classes))
        return made.add(f"{prefix}head", last, *steps)

    def leave(self, made: NetworkBuilder, row: int, source: int) -> int:
        """Nothing stands behind the networks."""
        return source

    def finish(self, made: NetworkBuilder, source: int) -> int:
        """The logits are the output."""
        return source

    def macs(self, rows: Sequence[Sequence[ArchGraph]]) -> int:
        """Multiply-adds of one image's forward pass through all networks."""
        return self.row_macs(0, rows[0])

    def row_macs(self, row: int, cells: Sequence[ArchGraph]) -> int:
        """Multiply-adds of one image's pass through these networks.

        Raises:
            CompileError: a node cannot be compiled; the text names it.
        """
        counter = CostCounter(self.image)
        for cell in cells:
            self.candidate(counter, row, 0, cell, "")
        return counter.cost.flops

    @property
    def head_macs(self) -> int:
        """None."""
        return 0

    def _add(self, made: NetworkBuilder, name: str, source: int, operation: Operation) -> int:
        inputs, *sides = made.shapes[source]
        if operation.name == HEAD:  # with the linear layer
            return source
        if operation.kind == "conv" and operation.kernel % 2 == 0:
            side = min(operation.kernel, *sides)
            operation = replace(operation, kernel=side, stride=side)
        outputs = (self.channels if source == 0 else inputs) * ratio_of(operation.name)
        if outputs.denominator > 1:
            least = self.channels * outputs.denominator // gcd(self.channels, outputs.denominator)
            raise CompileError(
                f"{operation.name} cannot make {outputs} channels; take `channels` that are a multiple of {least}"
            )
        return add_operation(made, name, source, operation, int(outputs))


def network(made: B, graph: ArchGraph, classes: int, channels: int = CHANNELS) -> B:
    """Write the network of a member.

    Args:
        channels: that the first layer brings the image to.
    """
    return write_path(made, WholeNetworks(made.shapes[0], classes, channels), [graph])
