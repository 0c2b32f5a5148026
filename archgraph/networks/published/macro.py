"""NAS-Bench-Macro's network (Su et al. 2021): a stem of 32 channels, eight layers in three stages, 1280 channels.

The first layer of each stage halves the image and doubles the channels. An MBConv is a 1x1 convolution that expands, a
depthwise one, and a 1x1 convolution back, each with a norm. The layers make a hierarchical space of eight rows, so a
hyper-architecture of one cell a choice holds all 6,561 members: `NASBenchMacroSkeleton`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archgraph.checks import check_whole
from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import CellBuilder, add_operation
from archgraph.networks.heads import classifier, conv_norm, stem
from archgraph.networks.steps import RELU, Shape
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.spaces.macro import STAGES

STEM, HEAD = 32, 1280


def network(made: B, graph: ArchGraph, classes: int, channels: int = STEM, head: int = HEAD) -> B:
    """Write the network of a member.

    Args:
        channels: of the stem; 32 in the benchmark.
        head: channels before the pooling; 1280 in the benchmark.
    """
    skeleton = NASBenchMacroSkeleton(made.shapes[0], classes, channels, head)
    skeleton.finish(made, CellBuilder(graph, _layer)(made, "", skeleton.begin(made)))
    return made


def _layer(made: NetworkBuilder, name: str, source: int, operation: Operation) -> int:
    """One of the eight layers, which run one after another."""
    made.barrier()
    return _choice(made, name, source, operation)


def _choice(made: NetworkBuilder, name: str, source: int, operation: Operation) -> int:
    """What a layer can be; where it halves the image it doubles the channels."""
    return add_operation(made, name, source, operation, made.shapes[source][0] * operation.stride)


@dataclass(frozen=True)
class NASBenchMacroSkeleton:
    """What surrounds the layers of NAS-Bench-Macro's network: eight rows whose cells are single layers.

    Args:
        image: (channels, height, width) of an image.
        classes: number of classes.
        channels: of the stem.
        head: channels before the pooling.

    Raises:
        InputError: a size makes no sense.
    """

    image: Shape
    classes: int
    channels: int = STEM
    head: int = HEAD

    def __post_init__(self) -> None:
        check_whole(1, image=min(self.image), classes=self.classes, channels=self.channels, head=self.head)

    @property
    def rows(self) -> int:
        """Number of rows, 8."""
        return sum(STAGES)

    def begin(self, made: NetworkBuilder) -> int:
        """The stem."""
        return stem(made, self.channels, RELU)

    def enter(self, made: NetworkBuilder, row: int, source: int) -> int:
        """Nothing stands before a row's candidates."""
        return source

    def candidate(self, made: NetworkBuilder, row: int, source: int, cell: ArchGraph, prefix: str) -> int:
        """One of a row's layers, given as a graph of that one operation."""
        return CellBuilder(cell, _choice)(made, prefix, source)

    def leave(self, made: NetworkBuilder, row: int, source: int) -> int:
        """Nothing stands behind a row."""
        return source

    def finish(self, made: NetworkBuilder, source: int) -> int:
        """1x1 convolution, pooling and linear layer."""
        return classifier(made, source, self.classes, *conv_norm(made.shapes[source][0], self.head), RELU)


def split(graph: ArchGraph) -> list[ArchGraph]:
    """The eight layers of a member as cells of one operation each."""
    return [ArchGraph(["input", OPS[i].name, "output"], [(0, 1), (1, 2)]) for i in graph.x.tolist()[1:-1]]


def join(layers: Sequence[ArchGraph]) -> ArchGraph:
    """The member of these layers; the other way of `split`."""
    ops = ["input", *(layer.ops[1] for layer in layers), "output"]
    return ArchGraph(ops, [(i, i + 1) for i in range(len(ops) - 1)])
