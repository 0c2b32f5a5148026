"""Optuna's pruners, asked in a way that repeats: what they say follows from the search's trials and its seed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.settings import check_settings
from search.studies.study import ENTERED, PLACE

NONE = "none"


def median(steps: Sequence[int], n_startup_trials: int = 5, n_warmup_steps: int = 0) -> BasePruner:
    """Stops what is worse than the median of complete trials at the same step; arguments as of Optuna."""
    return MedianPruner(n_startup_trials, n_warmup_steps)


def hyperband(steps: Sequence[int], reduction_factor: int = 3, min_resource: int | None = None) -> BasePruner:
    """Asynchronous successive halving in several brackets, of which the last stops nothing (Li et al., "Hyperband",
    JMLR 2018; "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020); arguments as of Optuna.

    With a reduction factor larger than the last step over the first there is one bracket, which stops.
    """
    first = steps[0] if min_resource is None else min_resource
    check_whole(2, reduction_factor=reduction_factor)
    check_whole(1, steps[-1], min_resource=first)
    return HyperbandPruner(first, steps[-1], reduction_factor)


PRUNERS: dict[str, Callable[..., BasePruner]] = {"median": median, "hyperband": hyperband}
"""Name -> Optuna's pruner for evaluations that report after given steps; further keywords are its settings."""


def checked_pruner(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a pruner.

    Raises:
        InputError: there is no such pruner, or it has no such setting.
    """
    if name not in (NONE, *PRUNERS):
        raise InputError(f"unknown pruner {name[:64]!r}; choose from {', '.join((NONE, *PRUNERS))}")
    if name == NONE:
        if settings:
            raise InputError(f"without a pruner nothing is set of it, but got {', '.join(map(str, settings))}")
        return {}
    checked = check_settings(f"pruner {name}", PRUNERS[name], settings, without=("steps",))
    try:
        PRUNERS[name]([1, sys.maxsize], **checked)
    except ValueError as error:
        raise InputError(f"pruner {name}: {error}") from error
    return checked


@dataclass
class _Told:
    """What the copy of a study knows of a trial.

    Attributes:
        trial: in the copy.
        reports: that it has.
        stops: what was said after the last of them.
        over: the trial has ended.
    """

    trial: Trial
    reports: int = 0
    stops: bool = False
    over: bool = False


class Pruning:
    """A pruner of Optuna on a copy of the study in memory.

    In the copy a trial's number is its place among the search's trials, and what a pruner remembers by a trial is told
    anew from the values that it reported. So a search that goes on after a kill stops the same trials as one that was
    never interrupted, whatever numbers they have in the study and whatever it is called.

    Args:
        name: of the pruner.
        settings: of the pruner.
        steps: after which evaluations report.
        direction: of the value.
        seed: of the search; Hyperband draws the brackets.
    """

    def __init__(
        self, name: str, settings: Mapping[str, Any], steps: Sequence[int], direction: StudyDirection, seed: int
    ) -> None:
        self._make = lambda: optuna.create_study(
            direction=direction,
            sampler=optuna.samplers.RandomSampler(0),
            pruner=PRUNERS[name](steps, **settings),
            study_name=f"copy-{seed}",
        )
        self._copy = self._make()
        self._known: dict[int, _Told] = {}  # by the trial's number in the study itself, in their order

    def read(self, trials: Sequence[FrozenTrial]) -> None:
        """Take up what is new in the trials of the search.

        Args:
            trials: all of them, in their order, those that still run with what they have reported.
        """
        numbers = [trial.number for trial in trials]
        if numbers[: len(self._known)] != list(self._known):
            self._copy, self._known = self._make(), {}
        for number in numbers[len(self._known) :]:
            self._known[number] = _Told(self._copy.ask())
        changed = sorted((trial for trial in trials if not self._known[trial.number].over), key=_reported)
        running = [trial for trial in changed if not trial.state.is_finished()]
        for trial in changed:
            self._tell(trial, but=0 if trial.state.is_finished() else 1)
        for trial in running:  # what is said to the last reports of these depends on all others
            self._tell(trial, but=0)

    def _tell(self, trial: FrozenTrial, but: int) -> None:
        """Take up the reports of a trial but for the last so many, and its end."""
        known, reports = self._known[trial.number], sorted(trial.intermediate_values.items())
        for step, value in reports[known.reports : len(reports) - but]:
            self.report(trial.number, step, value)
        known.over = trial.state.is_finished()
        if known.over:
            self._copy.tell(known.trial, trial.values if trial.state == TrialState.COMPLETE else None, trial.state)

    def report(self, number: int, step: int, value: float) -> None:
        """Take up one report of a trial."""
        known = self._known[number]
        known.trial.report(value, step)
        known.stops = known.trial.should_prune()
        known.reports += 1

    def stops(self, number: int) -> bool:
        """Whether a trial is to be stopped after its last report."""
        return self._known[number].stops


def _reported(trial: FrozenTrial) -> tuple[int, int]:
    """When a trial reported last, as far as that is known: by the clock of its bank, then by its place there."""
    own = trial.user_attrs
    return own.get(ENTERED, 0) + len(trial.intermediate_values), own.get(PLACE, trial.number)
