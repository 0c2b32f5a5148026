"""Searches as Optuna studies: one trial is one paid evaluation, and a stopped study goes on with the same numbers.

Everything that a search knows is in its study. A trial is begun with its architecture, in one write, then evaluated,
then closed. Random numbers of a trial come from the run's seed and from how many trials before it were not failed, so
nothing depends on when a run was stopped.

Several workers may share a study. What one of them was evaluating when it died is taken up by another
(`archgraph.storages.liveness`): the trial is begun again with the same architecture and failed, which only one can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from archgraph.storages.liveness import GIVEN_UP, LATE, Shift
from search.objectives.evaluation import COST, REASON, Evaluation

ARCHITECTURE = "architecture"  # trial attribute: native form of the architecture
HASH = "hash"  # trial attribute: its canonical hash
FIXED = "fixed_params"  # system attribute of a trial that was queued: what is chosen in it already
BATCH = "batch"  # trial attribute: name of the batch in which it is evaluated together with others
ENTERED = "entered"  # trial attribute, where lanes are refilled: steps that the batch had done when it took its lane
PLACE = "place"  # trial attribute: how many trials were before it, whatever its number is after a kill
REFUSED = "refused"  # trial attribute: why a queued architecture was not evaluated
Finished = Callable[[Sequence[FrozenTrial]], bool]
"""Asked before trials begin, of all trials so far that were not given up: whether the search is over."""


def take_up(shift: Shift, trials: Iterable[FrozenTrial]) -> list[Trial]:
    """Those of the trials whose workers are gone, begun again with the same architectures, in the places that they had;
    one that was queued and is not known yet is queued again."""
    found = []
    for trial in shift.gone(trials):
        if ARCHITECTURE in trial.user_attrs:
            # First begun again, then given up: what is killed in between leaves two of them, of which one goes on.
            again = shift.again(trial, None if PLACE in trial.user_attrs else {PLACE: trial.number})
            if shift.give_up(trial):
                found.append(again)
            else:
                shift.end(again, None, {GIVEN_UP: LATE})
        elif shift.give_up(trial) and FIXED in trial.system_attrs:
            shift.study.enqueue_trial(trial.system_attrs[FIXED])
    return found


def is_kept(trial: FrozenTrial) -> bool:
    """Whether a trial is part of its search: it was begun, and not given up, as where its worker died.

    One whose evaluation failed is: it was paid for, its network is not asked for again, and its attribute `reason` says
    why.
    """
    return trial.state != TrialState.WAITING and (trial.state != TrialState.FAIL or REASON in trial.user_attrs)


def kept(study: optuna.Study) -> list[FrozenTrial]:
    """All trials but those given up, in the order in which they were asked for; reads the study once."""
    return [trial for trial in study.get_trials(deepcopy=False) if is_kept(trial)]


def complete(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those of the trials that have values, in their order."""
    return [trial for trial in trials if trial.state == TrialState.COMPLETE]


def ended(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those of the trials that have values, were stopped, or have a reason why they have none, in their order."""
    return [trial for trial in trials if _has_ended(trial)]


def _has_ended(trial: FrozenTrial) -> bool:
    return trial.state in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL) and is_kept(trial)


class Ended:
    """Counts those of a growing list of trials that have ended; one that has is not looked at again."""

    def __init__(self) -> None:
        self._leading = 0  # so many have all ended

    def count(self, trials: Sequence[FrozenTrial]) -> int:
        """How many of the trials have ended; the list of before, in which some have ended and to which some came."""
        while self._leading < len(trials) and _has_ended(trials[self._leading]):
            self._leading += 1
        return self._leading + sum(map(_has_ended, trials[self._leading :]))


def failed(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those of the trials that have a reason why they have no values, in their order."""
    return [trial for trial in trials if trial.state == TrialState.FAIL and is_kept(trial)]


def stopped(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those of the trials that a pruner stopped, in their order."""
    return [trial for trial in trials if trial.state == TrialState.PRUNED]


def completed(study: optuna.Study) -> list[FrozenTrial]:
    """Trials with values in the order in which they were asked for; reads the study once."""
    return complete(kept(study))


def spent(trials: Sequence[FrozenTrial]) -> float:
    """10^9 multiply-adds that the trials which have ended have paid, those that failed too."""
    return sum(trial.user_attrs.get(COST, 0.0) for trial in ended(trials))


def over_budget(trials: Sequence[FrozenTrial], more: int, budget: float | None) -> bool:
    """Whether so many trials more, at the mean cost so far, would go over a budget of 10^9 multiply-adds."""
    paid, done = spent(trials), len(ended(trials))
    return budget is not None and done > 0 and paid + more * paid / done > budget


def signs(study: optuna.Study) -> list[float]:
    """What values are multiplied by to be losses, of which less is better; one an objective."""
    return [-1.0 if direction == StudyDirection.MAXIMIZE else 1.0 for direction in study.directions]


def finish(shift: Shift, trial: Trial, evaluation: Evaluation, stopped: bool = False) -> bool:
    """Store an evaluation and close its trial, failed where the evaluation did, pruned where it was stopped; whether it
    was still the worker's."""
    if evaluation.reason is not None:
        return shift.end(trial, None, evaluation.stored)
    return shift.end(trial, None if stopped else list(evaluation.values), evaluation.stored, pruned=stopped)
