"""Limits: what architectures may cost at most, known before anything is paid for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from archgraph.checks import check_choice, check_once, check_positive
from archgraph.errors import CompileError, InputError
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from search.objectives.costs import COSTS, LATENCY, NetworkCosts

FACTORS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_SAMPLED = 64  # members among which one that fits is looked for
_DESCENTS = 3  # of the closest of them, from each of which one goes down edit by edit
_MEASURED = 5  # of the cheapest, whose latency is measured where nothing tells a fast one


def read_limits(pairs: Sequence[str]) -> dict[str, float]:
    """Limits written NAME=X, as in params=500k.

    Raises:
        InputError: one is written otherwise or given twice, or there is no such cost.

    Example:
        >>> from search.objectives.limits import read_limits
        >>> read_limits(["params=500k", "latency_ms=2.5"])
        {'params': 500000.0, 'latency_ms': 2.5}
    """
    found: dict[str, float] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"a limit is written NAME=X, as in params=500k, but got {pair[:64]!r}")
        check_once(name, found)
        found |= checked_limits({name: value})
    return found


def checked_limits(given: Mapping[str, object]) -> dict[str, float]:
    """Limits by name; a number, or a text such as `1.5M`.

    Raises:
        InputError: there is no such cost, or it is no positive number.
    """
    found: dict[str, float] = {}
    for name, value in given.items():
        check_choice(COSTS, **{"a limit": name})
        number = value
        if isinstance(value, str):
            match = re.fullmatch(r"(\d{1,18}(?:\.\d{1,18})?)([kMG]?)", value)
            if match is None:
                raise InputError(f"{name} is at most a number such as 800, 500k, 1.5M or 2G, but got {value[:32]!r}")
            number = float(match[1]) * FACTORS[match[2]]
        check_positive(**{name: number})
        found[name] = float(number)  # type: ignore[arg-type]  # it is a number
    return found


class Limits:
    """Tells which architectures cost at most so much.

    Args:
        most: cost -> its limit; see `COSTS`.
        costs: what architectures cost.

    Attributes:
        measured: the latency is limited, which is measured when an architecture is proposed.

    Raises:
        InputError: there is no such cost, or a limit is no positive number.

    Example:
        >>> from archgraph import spaces
        >>> from archgraph.networks.choice import NetworkChoice
        >>> from search.objectives.costs import NetworkCosts
        >>> space = spaces.get("macro")
        >>> limits = Limits({"params": 3e5}, NetworkCosts(space, NetworkChoice(), (3, 32, 32), 10))
        >>> [limits.fits(space.from_native(native)) for native in ("00000000", "22222222")]
        [True, False]
    """

    def __init__(self, most: Mapping[str, float], costs: NetworkCosts) -> None:
        self.most, self.costs = checked_limits(most), costs
        self.counted = {name: limit for name, limit in self.most.items() if name != LATENCY}
        self.measured = LATENCY in self.most

    def shares(self, graph: ArchGraph) -> NDArray[np.float64]:
        """Its counted costs as shares of their limits, [limits]; above 1 costs too much, `inf` has no network."""
        try:
            found = self.costs.counted(graph, *self.counted)
        except CompileError:
            return np.full(len(self.counted), np.inf)
        return np.array([found[name] / limit for name, limit in self.counted.items()])

    def excess(self, graph: ArchGraph) -> float:
        """By what share of the limits the counted costs lie above them, all together; 0 where they fit."""
        return float(np.maximum(self.shares(graph) - 1, 0).sum())

    def fits(self, graph: ArchGraph) -> bool:
        """Whether its counted costs are low enough."""
        return bool((self.shares(graph) <= 1).all())

    def known_slow(self, key: str) -> bool:
        """Whether the architecture of this hash was measured, and takes too long."""
        return self.measured and self.costs.latencies.get(key, (0.0, 0.0))[0] > self.most[LATENCY]

    def is_fast(self, key: str, graph: Callable[[], ArchGraph]) -> bool:
        """Whether the architecture of this hash takes little enough time; measured, where that is limited."""
        return not self.measured or self.costs.latency(key, graph) <= self.most[LATENCY]

    @property
    def text(self) -> str:
        """The limits in words."""
        return " and ".join(_shown(f"{name} of at most", limit) for name, limit in self.most.items())

    @cached_property
    def start(self) -> ArchGraph:
        """A member that fits: the first of some drawn at random, else what is reached from the closest by edits.

        Raises:
            InputError: none was found; the text says the least that there is.
        """
        space, rng = self.costs.space, np.random.default_rng(derive_seed(0, "limits", self.costs.space.name))
        found = sorted(space.sample(_SAMPLED, rng), key=self.excess)
        if self.excess(found[0]) > 0:
            closest = [_descended(space, graph, lambda other: (self.excess(other),)) for graph in found[:_DESCENTS]]
            found = sorted(closest, key=self.excess)
        if self.excess(found[0]) > 0:
            raise self._nothing(self.costs.counted(found[0], *self.counted))
        return self._fast(found) if self.measured else found[0]

    def check(self) -> None:
        """Check that there is something to search.

        Raises:
            InputError: nothing fits; the text says the least that there is.
        """
        assert self.start is not None

    def _fast(self, graphs: Sequence[ArchGraph]) -> ArchGraph:
        """One of those that fit, or of what is cheaper, that takes little enough time."""

        def flops(graph: ArchGraph) -> tuple[float, float]:
            return self.excess(graph), self.costs.counted(graph, "flops")["flops"]

        cheapest = sorted(graphs, key=flops)[:_MEASURED]
        some = [*cheapest, _descended(self.costs.space, cheapest[0], flops)]
        times = [self.costs.latency(graph.canonical_hash(), partial(copy, graph)) for graph in some]
        fastest = int(np.argmin(times))
        if times[fastest] > self.most[LATENCY]:
            raise self._nothing({LATENCY: times[fastest]})
        return some[fastest]

    def _nothing(self, least: Mapping[str, float]) -> InputError:
        had = " and ".join(_shown(name, value) for name, value in least.items())
        return InputError(
            f"no architecture of {self.costs.space.name} was found with {self.text}; the least found has "
            f"{had}: raise the limit, or make the network smaller"
        )


def _descended(space: Space, graph: ArchGraph, score: Callable[[ArchGraph], tuple[float, ...]]) -> ArchGraph:
    """What is reached from a member by the best edit again and again, while that lowers its score."""
    least = score(graph)
    while True:
        near = space.neighbors(graph)
        scores = [score(other) for other in near]
        if not near or min(scores) >= least:
            return graph
        least = min(scores)
        graph = near[scores.index(least)]


def _shown(name: str, value: float) -> str:
    return f"{name} {value:.3g}" if name.startswith(LATENCY) else f"{name} {value:,.0f}"
