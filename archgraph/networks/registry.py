"""From a graph and the name of its space to its network."""

from __future__ import annotations

from collections.abc import Callable

from archgraph.checks import check_whole
from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks import custom, darts, macro, nasbench101, nasbench201, rows, transnas
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.steps import Shape
from archgraph.settings import check_settings
from archgraph.spaces.rows import ROW

NETWORKS: dict[str, Callable[..., Blueprint]] = {
    "dag": rows.network,
    "darts": darts.network,
    "macro": macro.network,
    "nasbench101": nasbench101.network,
    "nasbench201": nasbench201.network,
    "transnas": transnas.micro,
    "transnas:macro": transnas.macro,
    "custom": custom.network,
}
"""Space -> its published network. Keywords set channels, depth and the like."""
MAX_SETTING = 1 << 16


def blueprint(graph: ArchGraph, space: str, image: Shape, classes: int, **settings: int) -> Blueprint:
    """The network of an architecture.

    Args:
        graph: the architecture.
        space: name of its space; one that is not in `NETWORKS` is `custom`, and no name is told from the graph.
        image: (channels, height, width) of an image, 8x8 to 224x224 or more.
        classes: outputs of the network.
        settings: changes to the published network, such as `channels`; see `archgraph.networks`.

    Raises:
        CompileError: a node cannot be compiled, the text names it; or the images are too small.
        InputError: the network has no such setting, or a size is no whole number from 1.
    """
    name = _known(graph, space)
    make = NETWORKS[name]
    check_settings(f"the network of {name}", make, settings, without=("graph", "image", "classes"))
    check_whole(1, MAX_SETTING, **settings)
    channels, height, width = image
    check_whole(1, classes=classes, channels=channels, height=height, width=width)
    try:
        return make(graph, image, classes, **settings)
    except CompileError as error:
        raise CompileError(f"cannot compile this graph into a network of {name}: {error}") from None


def _known(graph: ArchGraph, space: str) -> str:
    if space in NETWORKS:
        return space
    base = space.partition(":")[0]
    if base in NETWORKS:
        return base
    return "dag" if ROW.name in graph.ops else "custom"
