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

    Example:
        >>> import torch
        >>> from archgraph import ArchGraph
        >>> from supernet import compile_cell
        >>> graph = ArchGraph(["input", "conv3x3-relu", "sum", "output"], [(0, 1), (0, 2), (1, 2), (2, 3)])
        >>> compile_cell(graph, channels=4, seed=0)(torch.zeros(2, 4, 8, 8)).shape
        torch.Size([2, 4, 8, 8])
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

    Example:
        >>> import torch
        >>> from archgraph import spaces
        >>> from supernet import compile_network
        >>> graph = spaces.get("macro").from_native("00000000")
        >>> compile_network(graph, "macro", (3, 32, 32), 10, seed=0).eval()(torch.zeros(1, 3, 32, 32)).shape
        torch.Size([1, 10])
    """
    return Network(blueprint(graph, space, image, classes, **settings), seed)
