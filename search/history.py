"""History: what a search may know, the trials of its study in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState

from search.atlas import Atlas, Rows
from search.objective import Architecture
from search.study import ARCHITECTURE, HASH, signs

Losses = NDArray[np.float64]


class History:
    """The trials of a study that did not fail; methods read it and keep nothing of their own.

    Args:
        study: whose trials these are.
        atlas: numbers the architectures.

    Attributes:
        signs: what values are multiplied by to be losses, [objectives].
        trials: all that did not fail.
    """

    def __init__(self, study: optuna.Study, atlas: Atlas) -> None:
        self.study, self.atlas = study, atlas
        self.signs: Losses = np.array(signs(study))
        self.trials: list[FrozenTrial] = []
        self._rows: list[int] = []
        self._seen: set[int] = set()

    def __len__(self) -> int:
        return len(self.trials)

    def __contains__(self, row: int) -> bool:
        return row in self._seen

    def sync(self) -> None:
        """Read the study again."""
        trials = [t for t in self.study.get_trials(deepcopy=False) if t.state != TrialState.FAIL]
        known = {trial.number: row for trial, row in zip(self.trials, self._rows, strict=True)}
        self.trials, self._rows = [], []
        for trial in trials:
            row = known.get(trial.number)
            self._put(trial, self.atlas.find(architecture_of(trial)) if row is None else row)
        self._seen = set(self._rows)

    def append(self, trial: FrozenTrial, row: int) -> None:
        """One trial more, without reading the study."""
        self._put(trial, row)
        self._seen.add(row)

    def _put(self, trial: FrozenTrial, row: int) -> None:
        self.trials.append(trial)
        self._rows.append(row)

    @property
    def rows(self) -> Rows:
        """Architectures of all trials, those that are still evaluated included, [n]."""
        return np.array(self._rows, dtype=np.intp)

    @property
    def finished(self) -> NDArray[np.bool_]:
        """Which trials have their values, [n]."""
        return np.array([trial.state == TrialState.COMPLETE for trial in self.trials], dtype=np.bool_)

    @property
    def losses(self) -> Losses:
        """Values of which less is better, [n, objectives]; NaN where a trial has none yet."""
        unknown = [np.nan] * len(self.signs)
        values = [t.values if t.state == TrialState.COMPLETE else unknown for t in self.trials]
        return np.array(values, dtype=np.float64).reshape(len(self), len(self.signs)) * self.signs

    def labelled(self) -> tuple[Rows, Losses]:
        """Architectures of the finished trials [k], and their losses [k, objectives]."""
        done = self.finished
        return self.rows[done], self.losses[done]

    def unseen(self, rows: Sequence[int] | Rows) -> Rows:
        """Those of `rows` that no trial has had, each once, in their order."""
        return np.array(
            [row for row in dict.fromkeys(np.asarray(rows).tolist()) if row not in self._seen], dtype=np.intp
        )

    def attribute(self, name: str) -> list[Any]:
        """An attribute of each trial, None where it has none."""
        return [trial.user_attrs.get(name) for trial in self.trials]


def architecture_of(trial: FrozenTrial) -> Architecture:
    """The architecture of a trial."""
    attributes: Mapping[str, Any] = trial.user_attrs
    return Architecture(attributes[ARCHITECTURE], attributes[HASH])
