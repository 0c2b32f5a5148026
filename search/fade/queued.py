"""Architectures that are queued in a study of FaDE: each is evaluated by itself, before the next step.

A step's architectures follow from its ranks, so no step can take up what was queued. Such a trial pays for its one
evaluation, leaves the means where they are, and is no step: those after it draw what they would have drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import FrozenTrial, Trial, TrialState

from archgraph.storages.liveness import Shift
from search.loop import begin_queued, open_history
from search.methods.random_search import RandomSearch
from search.objectives.base import Architecture, Objective
from search.proposer import Proposer
from search.studies.history import History
from search.studies.study import ARCHITECTURE, FIXED


class FadeQueue:
    """The queue of a study of FaDE.

    Args:
        shift: the worker's.
        objective: of the search.
        seed: of the choices that are left open in what is queued.
    """

    def __init__(self, shift: Shift, objective: Objective, seed: int) -> None:
        self.shift, self.objective, self.seed = shift, objective, seed
        self._history: History | None = None

    def next(self, trials: Sequence[FrozenTrial]) -> tuple[Trial, Architecture] | None:
        """The first queued trial that can be evaluated, begun, and its architecture; None where there is none.

        Args:
            trials: all of the study.
        """
        if not any(trial.state == TrialState.WAITING for trial in trials):
            return None
        if self._history is None:  # few studies have a queue
            self._history = open_history(self.shift.study, self.objective, None)
        self._history.sync()
        proposer = Proposer(self._history, RandomSearch(), self.seed, self.objective.costs_of)
        trial = begin_queued(proposer, self.shift, {})
        return None if trial is None else (trial, self._history.architecture(self._history.position(trial.number)))


def queue_again(shift: Shift, given_up: Sequence[FrozenTrial]) -> None:
    """Put back what workers that are gone had taken from the queue."""
    for trial in given_up:
        if was_queued(trial):
            own = {name: trial.user_attrs[name] for name in (ARCHITECTURE,) if name in trial.user_attrs}
            shift.study.enqueue_trial(trial.system_attrs[FIXED], user_attrs=own)


def was_queued(trial: FrozenTrial) -> bool:
    """Whether a trial was queued, and so is no step."""
    return FIXED in trial.system_attrs
