"""History: what a search may know, the trials of its study in the order in which they were asked for."""

from __future__ import annotations

import copy
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
from search.studies.study import ARCHITECTURE, BATCH, HASH, PLACE, is_kept, signs

Losses = NDArray[np.float64]


def _place(trial: FrozenTrial) -> tuple[int, int]:
    """Where a trial stands: by its number, but where it was begun again after a kill where it was begun first."""
    return trial.user_attrs.get(PLACE, trial.number), trial.number


class History:
    """The trials of a study that were not given up; methods read it and keep nothing of their own.

    Args:
        study: whose trials these are.
        architectures: numbers the architectures.

    Attributes:
        signs: what values are multiplied by to be losses, [objectives].
        trials: all with an architecture that were not given up; one whose evaluation failed has no values.
        queued: those that wait to be begun.
        ended: how many of the trials have a value or were stopped.
        anew: how often the study was read from its beginning again, since what was known of it had changed.
        asked: trials that the study had when it was read and that were appended since, failed ones too; the number of
            the next one, unless another worker begins it.

    Example:
        >>> import optuna
        >>> from archgraph import spaces
        >>> from search import Architectures, History, RandomArchitectureSampler, suggest_architecture
        >>> space = spaces.get("macro")
        >>> study = optuna.create_study(sampler=RandomArchitectureSampler(space))
        >>> study.optimize(lambda trial: suggest_architecture(trial, space).num_nodes, n_trials=3)
        >>> history = History(study, Architectures(space))
        >>> history.sync()
        >>> rows, losses = history.labelled()
        >>> len(history), losses.shape
        (3, (3, 1))
    """

    def __init__(self, study: optuna.Study, architectures: Architectures) -> None:
        self.study, self.architectures = study, architectures
        self._signs = signs(study)
        self.signs: Losses = np.array(self._signs)
        self.trials: list[FrozenTrial] = []
        self.queued: list[FrozenTrial] = []
        self.asked = self.ended = self.anew = 0
        self._stopped: list[int] = []  # positions of those that were stopped, in the order in which they were
        self._nameless: dict[int, FrozenTrial] = {}  # by number, those that wait or have no architecture yet
        self._numbers: list[int] = []  # of the trials
        self._position: dict[int, int] = {}  # of the trial of each number
        self._open: set[int] = set()  # numbers of those that had not ended
        self._changed: set[int] = set()  # positions of those that are new or have ended
        self._batches: dict[str, list[int]] = {}
        self._first: dict[int, int] = {}  # architecture -> number of the first trial that has it
        self._rows: Rows = np.empty(64, dtype=np.intp)  # of the trials, and room for more
        self._losses: Losses = np.empty((64, len(self._signs)))  # likewise
        self._violations: Losses = np.empty(64)  # of constraints, likewise
        self._times = np.zeros(0, dtype=np.intp)  # that each network is among the trials, as far as any is

    def __len__(self) -> int:
        return len(self.trials)

    def __contains__(self, row: int) -> bool:
        """Whether a trial has had the network that this architecture is."""
        network = int(self._networks(np.array([row]))[0])
        return network < len(self._times) and bool(self._times[network])

    def sync(self) -> None:
        """Read the study again, once; what had ended before is as it was, and not looked at."""
        trials = self.study.get_trials(deepcopy=False)
        if any(not is_kept(trials[number]) for number in self._open):
            self._forget()
        for number in sorted(self._open):
            self._put(self._position[number], number, trials[number])
        new = self._named(trials)
        if self.trials and new and _place(trials[new[0][0]]) < _place(self.trials[-1]):
            self._forget()  # one of before has its architecture only now, or was begun again
            new = self._named(trials)
        for number, row in new:
            self._add(number, trials[number], row)
        self.queued = [trial for trial in self._nameless.values() if trial.state == TrialState.WAITING]
        self.asked = len(trials)

    def _named(self, trials: Sequence[FrozenTrial]) -> list[tuple[int, int]]:
        """Numbers and architectures of the trials that are not known yet and have one, in the order in which they were
        begun; others may have one later."""
        found, nameless = [], {}
        for number in [*self._nameless, *range(self.asked, len(trials))]:
            trial = trials[number]
            row = self._row(trial) if is_kept(trial) else -1
            if row >= 0:
                found.append((number, row))
            elif not trial.state.is_finished():
                nameless[number] = trial
        self._nameless = nameless
        return sorted(found, key=lambda new: _place(trials[new[0]]))

    def _forget(self) -> None:
        """Begin anew, as if nothing was read."""
        self.trials, self.asked, self.ended = [], 0, 0
        self.anew += 1
        self._stopped = []
        self._nameless, self._position, self._open, self._changed = {}, {}, set(), set()
        self._numbers, self._batches, self._first = [], {}, {}
        self._times[:] = 0

    def append(self, trial: FrozenTrial, row: int) -> None:
        """One trial more, without reading the study."""
        self._add(self.asked, trial, row)
        self.asked += 1

    def _add(self, number: int, trial: FrozenTrial, row: int) -> None:
        position = len(self.trials)
        if position == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
            self._losses = np.concatenate([self._losses, np.empty_like(self._losses)])
            self._violations = np.concatenate([self._violations, np.empty_like(self._violations)])
        self.trials.append(trial)
        self._numbers.append(number)
        self._rows[position] = row
        self._position[number] = position
        self._first[row] = min(self._first.get(row, number), number)
        if (batch := trial.user_attrs.get(BATCH)) is not None:
            self._batches.setdefault(batch, []).append(position)
        self._put(position, number, trial)
        self._grow()
        self._times[self._networks(self._rows[position : position + 1])] += 1

    def _put(self, position: int, number: int, trial: FrozenTrial) -> None:
        """A trial as it is now."""
        self.trials[position] = trial
        self._losses[position] = self._losses_of(trial)
        self._violations[position] = _violation(trial)
        self._changed.add(position)
        self.ended += trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
        if trial.state == TrialState.PRUNED:
            self._stopped.append(position)
        (self._open.discard if trial.state.is_finished() else self._open.add)(number)

    def _losses_of(self, trial: FrozenTrial) -> list[float]:
        if trial.state != TrialState.COMPLETE or trial.values is None:
            return [np.nan] * len(self._signs)
        return [sign * value for sign, value in zip(self._signs, trial.values, strict=True)]

    def _grow(self) -> None:
        """Make room for architectures that were met since."""
        if (more := len(self.architectures) - len(self._times)) > 0:
            self._times = np.append(self._times, np.zeros(more + len(self.architectures) // 2, dtype=np.intp))

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
    def unfinished(self) -> list[FrozenTrial]:
        """Trials that have not ended, as far as was read; also those which name no architecture yet."""
        return [*(self.trials[position] for position in self.running), *self._nameless.values()]

    @property
    def running(self) -> list[int]:
        """Positions of the trials that have not ended."""
        return sorted(self._position[number] for number in self._open)

    @property
    def stopped(self) -> list[int]:
        """Positions of the trials that a pruner stopped."""
        return sorted(self._stopped)

    def changed(self) -> list[int]:
        """Positions of the trials that are new or have ended since this was last asked."""
        changed, self._changed = sorted(self._changed), set()
        return changed

    def position(self, number: int) -> int:
        """Where the trial of a number is."""
        return self._position[number]

    def batch(self, name: str) -> list[int]:
        """The trials of a batch, by position."""
        return self._batches.get(name, [])

    def is_first(self, number: int, row: int) -> bool:
        """Whether no trial before the one of this number has its architecture."""
        return self._first.get(row, number) >= number

    def last(self, name: str) -> int | None:
        """The position of the last trial that has an attribute which is true; None where none has."""
        places = range(len(self) - 1, -1, -1)
        return next((place for place in places if self.trials[place].user_attrs.get(name)), None)

    @property
    def rows(self) -> Rows:
        """Architectures of all trials, those that are still evaluated included, [n]."""
        return _fixed(self._rows[: len(self)])

    @property
    def losses(self) -> Losses:
        """Values of which less is better, [n, objectives]; NaN where a trial has none, or none yet.

        Trials that break their constraints, as Optuna's trials can have some, come behind all others.
        """
        losses, violations = self._losses[: len(self)], self._violations[: len(self)]
        return constrained(losses, violations) if violations.any() else _fixed(losses)

    def before(self, count: int) -> History:
        """The first so many of the trials, as they are now; only to be read, and only until more is known."""
        earlier, later = copy.copy(self), self.trials[count:]
        earlier.trials = self.trials[:count]
        earlier.ended -= sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in later)
        earlier._stopped = [position for position in self._stopped if position < count]
        self._grow()
        earlier._times = self._times.copy()
        np.subtract.at(earlier._times, self._networks(self.rows[count:]), 1)
        return earlier

    def labelled(self) -> tuple[Rows, Losses]:
        """Architectures of the finished trials [k], and their losses [k, objectives]."""
        losses = self.losses
        done = ~np.isnan(losses[:, 0])
        return self.rows[done], losses[done]

    def times(self, row: int) -> int:
        """How many trials have had the network that this architecture is."""
        network = int(self._networks(np.array([row]))[0])
        return int(self._times[network]) if network < len(self._times) else 0

    def unseen(self, rows: Sequence[int] | Rows) -> Rows:
        """Those of `rows` whose network no trial has had, the first of each network, in their order."""
        rows = np.asarray(rows, dtype=np.intp)
        self._grow()
        networks, positions = self._networks(rows), np.arange(len(rows))
        first = np.empty(len(self._times), dtype=np.intp)
        first[networks[::-1]] = positions[::-1]  # of equal ones the last assignment holds
        return rows[(first[networks] == positions) & (self._times[networks] == 0)]


def _fixed(view: NDArray[Any]) -> NDArray[Any]:
    """What is only read."""
    view.flags.writeable = False
    return view


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
