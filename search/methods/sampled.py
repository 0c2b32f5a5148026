"""Searches by Optuna's samplers: TPE, Gaussian process, CMA-ES, NSGA-II."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from archgraph._compat import remembered, reseed_tpe, suggested, tpe_sampler
from archgraph.errors import InputError
from archgraph.seeds import derive_seed
from search.architectures import Architectures
from search.methods.base import ATTEMPTS, Method, Proposal, walk
from search.methods.points import POINT, Parametrisation
from search.studies.history import History


class SampledSearch(Method):
    """A sampler of Optuna on points of the space.

    The sampler works on a copy of the study in memory, made anew from the history wherever it does not go on from the
    last proposal; points that were rejected are failed trials in it. So its proposals follow from the history. A
    point whose network is paid for is repaired at once, by a random walk of edits to the first that is new: samplers
    come back to what is good, and to ask them again costs as much as to ask them.

    Args:
        sampler: makes the sampler from a seed.
        points: turns points into architectures.
        reseed: gives a sampler another seed, where that is cheaper than to make a new one and comes to the same.
    """

    def __init__(
        self,
        sampler: Callable[[int], BaseSampler],
        points: Parametrisation,
        reseed: Callable[[BaseSampler, int], None] | None = None,
    ) -> None:
        self._make, self.points, self._reseed = sampler, points, reseed
        self._sampler: BaseSampler | None = None
        self._copy: optuna.Study | None = None
        self._asked: Trial | None = None
        self._states: list[TrialState] = []

    def propose(self, history: History, seed: int) -> Proposal:
        study = self._up_to_date(history)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            study.sampler = self._seeded(seed)
            trial = self._asked = study.ask()
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

    def _up_to_date(self, history: History) -> optuna.Study:
        """The copy of the study, with all trials of the history and no other that is running."""
        states = [trial.state for trial in history.trials]
        study, asked, known = self._copy, self._asked, self._states
        self._asked, self._states = None, states
        if study is None or states[: len(known)] != known or len(states) > len(known) + 1:
            self._copy, self._sampler = self._copied(history), None
            return self._copy
        newest = history.trials[-1] if len(states) > len(known) else None
        ended = newest is not None and newest.state.is_finished()
        if newest is not None and asked is not None and ended and self.points.of_trial(newest) == asked.params:
            for step, value in newest.intermediate_values.items():
                asked.report(value, step)
            study.tell(asked, newest.values if newest.state == TrialState.COMPLETE else None, state=newest.state)
            return study
        if asked is not None:
            study.tell(asked, state=TrialState.FAIL)
        if newest is not None:
            self._put(study, newest, int(history.rows[-1]), history.architectures)
        return study

    def _copied(self, history: History) -> optuna.Study:
        study = optuna.create_study(directions=history.study.directions)
        for trial, row in zip(history.trials, history.rows, strict=True):
            failed = sum(trial.user_attrs.get(name, 0) for name in ("repeated", "rejected"))
            study.add_trials([create_trial(state=TrialState.FAIL) for _ in range(min(failed, ATTEMPTS))])
            self._put(study, trial, int(row), history.architectures)
        return study

    def _put(self, study: optuna.Study, trial: FrozenTrial, row: int, architectures: Architectures) -> None:
        """Add a trial of the history, by the point that it was found at or that its architecture has."""
        point = self.points.of_trial(trial) or self.points.encode(row, architectures)
        if point is not None:
            template = create_trial(
                state=trial.state,
                values=list(trial.values) if trial.state == TrialState.COMPLETE else None,
                params=point,
                distributions=dict(self.points.distributions),
                intermediate_values=dict(trial.intermediate_values),
                system_attrs={name: known for name, known in trial.system_attrs.items() if name != POINT},
            )
            study.add_trial(template)


def tpe(points: Parametrisation) -> SampledSearch:
    """The tree-structured Parzen estimator, as Optuna ships it; aware of trials that still run."""
    return SampledSearch(lambda seed: tpe_sampler(seed, points.distributions), points, reseed_tpe)


def gp(points: Parametrisation) -> SampledSearch:
    """Optuna's Gaussian process, for values that repeat."""
    return SampledSearch(lambda seed: optuna.samplers.GPSampler(seed=seed, deterministic_objective=True), points)


def cmaes(points: Parametrisation) -> SampledSearch:
    """Covariance matrix adaptation, on coordinates of an embedding space, or choices as whole numbers.

    Raises:
        InputError: the package `cmaes` is not installed.
    """
    if find_spec("cmaes") is None:
        raise InputError("CMA-ES needs the package cmaes: pip install 'archgraph[search]'")
    return SampledSearch(lambda seed: optuna.samplers.CmaEsSampler(seed=seed), points)


def nsga2(points: Parametrisation) -> SampledSearch:
    """NSGA-II, for several objectives."""
    return SampledSearch(lambda seed: optuna.samplers.NSGAIISampler(seed=seed, population_size=20), points)
