"""Shift: one worker's time at a study, in which it begins trials, shows that it lives, and takes up what others left.

While a worker evaluates a trial, a thread leaves a sign of life in it every 10 seconds: a number, one larger each
time. A trial is left alone when the kernel says that its worker is gone (`archgraph.storages.workers`), or when its
sign has not changed for 60 seconds. Whoever looks measures these on a clock of its own, so clocks that differ do not
matter. In a database the sign is one of Optuna's heartbeats as well, whose age the database tells, so that what was
left long ago need not be watched first.

Who finds a trial left alone begins it again and fails it, which only one can; others drop what they have begun. A
worker that was taken for dead, as where its machine slept, finds its trial failed when it comes to end it, and drops
what it computed.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial, TrialState

from archgraph._compat import begin_trial, id_of, leave_note, leave_sign, silent_trials, take_trial
from archgraph.storages.workers import is_there, leave, new_worker

WORKER = "worker"  # trial attribute: who evaluates it
GIVEN_UP = "given_up"  # trial attribute: why it was failed without having been evaluated
GONE = "its worker is gone"
LATE = "another trial of the same architecture was begun before it"
SIGN = "sign_of_life"  # system attribute of a trial: how many its worker has left
EVERY = 10  # seconds between signs of life
SILENCE = 60  # seconds without one after which a trial is left alone


class Shift:
    """The time that a worker spends on a study; leaving the block ends it.

    Args:
        study: that it works on, with others or alone.

    Attributes:
        name: of the worker, as it signs its trials.

    Example:
        >>> import optuna
        >>> from archgraph.storages.liveness import Shift
        >>> with Shift(optuna.create_study()) as shift:
        ...     trial = shift.begin(optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING))
        ...     shift.end(trial, [0.5])
        True
    """

    def __init__(self, study: optuna.Study) -> None:
        self.study = study
        self.name = new_worker()
        self._held: set[int] = set()  # numbers of the trials at work
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: dict[int, tuple[int | None, float, int]] = {}
        """Trial of another -> its last sign, since when it is known here, and how many were seen to come."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """End the shift; trials that are not closed are left to others."""
        self._ended.set()
        leave(self.name)

    def begin(self, template: FrozenTrial) -> Trial:
        """A new running trial that holds all that the template does from the first moment on, in one write."""
        template.user_attrs[WORKER] = self.name
        template.system_attrs[SIGN] = 0
        trial = begin_trial(self.study, template)
        self._hold(trial)
        return trial

    def take(self, waiting: FrozenTrial) -> Trial | None:
        """A queued trial as one that runs, which only one worker can have; None where another was faster."""
        try:
            leave_sign(self.study, waiting.number, SIGN, 0)  # first: from its beginning it can be told to be left alone
        except UpdateFinishedTrialError:
            return None
        trial = take_trial(self.study, waiting)
        if trial is not None:
            trial.set_user_attr(WORKER, self.name)
            self._hold(trial)
        return trial

    def _hold(self, trial: Trial) -> None:
        """Leave signs of life in a trial from now on."""
        self._held.add(trial.number)
        if self._thread is None:
            self._thread = threading.Thread(target=self._show_life, daemon=True)
            self._thread.start()

    def end(
        self,
        trial: Trial,
        values: Sequence[float] | None,
        attributes: Mapping[str, Any] | None = None,
        pruned: bool = False,
    ) -> bool:
        """Write attributes and close a trial, failed or pruned where it has no values; whether it was still this
        worker's."""
        self._held.discard(trial.number)
        known = trial.user_attrs
        try:
            for name, value in (attributes or {}).items():
                if name not in known or known[name] != value:
                    trial.set_user_attr(name, value)
            without = TrialState.PRUNED if pruned else TrialState.FAIL
            self.study.tell(trial, values, state=without if values is None else None)
        except (UpdateFinishedTrialError, ValueError):
            if not self.study.get_trials(deepcopy=False)[trial.number].state.is_finished():
                raise
            return False
        return True

    def abandoned(self, trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
        """Those of the trials that workers which are gone left running; each is failed, which only one can do."""
        return [trial for trial in self.gone(trials) if self.give_up(trial)]

    def give_up(self, trial: FrozenTrial) -> bool:
        """Fail a trial whose worker is gone; whether it was this worker that did, and not another one before."""
        try:
            leave_note(self.study, trial.number, GIVEN_UP, GONE)
            self.study.tell(trial.number, state=TrialState.FAIL)
        except (UpdateFinishedTrialError, ValueError):
            return False
        return True

    def gone(self, trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
        """Those of the trials that workers which are gone left running; nothing is written."""
        return [trial for trial, there in self._running(trials) if there is False]

    def again(self, trial: FrozenTrial, changed: Mapping[str, Any] | None = None) -> Trial:
        """A trial that was abandoned, or is about to be, begun again with all that it held.

        Args:
            trial: that runs, or ran.
            changed: attributes that differ; what the trial reported is then forgotten.
        """
        template = copy.deepcopy(trial)
        template.user_attrs.pop(GIVEN_UP, None)
        if changed is not None:
            template.user_attrs |= changed
            template.intermediate_values = {}
        return self.begin(template)

    def is_doubtful(self, trials: Iterable[FrozenTrial]) -> bool:
        """Whether one of the trials is running of which nothing tells yet whether its worker lives."""
        return any(there is None for _, there in self._running(trials))

    def _running(self, trials: Iterable[FrozenTrial]) -> list[tuple[FrozenTrial, bool | None]]:
        """Running trials of other workers, and whether these are there."""
        others = [t for t in trials if t.state == TrialState.RUNNING and t.number not in self._held]
        found = [(trial, self._is_there(trial)) for trial in others]
        if any(there is None for _, there in found):
            silent = silent_trials(self.study)
            found = [(t, False if there is None and id_of(t) in silent else there) for t, there in found]
        return found

    def _is_there(self, trial: FrozenTrial) -> bool | None:
        worker = trial.user_attrs.get(WORKER)
        if worker is None and SIGN not in trial.system_attrs:
            return True  # another program's, which ends its trials itself
        if worker is not None and (there := is_there(worker)) is not None:
            return there
        sign, now = trial.system_attrs.get(SIGN), time.monotonic()
        last, since, came = self._seen.setdefault(trial.number, (sign, now, 0))
        if sign != last:
            since, came = now, came + 1
            self._seen[trial.number] = (sign, since, came)
        if now - since > SILENCE:
            return False
        return True if came > 1 else None  # the last write of a killed process may come after its end

    def _show_life(self) -> None:
        signs = 0
        while not self._ended.wait(EVERY):
            signs += 1
            for number in sorted(self._held):
                try:
                    leave_sign(self.study, number, SIGN, signs)
                except Exception:
                    continue
