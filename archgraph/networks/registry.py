"""The one table of networks: from an architecture and the name of its space to its network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from archgraph.checks import check_whole
from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks import pooled, skeleton
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import CellBuilder
from archgraph.networks.macro_skeleton import CountedSkeleton, MacroSkeleton
from archgraph.networks.published import custom, darts, grammar, macro, nasbench101, nasbench201, nats, transnas
from archgraph.networks.steps import Shape
from archgraph.settings import check_settings
from archgraph.spaces.rows import ROW

MAX_SETTING = 1 << 16


@dataclass(frozen=True)
class LayeredMembers:
    """Members that are rows of layers, each of which a hyper-architecture can choose.

    Args:
        skeleton: what surrounds the layers, of images, classes and channels of the stem.
        split: the layers of a member, each as a cell.
        join: the member of these layers.
    """

    skeleton: Callable[[Shape, int, int], MacroSkeleton]
    split: Callable[[ArchGraph], list[ArchGraph]]
    join: Callable[[Sequence[ArchGraph]], ArchGraph]


def plain_cell(made: NetworkBuilder, graph: ArchGraph, channels: int) -> int:
    """Write a cell whose nodes keep the number of channels."""
    return CellBuilder(graph)(made, "", 0)


@dataclass(frozen=True)
class SpaceNetwork:
    """The network around the architectures of a space.

    Args:
        write: writes the network of a graph into a builder: `write(made, graph, classes, **settings)` returns it.
        image: (channels, height, width) of the images for which costs are published.
        classes: number of classes for which they are; 0 where they are those of the network without its head.
        cell: writes a graph that is a cell behind an input of so many channels, `cell(made, graph, channels)`, and
            returns its last layer; None where graphs hold several cells.
        shares_channels: the vertices that feed a cell's output share its channels (`archgraph.networks.channels`).
        whole: the skeleton of one row whose candidates are whole networks, of images, classes and settings.
        layers: how members make the rows of a hyper-architecture, where each is a row of layers.
    """

    write: Callable[..., Any]
    image: Shape = (3, 32, 32)
    classes: int = 10
    cell: Callable[[NetworkBuilder, ArchGraph, int], int] | None = plain_cell
    shares_channels: bool = False
    whole: Callable[..., CountedSkeleton] | None = None
    layers: LayeredMembers | None = None


NETWORKS: dict[str, SpaceNetwork] = {
    "dag": SpaceNetwork(skeleton.network),
    "darts": SpaceNetwork(darts.network, cell=None),
    "genotype": SpaceNetwork(darts.network, cell=None),
    "macro": SpaceNetwork(
        macro.network, cell=None, layers=LayeredMembers(macro.NASBenchMacroSkeleton, macro.split, macro.join)
    ),
    "nasbench101": SpaceNetwork(nasbench101.network, cell=nasbench101.cell, shares_channels=True),
    "nasbench201": SpaceNetwork(nasbench201.network),
    "grammar": SpaceNetwork(grammar.network, (3, 224, 224), 1000, cell=None, whole=grammar.WholeNetworks),
    "grammar:dag": SpaceNetwork(skeleton.network),
    "grammar:nasbench201": SpaceNetwork(nasbench201.network),
    "nats": SpaceNetwork(nats.network, cell=None),
    "transnas": SpaceNetwork(transnas.micro, (3, 256, 256), 0),
    "transnas:macro": SpaceNetwork(transnas.macro, (3, 256, 256), 0),
    "custom": SpaceNetwork(custom.network),
    "pooled": SpaceNetwork(pooled.network),
}
"""Space -> its network; the published one but for `custom`, that of every other space, and `pooled`, for any cell.

`genotype` are cells as DARTS writes them of other sizes than its space has (`archgraph.formats.genotypes`).
"""


def blueprint(graph: ArchGraph, space: str, image: Shape, classes: int, **settings: int) -> Blueprint:
    """The network of an architecture.

    Args:
        graph: the architecture.
        space: name of its space; one that is not in `NETWORKS` is `custom`, or `dag` where the graph has rows.
        image: (channels, height, width) of an image, 8x8 to 224x224 or more.
        classes: outputs of the network.
        settings: changes to the network, such as `channels`: the keywords of its function in `archgraph.networks`.

    Raises:
        CompileError: a node cannot be compiled, the text names it; or the images are too small.
        InputError: the network has no such setting, or a size is no whole number from 1.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import blueprint
        >>> graph = spaces.get("macro").from_native("00000000")
        >>> blueprint(graph, "macro", (3, 32, 32), 10, channels=8)
        Blueprint(6 layers, 100434 parameters, 1643008 multiply-adds)
    """
    check_whole(1, classes=classes)
    return write_network(Blueprint(image), graph, space, classes, settings)


def write_network(made: B, graph: ArchGraph, space: str, classes: int, settings: dict[str, int]) -> B:
    """Write the network of an architecture into an empty builder, whose input is an image; as `blueprint`."""
    name = network_name(space, graph)
    check_settings(f"the network of {name}", NETWORKS[name].write, settings, without=("made", "graph", "classes"))
    check_whole(1, MAX_SETTING, **settings)
    channels, height, width = made.shapes[0]
    check_whole(1, channels=channels, height=height, width=width)
    try:
        written: B = NETWORKS[name].write(made, graph, classes, **settings)
    except CompileError as error:
        raise CompileError(f"cannot compile this graph into a network of {name}: {error}") from None
    return written


def network_name(space: str, graph: ArchGraph) -> str:
    """The key in `NETWORKS` of a space with or without parameters, as in `dag:1-5x3`.

    Grammars derive whole networks, which say so, or cells.
    """
    base = space.partition(":")[0]
    for name in (space, base):
        if name in NETWORKS and (name != "grammar" or grammar.is_whole(graph)):
            return name
    return "dag" if ROW.name in graph.ops else "custom"
