"""How wide and deep a space's network is made, so that most of its members keep the limits."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from archgraph.errors import CompileError, InputError
from archgraph.graph import ArchGraph
from archgraph.networks.choice import KINDS, NetworkChoice
from archgraph.networks.registry import NETWORKS, network_name
from archgraph.networks.steps import Shape
from archgraph.spaces import Space
from search.designer.settings import DesignSettings
from search.objectives.costs import NetworkCosts
from search.objectives.limits import Limits

_WIDTHS = ("channels", "head", "width")
_DEPTHS = ("cells", "layers")
_SHARES = (1.0, 0.6, 0.4, 0.2)  # of the published depth
_STEPS = 16  # of the published width
_WIDEST = 4  # times the published width, where limits are given
_SLIMMER = (0.7, 0.5, 0.35, 0.25)  # widths for budgets that are too small
SAMPLED = 20
"""Random members by which a network's size is chosen."""


class SizedNetworks:
    """The networks of a space in several sizes.

    Args:
        space: of the architectures.
        image: (channels, height, width) of an image.
        classes: outputs of the network.
        limits: cost -> what an architecture may cost at most.
        settings: how many members keep them, and how narrow a network may be.
        device: where latencies are measured.
        kind: `published` or `rows`; see `NetworkChoice`.

    Attributes:
        members: random ones, [SAMPLED].

    Example:
        >>> from archgraph import spaces
        >>> from search.designer.networks import SizedNetworks
        >>> sized = SizedNetworks(spaces.get("nasbench201"), (3, 32, 32), 10, {"params": 1e5}, DesignSettings())
        >>> next(sized.choices()).settings
        {'cells': 2, 'channels': 8}
    """

    def __init__(
        self,
        space: Space,
        image: Shape,
        classes: int,
        limits: Mapping[str, float],
        settings: DesignSettings,
        device: str = "cpu",
        kind: str = "published",
    ) -> None:
        self.space, self.image, self.classes, self.limits = space, image, classes, dict(limits)
        self.settings, self.device, self.kind = settings, device, kind
        self.members: Sequence[ArchGraph] = list(space.sample(SAMPLED, np.random.default_rng(0)))
        write = NETWORKS[network_name(KINDS[kind] or space.name, self.members[0])].write
        known = {name: one.default for name, one in inspect.signature(write).parameters.items()}
        self.widths = {name: known[name] for name in _WIDTHS if name in known}
        self.depths = {name: known[name] for name in _DEPTHS if name in known}

    def choices(self) -> Iterator[NetworkChoice]:
        """From the largest that keeps the limits to smaller ones, for budgets that do not pay for it.

        Raises:
            InputError: in none is there an architecture that keeps the limits; the text says the least that there is.
        """
        nothing, found = None, False
        for choice in self._sizes():
            try:
                if self.limits:
                    Limits(self.limits, self._costs(choice)).check()
            except InputError as error:
                nothing = error
                continue
            found = True
            yield choice
        if not found and nothing is not None:
            raise nothing

    def fitting(self, choice: NetworkChoice) -> list[ArchGraph]:
        """Members that keep the counted limits, from the cheapest to the costliest; all where none does."""
        costs, limits = self._costs(choice), self._limits(choice)
        some = [graph for graph in self.members if limits is None or limits.fits(graph)] or list(self.members)
        return sorted(some, key=lambda graph: costs.counted(graph, "flops")["flops"])

    def flops(self, choice: NetworkChoice, graph: ArchGraph) -> float:
        """Multiply-adds of an image."""
        return self._costs(choice).counted(graph, "flops")["flops"]

    def _sizes(self) -> Iterator[NetworkChoice]:
        depth, width = self._largest()
        shares = [share for share in _SHARES if share <= depth] if self.depths else [1.0]
        tried = [self._choice(share, width) for share in shares]
        tried += [self._choice(shares[-1], width * slimmer) for slimmer in _SLIMMER]
        for i, choice in enumerate(tried):
            if choice not in tried[:i] and self._compiles(choice):
                yield choice

    def _largest(self) -> tuple[float, float]:
        """Shares of the published depth and width: as deep as is not too narrow, and as wide as fits."""
        widths = [step / _STEPS for step in range(_STEPS * (_WIDEST if self.limits else 1), 0, -1)]
        for depth in _SHARES if self.depths else (1.0,):
            width = next((width for width in widths if self._fit(self._choice(depth, width))), 0.0)
            if width >= self.settings.least_width:
                return depth, width
        return depth, width or next(w for w in reversed(widths) if self._compiles(self._choice(depth, w)))

    def _choice(self, depth: float, width: float) -> NetworkChoice:
        sizes = {name: max(1, round(depth * value)) for name, value in self.depths.items()}
        sizes |= {name: max(1, round(width * value)) for name, value in self.widths.items()}
        return NetworkChoice(self.kind, sizes)

    def _fit(self, choice: NetworkChoice) -> bool:
        """Whether enough members keep the counted limits."""
        spare, limits = len(self.members) * (1 - self.settings.fitting), self._limits(choice)
        for graph in self.members:
            try:
                spare -= 0 if limits is None else not limits.fits(graph)
                if limits is None:
                    self.flops(choice, graph)
            except CompileError:
                return False
            if spare < -1e-9:
                return False
        return True

    def _compiles(self, choice: NetworkChoice) -> bool:
        try:
            return all(self.flops(choice, graph) >= 0 for graph in self.members)
        except CompileError:
            return False

    def _limits(self, choice: NetworkChoice) -> Limits | None:
        return Limits(self.limits, self._costs(choice)) if self.limits else None

    def _costs(self, choice: NetworkChoice) -> NetworkCosts:
        return NetworkCosts(self.space, choice, self.image, self.classes, self.device)
