"""Cells and whole networks as modules."""

from __future__ import annotations

from archgraph.checks import check_whole
from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.registry import NETWORKS, blueprint, network_name
from archgraph.networks.steps import Shape
from supernet.network import Network


def compile_cell(graph: ArchGraph, channels: int, space: str = "", size: int = 8, seed: int | None = None) -> Network:
    """A cell as a module, [batch, channels, height, width] to the same shape where the cell keeps it.

    Args:
        graph: the cell; nodes sum their inputs and apply their operations.
        channels: channels that come in; convolutions keep them unless they expand.
        space: with `nasbench101` the cell has that space's projections and channel splitting.
        size: side of an image with which shapes are checked; the module takes any other.
        seed: seed of the initial weights; default drawn from torch's global generator.

    Raises:
        CompileError: a node cannot be compiled; the text names it.
        InputError: channels or size are no whole numbers from 1.
    """
    check_whole(1, channels=channels, size=size)
    made = Blueprint((channels, size, size))
    write = NETWORKS[network_name(space, graph)].cell
    if write is None or "cell-input" in graph.ops:
        raise CompileError("this graph holds more than one cell; use supernet.compile_network")
    made.output = write(made, graph, channels)
    return Network(made, seed)


def compile_network(
    graph: ArchGraph, space: str, image: Shape, classes: int, seed: int | None = None, **settings: int
) -> Network:
    """The network of an architecture as a module, [batch, *image] to [batch, classes].

    Args:
        graph, space, image, classes, settings: as in `blueprint`.
        seed: of the initial weights; None for torch's own generator.

    Raises:
        InputError: as `blueprint` does.
    """
    return Network(blueprint(graph, space, image, classes, **settings), seed)
