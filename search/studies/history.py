"""History: what a search may know, the trials of its study in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState

from archgraph.errors import InputError
from search.architectures import Atlas, Rows
from search.objectives.base import Architecture
from search.studies.study import ARCHITECTURE, HASH, signs

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
        self._losses: list[float] = []  # of all objectives, one trial after another
        self._seen = np.zeros(0, dtype=np.bool_)  # of networks, as far as any was

    def __len__(self) -> int:
        return len(self.trials)

    def __contains__(self, row: int) -> bool:
        """Whether a trial has had the network that this architecture is."""
        network = int(self._networks(np.array([row]))[0])
        return network < len(self._seen) and bool(self._seen[network])

    def sync(self) -> None:
        """Read the study again."""
        known = {trial.number: row for trial, row in zip(self.trials, self._rows, strict=True)}
        self.trials, self._rows, self._losses, self._seen = [], [], [], np.zeros(0, dtype=np.bool_)
        for trial in self.study.get_trials(deepcopy=False):
            if trial.state != TrialState.FAIL:
                row = known.get(trial.number)
                self.append(trial, self.atlas.find(architecture_of(trial)) if row is None else row)

    def append(self, trial: FrozenTrial, row: int) -> None:
        """One trial more, without reading the study."""
        done = trial.state == TrialState.COMPLETE and trial.values is not None
        values = trial.values if done else [np.nan] * len(self.signs)
        self.trials.append(trial)
        self._rows.append(row)
        self._losses.extend(sign * value for sign, value in zip(self.signs.tolist(), values, strict=True))
        self._grow()
        self._seen[self._networks(np.array([row]))] = True

    def _grow(self) -> None:
        """Make room for what the atlas has met since."""
        if (more := len(self.atlas) - len(self._seen)) > 0:
            self._seen = np.append(self._seen, np.zeros(more + len(self.atlas) // 2, dtype=np.bool_))

    def _networks(self, rows: Rows) -> Rows:
        """What is paid for once: a network, however it is spelt; with several objectives each spelling.

        One of them then is what a network costs, and latency and parameters count what carries nothing, too.
        """
        return self.atlas.networks(rows) if len(self.signs) == 1 else rows

    @property
    def rows(self) -> Rows:
        """Architectures of all trials, those that are still evaluated included, [n]."""
        return np.array(self._rows, dtype=np.intp)

    @property
    def losses(self) -> Losses:
        """Values of which less is better, [n, objectives]; NaN where a trial has none yet."""
        return np.array(self._losses, dtype=np.float64).reshape(len(self), len(self.signs))

    def labelled(self) -> tuple[Rows, Losses]:
        """Architectures of the finished trials [k], and their losses [k, objectives]."""
        losses = self.losses
        done = ~np.isnan(losses[:, 0])
        return self.rows[done], losses[done]

    def unseen(self, rows: Sequence[int] | Rows) -> Rows:
        """Those of `rows` whose network no trial has had, the first of each network, in their order."""
        rows = np.asarray(rows, dtype=np.intp)
        self._grow()
        networks, places = self._networks(rows), np.arange(len(rows))
        first = np.empty(len(self._seen), dtype=np.intp)
        first[networks[::-1]] = places[::-1]  # of equal ones the last assignment holds
        return rows[(first[networks] == places) & ~self._seen[networks]]

    def attribute(self, name: str) -> list[Any]:
        """An attribute of each trial, None where it has none."""
        return [trial.user_attrs.get(name) for trial in self.trials]


def architecture_of(trial: FrozenTrial) -> Architecture:
    """The architecture of a trial.

    Raises:
        InputError: it has none, since no search of archgraph made it.
    """
    attributes: Mapping[str, Any] = trial.user_attrs
    if not {ARCHITECTURE, HASH} <= attributes.keys():
        raise InputError(f"trial {trial.number} has no architecture: the study is of another program; name a new one")
    return Architecture(attributes[ARCHITECTURE], attributes[HASH])
