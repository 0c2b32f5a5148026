"""Settings of FaDE's outer search."""

from __future__ import annotations

from dataclasses import dataclass

from archgraph.checks import check_positive, check_whole


@dataclass(frozen=True)
class FadeConfig:
    """Settings of the outer search.

    Args:
        rows: d, rows of an architecture.
        candidates: k, cells a row in each hyper-architecture, all different.
        sigma: deviation of each row's Gaussian at the first step.
        annealing: factor of sigma from step to step.
        rate: step size of the means, in units of the natural gradient.
        every: steps of a trial; after the last one architectures are derived.
        derived: new architectures that are then evaluated by themselves, from the highest rank down.
        repeats: trainings of the hyper-architecture whose ranks are averaged.
        shared: the rows share one distribution, which is shifted by the mean of their gradients.
        elite: of each row, so many cells of the highest ranks are candidates of the next step again.

    Raises:
        InputError: a number makes no sense.

    Example:
        >>> from search import FadeConfig
        >>> FadeConfig(rows=2, candidates=3).derived
        2
    """

    rows: int = 3
    candidates: int = 4
    sigma: float = 1.0
    annealing: float = 0.9
    rate: float = 2.0
    every: int = 1
    derived: int = 2
    repeats: int = 1
    shared: bool = True
    elite: int = 0

    def __post_init__(self) -> None:
        check_whole(1, rows=self.rows, candidates=self.candidates, every=self.every)
        check_whole(1, derived=self.derived, repeats=self.repeats)
        check_whole(0, elite=self.elite)
        check_positive(sigma=self.sigma, annealing=self.annealing, rate=self.rate)
