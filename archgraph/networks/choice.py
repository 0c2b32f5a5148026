"""The network in which the architectures of a space are trained, searched, deployed and costed: always the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archgraph.checks import check_choice, check_whole
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.builder import CostCounter
from archgraph.networks.macro_skeleton import CountedSkeleton
from archgraph.networks.registry import MAX_SETTING, NETWORKS, blueprint, network_name, write_network
from archgraph.networks.skeleton import WIDTH, Skeleton, split
from archgraph.networks.steps import Cost, Shape
from archgraph.settings import check_settings

KINDS = {"published": "", "rows": "dag", "pooled": "pooled"}
"""Kind -> the key in `NETWORKS` that it stands for; the published one is that of the graph's own space."""


@dataclass(frozen=True)
class NetworkChoice:
    """Which network surrounds an architecture, and what of it is changed.

    Args:
        kind: `published`, the network of the graph's space (FaDE's rows for `dag`, and for spaces that publish none
            the three stages of `archgraph.networks.published.custom`), `rows`, FaDE's rows for any space, or `pooled`,
            for any cell a network that is trained in little time.
        settings: changes to it, such as its `width`, `channels` or `cells`: whole numbers from 1.

    Raises:
        InputError: there is no such kind, or a setting is no whole number from 1.

    Example:
        >>> from archgraph import spaces
        >>> graph = spaces.get("nasbench201").sample(1, np.random.default_rng(0))[0]
        >>> NetworkChoice(settings={"channels": 8}).blueprint(graph, "nasbench201", (1, 8, 8), 10).shapes[0]
        (1, 8, 8)
        >>> NetworkChoice("rows", {"width": 32}).to_dict()
        {'kind': 'rows', 'settings': {'width': 32}}
    """

    kind: str = "published"
    settings: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice(KINDS, network=self.kind)
        check_whole(1, MAX_SETTING, **self.settings)

    def blueprint(self, graph: ArchGraph, space: str, image: Shape, classes: int) -> Blueprint:
        """The network of an architecture.

        Args:
            graph: the architecture.
            space: name of its space.
            image: (channels, height, width) of an image.
            classes: outputs of the network.

        Raises:
            CompileError: a node cannot be compiled, the text names it; or the images are too small.
            InputError: the network has no such setting.
        """
        return blueprint(graph, KINDS[self.kind] or space, image, classes, **self.settings)

    def cost(self, graph: ArchGraph, space: str, image: Shape, classes: int) -> Cost:
        """What the network of an architecture costs: the blueprint's count, but for most spaces much faster.

        Args:
            graph, space, image, classes: as of `blueprint`.

        Raises:
            CompileError, InputError: as `blueprint`.
        """
        name = KINDS[self.kind] or space
        if network_name(name, graph) == KINDS["rows"]:  # what has no effect is left out of its blueprint
            return self.blueprint(graph, space, image, classes).cost
        return write_network(CostCounter(image), graph, name, classes, dict(self.settings)).cost

    def skeleton(self, graph: ArchGraph, space: str, image: Shape, classes: int) -> CountedSkeleton | None:
        """What surrounds the cells where the network is FaDE's rows, or is a cell by itself; None where it is another.

        Args:
            graph, space, image, classes: as of `blueprint`.

        Raises:
            CompileError, InputError: as `blueprint`.
        """
        name = network_name(KINDS[self.kind] or space, graph)
        if (whole := NETWORKS[name].whole) is not None:
            return whole(image, classes, **self.settings)
        if name != KINDS["rows"]:
            return None
        return Skeleton.fade(image, classes, len(split(graph)), self.settings.get("width", WIDTH))

    def check(self, space: str, graph: ArchGraph) -> None:
        """Check the settings before any work.

        Raises:
            InputError: the network of this space has no such setting; the text names those that it has.
        """
        name = network_name(KINDS[self.kind] or space, graph)
        without = ("made", "graph", "classes")
        check_settings(f"the network of {name}", NETWORKS[name].write, dict(self.settings), without=without)

    def to_dict(self) -> dict[str, Any]:
        """The constructor's arguments, for files."""
        return {"kind": self.kind, "settings": dict(self.settings)}

    @classmethod
    def from_dict(cls, described: Mapping[str, Any]) -> NetworkChoice:
        """What `to_dict` gave.

        Raises:
            InputError: it is described otherwise.
        """
        return cls(**check_settings("a network", cls, described))
