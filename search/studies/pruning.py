"""Optuna's pruners, asked in a way that repeats: what they say follows from the search's trials and its seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from archgraph.errors import InputError
from search.studies.study import ENTERED, PLACE

NONE = "none"
PRUNERS: dict[str, Callable[[Sequence[int]], BasePruner]] = {
    "median": lambda steps: MedianPruner(),
    "hyperband": lambda steps: HyperbandPruner(steps[0], steps[-1]),
}
"""Name -> Optuna's pruner for evaluations that report after these steps."""


def check_pruner(name: str) -> None:
    """
    Raises:
        InputError: there is no such pruner.
    """
    if name not in (NONE, *PRUNERS):
        raise InputError(f"unknown pruner {name[:64]!r}; choose from {', '.join((NONE, *PRUNERS))}")


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
        steps: after which evaluations report.
        direction: of the value.
        seed: of the search; Hyperband draws the brackets.
    """

    def __init__(self, name: str, steps: Sequence[int], direction: StudyDirection, seed: int) -> None:
        self._make = lambda: optuna.create_study(
            direction=direction,
            sampler=optuna.samplers.RandomSampler(0),
            pruner=PRUNERS[name](steps),
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
        for last in (False, True):  # what is said to the last reports of those that still run depends on all others
            for trial in changed:
                running, reports = trial.state == TrialState.RUNNING, sorted(trial.intermediate_values.items())
                told = self._known[trial.number].reports
                for step, value in reports[told : len(reports) - (running and not last)]:
                    self.report(trial.number, step, value)
        for trial in changed:
            known = self._known[trial.number]
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
