"""What architectures cost in the one network that they are trained in: counted from its layers, or measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from archgraph.checks import check_choice
from archgraph.graph import ArchGraph
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.steps import Shape
from archgraph.spaces import Space
from supernet.latency import latency
from supernet.network import Network

LATENCY = "latency_ms"
SPREAD = "latency_ms_spread"
COUNTED = ("params", "flops")
COSTS = (*COUNTED, LATENCY, "depth")
"""Parameters, multiply-adds of an image, milliseconds of an image, layers with weights on the longest path."""
LATENCIES = "latencies"  # trial attribute: hash -> median and spread in milliseconds, of what was measured before it


class NetworkCosts:
    """Costs of architectures in one network; a latency is measured once an architecture.

    Args:
        space: of the architectures.
        network: that they are trained in.
        image: (channels, height, width) of an image.
        classes: outputs of the network.
        device: where latencies are measured, one image at a time.

    Attributes:
        latencies: canonical hash -> median and spread (between the quartiles) in milliseconds.

    Example:
        >>> from archgraph import spaces
        >>> from search.objectives.costs import NetworkCosts
        >>> space = spaces.get("nasbench201")
        >>> costs = NetworkCosts(space, NetworkChoice(settings={"channels": 4}), (3, 32, 32), 10)
        >>> graph = space.from_native("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_1x1~2|")
        >>> costs.counted(graph, "params", "depth")
        {'params': 14258.0, 'depth': 6.0}
    """

    def __init__(
        self, space: Space, network: NetworkChoice, image: Shape, classes: int, device: torch.device | str = "cpu"
    ) -> None:
        self.space, self.network, self.image, self.classes = space, network, image, classes
        self.device = torch.device(device)
        self.latencies: dict[str, tuple[float, float]] = {}

    def counted(self, graph: ArchGraph, *names: str) -> dict[str, float]:
        """The costs of these names, of those that are counted.

        Raises:
            InputError: one is none of them, or the graph cannot be compiled.
        """
        for name in names:
            check_choice([known for known in COSTS if known != LATENCY], cost=name)
        setting = self.space.name, self.image, self.classes
        found: dict[str, float] = {}
        if "depth" in names:
            found["depth"] = float(self.network.blueprint(graph, *setting).depth)
        if {"params", "flops"} & set(names):
            cost = self.network.cost(graph, *setting)
            found |= {"params": float(cost.params), "flops": float(cost.flops)}
        return {name: found[name] for name in names}

    def latency(self, key: str, graph: Callable[[], ArchGraph]) -> float:
        """Milliseconds that the network takes for one image: the median of warmed runs, measured once.

        Args:
            key: canonical hash of the architecture.
            graph: gives its graph, where it has not been measured.
        """
        if key not in self.latencies:
            made = self.network.blueprint(graph(), self.space.name, self.image, self.classes)
            found = latency(Network(made, 0), (1, *self.image), self.device)
            self.latencies[key] = 1e3 * found.median, 1e3 * found.spread
        return self.latencies[key][0]

    def recall(self, key: str, attributes: Mapping[str, Any]) -> None:
        """Take up the latencies that a trial holds, of its own architecture and of those measured before it.

        Args:
            key: canonical hash of its architecture.
            attributes: of the trial.
        """
        known = {name: (median, spread) for name, (median, spread) in attributes.get(LATENCIES, {}).items()}
        if LATENCY in attributes:
            known[key] = attributes[LATENCY], attributes.get(SPREAD, 0.0)
        self.latencies = known | self.latencies
