"""NAS-Bench-Macro's network (Su et al. 2021): a stem of 32 channels, eight layers in three stages, 1280 channels.

Its layers make a hierarchical space of eight rows, so a hyper-architecture of one cell a choice holds all 6,561
members: `MacroFrame`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archgraph.checks import check_whole
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.cells import Cell, place_operation
from archgraph.networks.closed.macro import HEAD, STEM
from archgraph.networks.heads import classifier, conv_norm
from archgraph.networks.steps import RELU, Shape
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.spaces.macro import STAGES


def network(graph: ArchGraph, image: Shape, classes: int, channels: int = STEM, head: int = HEAD) -> Blueprint:
    """The network of a member.

    Args:
        channels: of the stem; 32 in the benchmark.
        head: channels before the pooling; 1280 in the benchmark.
    """
    frame = MacroFrame(image, classes, channels, head)
    made = Blueprint(image)
    x = Cell(graph, _place)(made, frame.begin(made), "")
    frame.finish(made, x)
    return made


def _place(made: Blueprint, name: str, operation: Operation, source: int) -> int:
    made.barrier()
    return place_operation(made, name, operation, source, made.shapes[source][0] * operation.stride)


@dataclass(frozen=True)
class MacroFrame:
    """What surrounds the layers of NAS-Bench-Macro's network: a frame of eight rows whose cells are single layers.

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

    def begin(self, made: Blueprint) -> int:
        """The stem."""
        return made.add("stem", 0, *conv_norm(self.image[0], self.channels, 3), RELU)

    def enter(self, made: Blueprint, row: int, source: int) -> int:
        """Nothing stands before a row's candidates."""
        return source

    def candidate(self, made: Blueprint, row: int, source: int, cell: ArchGraph, prefix: str) -> int:
        """One of a row's layers, given as a graph of that one operation."""
        return Cell(cell, lambda b, n, o, s: place_operation(b, n, o, s, b.shapes[s][0] * o.stride))(
            made, source, prefix
        )

    def leave(self, made: Blueprint, row: int, source: int) -> int:
        """Nothing stands behind a row."""
        return source

    def finish(self, made: Blueprint, source: int) -> int:
        """1x1 convolution, pooling and linear layer."""
        return classifier(made, source, self.classes, *conv_norm(made.shapes[source][0], self.head), RELU)


def split(graph: ArchGraph) -> list[ArchGraph]:
    """The eight layers of a member as cells of one operation each."""
    return [ArchGraph(["input", OPS[i].name, "output"], [(0, 1), (1, 2)]) for i in graph.x.tolist()[1:-1]]


def join(layers: Sequence[ArchGraph]) -> ArchGraph:
    """The member of these layers; the other way of `split`."""
    ops = ["input", *(layer.ops[1] for layer in layers), "output"]
    return ArchGraph(ops, [(i, i + 1) for i in range(len(ops) - 1)])
