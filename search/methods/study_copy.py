"""A search as a study of Optuna in memory, which its samplers work on."""

from __future__ import annotations

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from search.architectures import Rows
from search.methods.base import ATTEMPTS
from search.methods.points import POINT, Parametrisation
from search.methods.window import Window
from search.studies.history import History


class StudyCopy:
    """Trials of a history by their points, and a failed one for each point that was rejected.

    It follows its history from proposal to proposal; what ended before is not looked at again.

    Args:
        history: of the search.
        points: turns architectures into points.
        some: positions of the trials that a sampler is shown.

    Attributes:
        study: of Optuna.
        asked: the trial of the last proposal, as long as nothing tells what became of it.
    """

    def __init__(self, history: History, points: Parametrisation, some: Rows) -> None:
        self._history, self._anew, self._points = history, history.anew, points
        self._window = Window()
        self.study = optuna.create_study(storage=self._window, directions=history.study.directions)
        self.asked: Trial | None = None
        self._numbers: dict[int, int | None] = {}  # position -> number in the copy; None without a point
        self._known, self._running = len(history), history.running
        for position in some.tolist():
            trial = history.trials[position]
            failed = sum(trial.user_attrs.get(name, 0) for name in ("repeated", "rejected"))
            self.study.add_trials([create_trial(state=TrialState.FAIL) for _ in range(min(failed, ATTEMPTS))])
            self._put(history, position)

    def follow(self, history: History, some: Rows) -> bool:
        """Take up what is new since the last proposal and show these trials alone, by position, and what is asked from
        now on; False where the history does not go on from there."""
        known, running = self._known, history.running
        same = history is self._history and history.anew == self._anew and len(history) <= known + 1
        if not same or [position for position in running if position < known] != self._running:
            return False
        self._known, self._running = len(history), running
        self._take_up(history, known)
        if len(some) < len(history):
            if any(position not in self._numbers for position in some.tolist()):
                return False
            numbers = [self._numbers[position] for position in some.tolist()]
            self._window.show([number for number in numbers if number is not None])
        return True

    def _take_up(self, history: History, known: int) -> None:
        newest = history.trials[-1] if len(history) > known else None
        asked, self.asked = self.asked, None
        ended = newest is not None and newest.state.is_finished()
        if newest is not None and asked is not None and ended and self._points.of_trial(newest) == asked.params:
            self._end(asked, newest)
            self._numbers[known] = asked.number
            return
        if asked is not None:
            self.study.tell(asked, state=TrialState.FAIL)
        if newest is not None:
            self._put(history, known)

    def _end(self, asked: Trial, ended: FrozenTrial) -> None:
        for step, value in ended.intermediate_values.items():
            asked.report(value, step)
        self.study.tell(asked, ended.values if ended.state == TrialState.COMPLETE else None, state=ended.state)

    def _put(self, history: History, position: int) -> None:
        """Add a trial of the history, by the point that it was found at or that its architecture has."""
        trial, row = history.trials[position], int(history.rows[position])
        point = self._points.of_trial(trial) or self._points.encode(row, history.architectures)
        self._numbers[position] = None if point is None else self._window.count
        if point is not None:
            template = create_trial(
                state=trial.state,
                values=list(trial.values) if trial.state == TrialState.COMPLETE else None,
                params=point,
                distributions=dict(self._points.distributions),
                intermediate_values=dict(trial.intermediate_values),
                system_attrs={name: known for name, known in trial.system_attrs.items() if name != POINT},
            )
            self.study.add_trial(template)
