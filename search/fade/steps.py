"""What the trials of an outer search have found, so that the next one costs no more however many there were."""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from search.fade.past import REMEMBERED, Past, RankedStep
from search.fade.ranked import EARLIER
from search.objectives.evaluation import REASON
from search.studies.study import ARCHITECTURE, HASH, ended, is_kept, signs

_Cells = tuple[tuple[str, ...], ...]


class Steps:
    """The trials of a study; the leading ones that have all ended are looked at once.

    Args:
        study: whose trials these are.

    Attributes:
        trials: that were not given up, as they were when the study was last read.
    """

    def __init__(self, study: optuna.Study) -> None:
        self.study = study
        self.trials: list[FrozenTrial] = []
        self._read = 0  # so many trials have all ended and are taken up
        self._kept: list[FrozenTrial] = []  # of them
        self._leading, self._later = _Found(), _Found()

    def read(self) -> list[FrozenTrial]:
        """Read the study again; the trials in which something may be new."""
        trials = self.study.get_trials(deepcopy=False)
        new = trials[self._read :]
        for trial in new:
            if not trial.state.is_finished():
                break
            self._read += 1
            if is_kept(trial):
                self._kept.append(trial)
                self._leading.take(trial)
        self._later = _Found()
        later = [trial for trial in trials[self._read :] if is_kept(trial)]
        for trial in ended(later):
            self._later.take(trial)
        self.trials = [*self._kept, *later]
        return new

    def give_up(self, trials: Iterable[FrozenTrial]) -> None:
        """Leave out trials that are done again by another."""
        numbers = {trial.number for trial in trials}
        self.trials = [trial for trial in self.trials if trial.number not in numbers] if numbers else self.trials

    @property
    def last(self) -> FrozenTrial | None:
        """The last step that has ended."""
        return self._later.last or self._leading.last

    @property
    def values(self) -> Mapping[str, float]:
        """The value of every architecture that was evaluated, by its hash."""
        return ChainMap(self._later.values, self._leading.values)

    @property
    def failed(self) -> Mapping[str, str]:
        """Why the evaluation of those that failed did, by hash."""
        return ChainMap(self._later.failed, self._leading.failed)

    @property
    def least(self) -> float | None:
        """The least loss of a trial; None where none has one."""
        values = [value for found in (self._leading, self._later) for value in found.extremes]
        losses = [signs(self.study)[0] * value for value in values]
        return min(losses) if losses else None

    def past(self, sign: float) -> Past:
        """What strategies that remember are told; values times `sign` are losses."""
        ranked = [*self._leading.ranked, *self._later.ranked][-REMEMBERED:]
        natives = ChainMap(self._later.natives, self._leading.natives)
        return Past(tuple(ranked), {natives[key]: sign * value for key, value in self.values.items()})

    def alike(self, cells: Sequence[Sequence[str]]) -> list[FrozenTrial]:
        """The steps that ranked just these cells, by the names of those of each row."""
        key = _key(cells)
        return [*self._leading.steps.get(key, ()), *self._later.steps.get(key, ())]


class _Found:
    """What trials that have ended have found, taken up one after another."""

    def __init__(self) -> None:
        self.last: FrozenTrial | None = None
        self.values: dict[str, float] = {}
        self.natives: dict[str, str] = {}
        self.ranked: deque[RankedStep] = deque(maxlen=REMEMBERED)
        self.failed: dict[str, str] = {}
        self.extremes: tuple[float, ...] = ()  # the least and the largest value of a trial
        self.steps: dict[_Cells, list[FrozenTrial]] = {}

    def take(self, trial: FrozenTrial) -> None:
        own = trial.user_attrs
        self.failed.update(own.get("failed", {}))
        if trial.state == TrialState.FAIL and HASH in own and REASON in own:  # it was queued
            self.failed[own[HASH]] = own[REASON]
        if "candidates" in own:
            self.last = trial
            for step in (*own.get(EARLIER, ()), own):
                self.ranked.append(RankedStep(step["candidates"], [np.array(row) for row in step["log_ranks"]]))
        if trial.state != TrialState.COMPLETE:
            return
        derived = own.get("derived", [[trial.values[0], own[ARCHITECTURE], own[HASH]]] if HASH in own else [])
        self.values.update({key: value for value, _, key in derived})  # of one that was known before its own
        self.natives.update({key: native for _, native, key in derived})
        values = [trial.values[0], *self.extremes]
        self.extremes = min(values), max(values)
        if "candidates" in own:
            self.steps.setdefault(_key(own["candidates"]), []).append(trial)


def _key(cells: Sequence[Sequence[str]]) -> _Cells:
    return tuple(tuple(sorted(row)) for row in cells)
