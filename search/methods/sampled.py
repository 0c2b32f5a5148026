"""Searches by Optuna's samplers: TPE, Gaussian process, CMA-ES, NSGA-II."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler

from archgraph._compat import remembered, reseed_tpe, suggested, tpe_sampler
from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.seeds import derive_seed
from search.methods.base import Method, Proposal, walk
from search.methods.bounded import MOST, best_and_latest
from search.methods.points import Parametrisation
from search.methods.study_copy import StudyCopy
from search.studies.history import History


class SampledSearch(Method):
    """A sampler of Optuna on points of the space.

    The sampler works on a copy of the study in memory (`StudyCopy`), so its proposals follow from the history. A
    point whose network is paid for is repaired at once, by a random walk of edits to the first that is new: samplers
    come back to what is good, and to ask them again costs as much as to ask them. Of a search of more than `most`
    trials the sampler is shown the latest half of so many, the best of those before, and what still runs.

    Args:
        sampler: makes the sampler from a seed.
        points: turns points into architectures.
        most: trials that the sampler is shown.
        reseed: gives a sampler another seed, where that is cheaper than to make a new one and comes to the same.
    """

    def __init__(
        self,
        sampler: Callable[[int], BaseSampler],
        points: Parametrisation,
        most: int,
        reseed: Callable[[BaseSampler, int], None] | None = None,
    ) -> None:
        check_whole(2, most=most)
        self._make, self.points, self.most, self._reseed = sampler, points, most, reseed
        self._sampler: BaseSampler | None = None
        self._copy: StudyCopy | None = None

    def propose(self, history: History, seed: int) -> Proposal:
        some = best_and_latest(history, self.most)
        if self._copy is None or not self._copy.follow(history, some):
            self._copy, self._sampler = StudyCopy(history, self.points, some), None
        study = self._copy.study
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            study.sampler = self._seeded(seed)
            trial = self._copy.asked = study.ask()
            point = trial.relative_params
            if point.keys() != self.points.distributions.keys():
                point = suggested(trial, self.points.distributions)
        rng = np.random.default_rng(derive_seed(seed, "decode"))
        row = self.points.decode(point, history.architectures, rng)
        if row >= 0 and row in history:
            return Proposal(walk(history.architectures, history, row, rng), attributes={"repeated": 1, "repaired": 1})
        suggested(trial, self.points.distributions)
        chosen, held = self.points.spelt(trial.params)
        return Proposal(row, chosen, system_attributes={**remembered(study, trial), **held})

    def _seeded(self, seed: int) -> BaseSampler:
        if self._sampler is None or self._reseed is None:
            self._sampler = self._make(seed)
        else:
            self._reseed(self._sampler, seed)
        return self._sampler


def tpe(points: Parametrisation, most: int = MOST) -> SampledSearch:
    """The tree-structured Parzen estimator, as Optuna ships it; aware of trials that still run.

    Args:
        most: trials that it is shown: all up to so many, then the latest half and the best of those before.
    """
    return SampledSearch(lambda seed: tpe_sampler(seed, points.distributions), points, most, reseed_tpe)


def gp(points: Parametrisation, most: int = MOST) -> SampledSearch:
    """Optuna's Gaussian process, for values that repeat.

    Args:
        most: trials that it is shown: all up to so many, then the latest half and the best of those before.
    """
    return SampledSearch(lambda seed: optuna.samplers.GPSampler(seed=seed, deterministic_objective=True), points, most)


def cmaes(points: Parametrisation, most: int = MOST) -> SampledSearch:
    """Covariance matrix adaptation, on coordinates of an embedding space, or choices as whole numbers.

    Args:
        most: trials that it is shown: all up to so many, then the latest half and the best of those before.

    Raises:
        InputError: the package `cmaes` is not installed.
    """
    if find_spec("cmaes") is None:
        raise InputError("CMA-ES needs the package cmaes: pip install 'archgraph[search]'")
    return SampledSearch(lambda seed: optuna.samplers.CmaEsSampler(seed=seed), points, most)


def nsga2(points: Parametrisation, most: int = MOST) -> SampledSearch:
    """NSGA-II, for several objectives.

    Args:
        most: trials that it is shown: all up to so many, then the latest half and the best of those before.
    """
    return SampledSearch(lambda seed: optuna.samplers.NSGAIISampler(seed=seed, population_size=20), points, most)
