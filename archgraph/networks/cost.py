"""What an architecture costs: parameters and multiply-adds of its space's network."""

from __future__ import annotations

from archgraph.checks import check_whole
from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.builder import CostCounter
from archgraph.networks.registry import NETWORKS, network_name, write_network
from archgraph.networks.steps import Cost
from archgraph.spaces import get
from archgraph.spaces.base import Space

__all__ = ["Cost", "cost"]
MAX_IMAGE = 1 << 20


def cost(
    graph: ArchGraph, space: Space | str, image: int | None = None, classes: int | None = None, **settings: int
) -> Cost:
    """The cost of `graph` in the network of `space`, the published one unless settings change it.

    Args:
        graph: a member of the space.
        space: the space or its name.
        image: side of the images in pixels; default that of the benchmark, 32, and 256 for TransNAS-Bench-101.
        classes: outputs of the network; default 10, and none for TransNAS-Bench-101, whose published counts are those
            of the network without its head.
        settings: changes to the network, such as `channels`; see `archgraph.networks.registry.blueprint`.

    Raises:
        GraphError: the graph is no member of the space.
        CompileError: the graph cannot be compiled into a network, or the images are too small.
        InputError: the network has no such setting, or a number is no whole number from 1.

    Example:
        >>> from archgraph import spaces
        >>> space = spaces.get("nasbench201")
        >>> cell = space.from_native(
        ...     "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"
        ... )
        >>> cost(cell, space)
        Cost(params=1289226, flops=184729664)
    """
    space = get(space) if isinstance(space, str) else space
    space.validate(graph)
    return cost_of_member(graph, space, image, classes, **settings)


def cost_of_member(
    graph: ArchGraph, space: Space, image: int | None = None, classes: int | None = None, **settings: int
) -> Cost:
    """The same of a graph that is known to be a member, which costs as much to find out."""
    if space.network is not None:
        raise CompileError(f"{space.name} stands around a network; `supernet.NetworkSpace` counts what members cost")
    published = NETWORKS[network_name(space.name, graph)]
    shape = published.image
    if image is not None:
        check_whole(1, MAX_IMAGE, image=image)
        shape = (shape[0], image, image)
    if classes is None:
        classes = published.classes
    else:
        check_whole(1, classes=classes)
    return write_network(CostCounter(shape), graph, space.name, classes, settings).cost
