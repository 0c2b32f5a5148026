"""History: what a search may know, the trials of its study in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState

from archgraph.errors import InputError
from archgraph.spaces import Space
from search.architectures import Architectures, Rows
from search.objectives.base import Architecture
from search.objectives.pareto import constrained
from search.parameters import chosen_in
from search.studies.study import ARCHITECTURE, HASH, is_kept, signs

Losses = NDArray[np.float64]


class History:
    """The trials of a study that were not given up; methods read it and keep nothing of their own.

    Args:
        study: whose trials these are.
        architectures: numbers the architectures.

    Attributes:
        signs: what values are multiplied by to be losses, [objectives].
        trials: all with an architecture that were not given up; one whose evaluation failed has no values.
        queued: those that wait to be begun.
        asked: trials that the study had when it was read and that were appended since, failed ones too; the number of
            the next one, unless another worker begins it.
    """

    def __init__(self, study: optuna.Study, architectures: Architectures) -> None:
        self.study, self.architectures = study, architectures
        self._signs = signs(study)
        self.signs: Losses = np.array(self._signs)
        self.trials: list[FrozenTrial] = []
        self.queued: list[FrozenTrial] = []
        self.asked = 0
        self._rows: list[int] = []
        self._violations: list[float] = []  # of constraints, by each trial
        self._losses: list[float] = []  # of all objectives, one trial after another
        self._seen = np.zeros(0, dtype=np.bool_)  # of networks, as far as any was

    def __len__(self) -> int:
        return len(self.trials)

    def __contains__(self, row: int) -> bool:
        """Whether a trial has had the network that this architecture is."""
        network = int(self._networks(np.array([row]))[0])
        return network < len(self._seen) and bool(self._seen[network])

    def sync(self) -> None:
        """Read the study again, once."""
        known = {trial.number: row for trial, row in zip(self.trials, self._rows, strict=True)}
        trials = self.study.get_trials(deepcopy=False)
        self.asked = len(trials)
        self.queued = [trial for trial in trials if trial.state == TrialState.WAITING]
        kept = [trial for trial in trials if is_kept(trial)]
        known |= {trial.number: self._row(trial) for trial in kept if trial.number not in known}
        self.trials = [trial for trial in kept if known[trial.number] >= 0]
        self._rows = [known[trial.number] for trial in self.trials]
        self._violations = [_violation(trial) for trial in self.trials]
        self._losses = [loss for trial in self.trials for loss in self._losses_of(trial)]
        self._seen = np.zeros(len(self.architectures), dtype=np.bool_)
        self._seen[self._networks(self.rows)] = True

    def append(self, trial: FrozenTrial, row: int) -> None:
        """One trial more, without reading the study."""
        self.asked += 1
        self.trials.append(trial)
        self._rows.append(row)
        self._violations.append(_violation(trial))
        self._losses.extend(self._losses_of(trial))
        self._grow()
        self._seen[self._networks(np.array([row]))] = True

    def _losses_of(self, trial: FrozenTrial) -> list[float]:
        if trial.state != TrialState.COMPLETE or trial.values is None:
            return [np.nan] * len(self._signs)
        return [sign * value for sign, value in zip(self._signs, trial.values, strict=True)]

    def _grow(self) -> None:
        """Make room for architectures that were met since."""
        if (more := len(self.architectures) - len(self._seen)) > 0:
            self._seen = np.append(self._seen, np.zeros(more + len(self.architectures) // 2, dtype=np.bool_))

    def _networks(self, rows: Rows) -> Rows:
        """What is paid for once: a network, however it is spelt; with several objectives each spelling.

        One of them then is what a network costs, and latency and parameters count what has no effect, too.
        """
        return self.architectures.networks(rows) if len(self.signs) == 1 else rows

    def _row(self, trial: FrozenTrial) -> int:
        """The number of the architecture of a trial, which its attributes or else its parameters say; -1 where they do
        not, as where a trial has only begun."""
        found = named_in(trial, self.architectures.space)
        return -1 if found is None else self.architectures.find(found)

    def architecture(self, position: int) -> Architecture:
        """The architecture of one of the trials, by its position."""
        return self.architectures.architecture(self._rows[position])

    @property
    def rows(self) -> Rows:
        """Architectures of all trials, those that are still evaluated included, [n]."""
        return np.array(self._rows, dtype=np.intp)

    @property
    def losses(self) -> Losses:
        """Values of which less is better, [n, objectives]; NaN where a trial has none, or none yet.

        Trials that break their constraints, as Optuna's trials can have some, come behind all others.
        """
        losses = np.array(self._losses, dtype=np.float64).reshape(len(self), len(self.signs))
        return constrained(losses, np.array(self._violations)) if any(self._violations) else losses

    def labelled(self) -> tuple[Rows, Losses]:
        """Architectures of the finished trials [k], and their losses [k, objectives]."""
        losses = self.losses
        done = ~np.isnan(losses[:, 0])
        return self.rows[done], losses[done]

    def times(self, row: int) -> int:
        """How many trials have had the network that this architecture is."""
        network, *others = self._networks(np.append(row, self.rows)).tolist()
        return others.count(network)

    def unseen(self, rows: Sequence[int] | Rows) -> Rows:
        """Those of `rows` whose network no trial has had, the first of each network, in their order."""
        rows = np.asarray(rows, dtype=np.intp)
        self._grow()
        networks, positions = self._networks(rows), np.arange(len(rows))
        first = np.empty(len(self._seen), dtype=np.intp)
        first[networks[::-1]] = positions[::-1]  # of equal ones the last assignment holds
        return rows[(first[networks] == positions) & ~self._seen[networks]]

    def attribute(self, name: str) -> list[Any]:
        """An attribute of each trial, None where it has none."""
        return [trial.user_attrs.get(name) for trial in self.trials]


def _violation(trial: FrozenTrial) -> float:
    """By how much a trial breaks its constraints, all together."""
    return sum(max(0.0, value) for value in trial.constraints.values()) if trial.system_attrs else 0.0


def named_in(trial: FrozenTrial, space: Space) -> Architecture | None:
    """The architecture that a trial's attributes name, or else its parameters; None where neither does."""
    own = trial.user_attrs
    if {ARCHITECTURE, HASH} <= own.keys():
        return Architecture(own[ARCHITECTURE], own[HASH])
    chosen = chosen_in(space, trial.params)
    graph = None if chosen is None else space.from_choices(chosen)
    return None if graph is None else Architecture(space.to_native(graph), graph.canonical_hash(), graph)


def is_own(trial: FrozenTrial, space: Space) -> bool:
    """Whether a trial is of a search of a space, by its attributes or its parameters."""
    return ARCHITECTURE in trial.user_attrs or chosen_in(space, trial.params) is not None


def check_own(trials: Sequence[FrozenTrial], space: Space) -> None:
    """Check that trials are of searches of a space.

    Raises:
        InputError: one that has ended names no architecture.
    """
    for trial in trials:
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED) and not is_own(trial, space):
            raise InputError(
                f"trial {trial.number} has no architecture: the study is of another program; name a new one"
            )


def architecture_of(trial: FrozenTrial) -> Architecture:
    """The architecture of a trial.

    Raises:
        InputError: it has none, since no search of archgraph made it.
    """
    attributes: Mapping[str, Any] = trial.user_attrs
    if not {ARCHITECTURE, HASH} <= attributes.keys():
        raise InputError(f"trial {trial.number} has no architecture: the study is of another program; name a new one")
    return Architecture(attributes[ARCHITECTURE], attributes[HASH])
