"""How deep and wide a space's network is made and how small its images, so that enough members keep the limits."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from archgraph.checks import check_choice
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
_POOL = "pool"
_SHARES = (1.0, 0.6, 0.4, 0.2)  # of the published depth
_POOLS = (1, 2, 4)  # by which the stem shrinks the image
_PIXELS = 8  # that a shrunk image's sides have at least
_STEPS = 16  # of the published width
_WIDEST = 4  # times the published width, where limits are given
_NARROWER = (0.7, 0.5, 0.35, 0.25)
_CHEAPER = 0.9  # of the multiply-adds of the one before
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
        kind: `published`, `rows` or `pooled`; see `NetworkChoice`.

    Raises:
        InputError: there is no such kind.

    Attributes:
        members: random ones, [SAMPLED].

    Example:
        >>> from archgraph import spaces
        >>> from search.designer.networks import SizedNetworks
        >>> sized = SizedNetworks(spaces.get("nasbench201"), (3, 32, 32), 10, {"params": 1e5}, DesignSettings())
        >>> next(sized.choices()).settings
        {'cells': 5, 'channels': 8}
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
        check_choice(KINDS, network=kind)
        self.space, self.image, self.classes, self.limits = space, image, classes, dict(limits)
        self.settings, self.device, self.kind = settings, device, kind
        self.members: Sequence[ArchGraph] = list(space.sample(SAMPLED, np.random.default_rng(0)))
        write = NETWORKS[network_name(KINDS[kind] or space.name, self.members[0])].write
        known = {name: one.default for name, one in inspect.signature(write).parameters.items()}
        self.widths = {name: known[name] for name in _WIDTHS if name in known}
        self.depths = {name: known[name] for name in _DEPTHS if name in known}
        self.pools = (
            [pool for pool in _POOLS if pool == 1 or pool * _PIXELS <= min(image[1:])] if _POOL in known else []
        )

    def choices(self) -> Iterator[NetworkChoice]:
        """From the largest that keeps the limits to smaller ones, for budgets that do not pay for it.

        Raises:
            InputError: in none is there an architecture that keeps the limits; the text says the least that there is.
        """
        nothing, found = None, False
        for choice in self._sizes():
            try:
                self._check(choice)
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

    def known(self, choice: NetworkChoice) -> list[str]:
        """Members that are known to be good and keep the limits, the costliest first, at most `known`."""
        limits = self._limits(choice)

        def fits(native: str) -> bool:
            graph = self.space.from_native(native)
            return limits is None or (limits.fits(graph) and limits.is_fast(graph.canonical_hash(), lambda: graph))

        return [native for native in reversed(self.space.known) if fits(native)][: self.settings.known]

    def flops(self, choice: NetworkChoice, graph: ArchGraph) -> float:
        """Multiply-adds of an image."""
        return self._costs(choice).counted(graph, "flops")["flops"]

    def narrower(self, choice: NetworkChoice) -> Iterator[NetworkChoice]:
        """Narrower networks of the same shape, for budgets that are too small for any other."""
        for share in _NARROWER:
            sizes = {name: max(1, round(share * choice.settings[name])) for name in self.widths}
            made = NetworkChoice(self.kind, {**choice.settings, **sizes})
            if self._flops(made) == math.inf:
                return
            yield made

    def _sizes(self) -> Iterator[NetworkChoice]:
        """Shallower networks, then networks of smaller images, each as wide as fits."""
        shapes = [(share, 1) for share in (_SHARES if self.depths else (1.0,))]
        shapes += [(shapes[-1][0], pool) for pool in self.pools[1:]]
        widths = [self._widest(*shape) for shape in shapes]
        least = math.inf
        for shape, width in zip(shapes, widths, strict=True):
            narrow = width < self.settings.least_width and shape != shapes[-1]
            choice = self._choice(*shape, width)
            if not narrow and (flops := self._flops(choice)) < _CHEAPER * least:
                least = flops
                yield choice

    def _widest(self, depth: float, pool: int) -> float:
        """Share of the published width that fits; where none does, the least of which a network can be made."""
        widths = [step / _STEPS for step in range(_STEPS * (_WIDEST if self.limits else 1), 0, -1)]
        found = next((width for width in widths if self._fit(self._choice(depth, pool, width))), None)
        made = (w for w in reversed(widths) if self._flops(self._choice(depth, pool, w)) < math.inf)
        return found or next(made, widths[-1])

    def _choice(self, depth: float, pool: int, width: float) -> NetworkChoice:
        sizes = {name: max(1, round(depth * value)) for name, value in self.depths.items()}
        sizes |= {name: max(1, round(width * value)) for name, value in self.widths.items()}
        return NetworkChoice(self.kind, sizes | ({_POOL: pool} if self.pools else {}))

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

    def _flops(self, choice: NetworkChoice) -> float:
        """Multiply-adds of all members together; infinite where one has no such network."""
        try:
            return sum(self.flops(choice, graph) for graph in self.members)
        except CompileError:
            return math.inf

    def _check(self, choice: NetworkChoice) -> None:
        """
        Raises:
            InputError: no architecture keeps the limits.
        """
        if self.limits:
            Limits(self.limits, self._costs(choice)).check()

    def _limits(self, choice: NetworkChoice) -> Limits | None:
        return Limits(self.limits, self._costs(choice)) if self.limits else None

    def _costs(self, choice: NetworkChoice) -> NetworkCosts:
        return NetworkCosts(self.space, choice, self.image, self.classes, self.device)
