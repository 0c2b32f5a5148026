"""Settings of FaDE's outer search."""

from __future__ import annotations

from dataclasses import dataclass

from archgraph.checks import check_choice, check_positive, check_whole
from archgraph.errors import InputError

SETTINGS_OF: dict[str, set[str]] = {
    "gradient": {"sigma", "annealing", "rate", "shared", "elite"},
    "distribution": {"shared"},
    "cmaes": {"sigma", "shared"},
    "evolution": set(),
    "delta": set(),
}
"""Each strategy with the settings that not all have."""
_DERIVED = {"delta": 8}  # architectures derived a step where nothing else is said; 2 by the others


@dataclass(frozen=True)
class FadeConfig:
    """Settings of the outer search.

    Args:
        rows: d, rows of an architecture.
        strategy: which cells a step ranks, and what their ranks change: `gradient`, `distribution`, `cmaes`,
            `evolution` or `delta`; see `search.fade.strategies`.
        candidates: k, cells a row in each hyper-architecture, all different.
        sigma: of `gradient` and `cmaes`: deviation of each row's Gaussian at the first step.
        annealing: of `gradient`: factor of sigma from step to step.
        rate: of `gradient`: step size of the means, in units of the natural gradient.
        every: steps of a trial; after the last one architectures are derived.
        derived: new architectures that are then evaluated by themselves, in the order of the strategy; default 8 of
            `delta`, each in a trial of its own, and 2 of the others.
        repeats: trainings of the hyper-architecture whose ranks are averaged.
        shared: of `gradient`, `cmaes` and `distribution`: the rows share one distribution, which all ranks change.
        elite: of `gradient`: of each row, so many cells of the highest ranks are candidates of the next step again.

    Raises:
        InputError: a number makes no sense, there is no such strategy, or a setting is one of other strategies.

    Example:
        >>> from search import FadeConfig
        >>> FadeConfig(rows=2, candidates=3).deriving, FadeConfig(strategy="delta").deriving
        (2, 8)
    """

    rows: int = 3
    strategy: str = "gradient"
    candidates: int = 4
    sigma: float = 1.0
    annealing: float = 0.9
    rate: float = 2.0
    every: int = 1
    derived: int | None = None
    repeats: int = 1
    shared: bool = True
    elite: int = 0

    def __post_init__(self) -> None:
        check_choice(SETTINGS_OF, strategy=self.strategy)
        check_whole(1, rows=self.rows, candidates=self.candidates, every=self.every)
        check_whole(1, derived=self.deriving, repeats=self.repeats)
        check_whole(0, elite=self.elite)
        check_positive(sigma=self.sigma, annealing=self.annealing, rate=self.rate)
        for name in sorted(set().union(*SETTINGS_OF.values()) - SETTINGS_OF[self.strategy]):
            if (value := getattr(self, name)) != type(self).__dataclass_fields__[name].default:
                owners = [one for one, own in SETTINGS_OF.items() if name in own]
                raise InputError(
                    f"{name} is a setting of the strategies {', '.join(owners)}, but got {name} {value} and strategy "
                    f"{self.strategy}"
                )

    @property
    def deriving(self) -> int:
        """`derived`, or what the strategy usually derives."""
        return _DERIVED.get(self.strategy, 2) if self.derived is None else self.derived
