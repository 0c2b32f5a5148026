"""The loop of searches whose poor evaluations are stopped: lanes that report step by step, and are refilled.

Each trial takes a lane. After each step it reports, and a pruner of Optuna says whether it goes on; where it does not,
it is stopped with what it has reported (state PRUNED), has cost what was done until then, and the next proposal takes
its lane. So a device has always as many trainings side by side as it was given, each at a step of its own.

Where a step of several lanes raises an exception, as where memory runs out, these begin again in two banks of half as
many, which are not refilled, and so on down to one lane, whose trial fails with the reason. Of what does not fit into
memory together no more than half is put side by side from then on.

Nothing of a training is kept when a search is killed: the lanes that were under way are trained again as they stood in
their bank, step by step beside the same others, and come to the same numbers, as their reports would have told.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial

from archgraph.checks import check_whole
from archgraph.errors import CrowdedError, InputError
from archgraph.seeds import derive_seed
from archgraph.storages.liveness import GIVEN_UP, LATE, Shift
from search.architectures import Architectures
from search.loop import PAUSE, begin_proposed, begun_again, draw, open_history, recall
from search.methods.base import Method
from search.objectives.attempts import reason_of
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.pictures import Pictures
from search.proposer import Proposer
from search.studies.history import History
from search.studies.pruning import Pruning
from search.studies.study import BATCH, ENTERED, PLACE, Finished, finish

_HALF = "/"  # in the name of a bank: it is a half of another one
_CROWDED = "with what ran beside it it raised an exception; begun again beside fewer"


def run_pruned(
    study: optuna.Study,
    method: Method,
    objective: Objective,
    seed: int,
    finished: Finished,
    pruner: str,
    architectures: Architectures | None = None,
    batch: int = 1,
    settings: Mapping[str, Any] | None = None,
    pictures: Pictures | None = None,
) -> None:
    """Search until `finished`, stopping poor evaluations early; goes on where the study was left.

    Args:
        study, method, objective, seed, finished, architectures, pictures: as in `run_study`.
        pruner: one of `PRUNERS`.
        batch: lanes: evaluations side by side.
        settings: of the pruner, see `PRUNERS`.

    Raises:
        InputError: as `run_study`; or the objective has several values, or none that it reports before the end.

    Example:
        >>> from archgraph import spaces
        >>> from search import TableObjective, make, open_study
        >>> from search.pruned_loop import run_pruned
        >>> members = spaces.get("dag:1-4").enumerate()
        >>> sizes = members.graph_sizes.astype(float)
        >>> table = members.with_metrics(early=sizes, late=sizes)
        >>> objective = TableObjective(table, spaces.get("dag:1-4"), ["late"], fidelities={1: "early", 9: "late"})
        >>> study = open_study(None, "mine", {}, objective.directions)
        >>> method = make("random", objective.space)
        >>> run_pruned(study, method, objective, 0, lambda trials: len(trials) >= 20, "hyperband")
        >>> sorted({trial.state.name for trial in study.trials})
        ['COMPLETE', 'PRUNED']
    """
    check_whole(1, batch=batch)
    check_stoppable(objective)
    history = open_history(study, objective, architectures)
    proposer = Proposer(history, method, seed, objective.costs_of)
    pruning = Pruning(pruner, settings or {}, objective.steps, study.direction, seed)
    waiting: list[Trial] = []
    with Shift(study) as shift:
        while True:
            history.sync()
            waiting += begun_again(shift, history)
            name = waiting[0].user_attrs[BATCH] if waiting else f"{shift.name}:{len(history)}"
            bank = _LaneBank(name, shift, history, objective, pruning, seed, pictures)
            own = [trial for trial in waiting if trial.user_attrs[BATCH] == name]
            waiting = [trial for trial in waiting if trial.user_attrs[BATCH] != name]
            try:
                bank.resume(own)
                worked = bank.run(proposer, finished, 0 if _HALF in name else batch)
            except _TooManyError as error:
                if isinstance(error.__cause__, CrowdedError | MemoryError):
                    batch = max(1, min(batch, error.lanes // 2))
                own, worked = list(bank.lanes.values()) or own, True
            else:
                own = []
            # Only here, where nothing refers to the error any more, is the memory free that the bank held.
            waiting = bank.begun_again(own) + waiting
            if not worked and not waiting:
                if not shift.is_doubtful(history.unfinished):
                    return
                time.sleep(PAUSE)


def check_stoppable(objective: Objective) -> None:
    """
    Raises:
        InputError: evaluations of the objective cannot be stopped early.
    """
    if len(objective.names) > 1:
        raise InputError(f"a pruner compares one value, but got {', '.join(objective.names)}; search without one")
    objective.lanes()


class _TooManyError(Exception):
    """A step of so many lanes raised an exception, its cause."""

    def __init__(self, lanes: int) -> None:
        super().__init__(f"{lanes} lanes")
        self.lanes = lanes


class _LaneBank:
    """Evaluations side by side, and how they came there.

    Attributes:
        clock: steps that the bank has done.
        lanes: trials under way by number, in the order in which they entered.
    """

    def __init__(
        self,
        name: str,
        shift: Shift,
        history: History,
        objective: Objective,
        pruning: Pruning,
        seed: int,
        pictures: Pictures | None,
    ) -> None:
        self.name, self.shift, self.history, self.pictures = name, shift, history, pictures
        self.objective, self.pruning, self.seed = objective, pruning, seed
        self.clock = 0
        self.lanes: dict[int, Trial] = {}
        self._running = objective.lanes()
        self._side: set[int] = set()  # numbers of the trials that it runs

    def run(self, proposer: Proposer, finished: Finished, batch: int) -> bool:
        """Fill the lanes and go on until none is left and no proposal takes one; whether there was anything to do."""
        worked = False
        while True:
            self.history.sync()
            recall(self.history, self.objective)
            while len(self.lanes) < batch and not finished(self.history.trials):
                place = {BATCH: self.name, ENTERED: self.clock, PLACE: len(self.history)}
                trial = begin_proposed(proposer, self.shift, place)
                if trial is None:
                    break
                self.enter(trial)
            if not self.lanes:
                return worked
            worked = True
            self.step()

    def enter(self, trial: Trial) -> None:
        """Give a lane to a trial that has begun; one that cannot begin has failed."""
        self.lanes[trial.number] = trial
        try:
            self._start(trial)
        except Exception as error:
            self._fail(trial, error)

    def step(self) -> None:
        """One step of all lanes; those that are done or stopped leave."""
        self.pruning.read(self.history.trials)
        values = self._advance()
        for number, trial in list(self.lanes.items()):
            if number in values:
                self._report(trial, values[number])
                self._decide(trial, values[number])

    def resume(self, taken: Sequence[Trial]) -> None:
        """Bring trials that another process left to where they stood, by doing again what the bank did since the first
        of them entered."""
        if not taken:
            return
        peers = [trial for trial in self.history.trials if trial.user_attrs.get(BATCH) == self.name]
        own = {trial.number: trial for trial in taken}
        self.clock = first = min(trial.user_attrs[ENTERED] for trial in taken)
        end = max(_left(trial) for trial in peers)
        reported = [trial.number for trial in peers if _left(trial) == end]
        self.pruning.read(self.history.trials)
        while self.clock < end:
            for peer in peers:
                lives = peer.number in own or _left(peer) > self.clock
                if max(peer.user_attrs[ENTERED], first) == self.clock and lives:
                    self._start(peer)
            values = self._advance()
            for peer in peers:
                if peer.number not in own and _left(peer) == self.clock:
                    self._leave(peer.number)
        for peer in peers:
            if peer.number not in own:
                continue
            trial = self.lanes[peer.number] = own[peer.number]
            if peer.user_attrs[ENTERED] == end:
                self._start(peer)
                continue
            if peer.number not in reported:
                self._report(trial, values[peer.number])
            if peer.number not in reported[:-1]:  # the others went on: what came after them was written
                self._decide(trial, values[peer.number])

    def _start(self, trial: Trial | FrozenTrial) -> None:
        """Begin the evaluation of a trial, as far as the bank's clock says that it is."""
        architecture = self.history.architecture(self.history.position(trial.number))
        entered, place = trial.user_attrs[ENTERED], trial.user_attrs[PLACE]
        seed = derive_seed(self.seed, "train", place)
        self._running.enter(trial.number, architecture, seed, self.clock - entered)
        self._side.add(trial.number)

    def _leave(self, number: int) -> Evaluation:
        self._side.remove(number)
        return self._running.leave(number)

    def _advance(self) -> dict[int, float]:
        """One step; of a single lane, what is raised is the reason why it failed.

        Raises:
            _TooManyError: something is raised where there are several, or where they are brought to where they stood.
        """
        try:
            values = self._running.advance()
        except Exception as error:
            if len(self.lanes) != 1:
                raise _TooManyError(len(self._side)) from error
            [trial] = self.lanes.values()
            self._fail(trial, error)
            self._running, self._side = self.objective.lanes(), set()
            values = {}
        self.clock += 1
        return values

    def begun_again(self, trials: Sequence[Trial]) -> list[Trial]:
        """Trials begun again from their first step, in two banks of half as many; the bank itself is empty then."""
        self._running, self._side, self.lanes = self.objective.lanes(), set(), {}
        frozen = self.shift.study.get_trials(deepcopy=False)
        middle, found = (len(trials) + 1) // 2, []
        for i, trial in enumerate(trials):
            half = {BATCH: f"{self.name}{_HALF}{int(i >= middle)}", ENTERED: 0}
            again = self.shift.again(frozen[trial.number], half)
            if self.shift.end(trial, None, {GIVEN_UP: _CROWDED}):
                found.append(again)
            else:  # another worker has taken it up meanwhile
                self.shift.end(again, None, {GIVEN_UP: LATE})
        return found

    def _fail(self, trial: Trial, error: Exception) -> None:
        del self.lanes[trial.number]
        finish(self.shift, trial, Evaluation((), queries=0, reason=reason_of(error)))

    def _report(self, trial: Trial, value: float) -> None:
        step = self.objective.steps[self.clock - trial.user_attrs[ENTERED] - 1]
        with suppress(UpdateFinishedTrialError):  # taken for dead, and failed, by another worker: dropped in the end
            trial.report(value, step)
        self.pruning.report(trial.number, step, value)

    def _decide(self, trial: Trial, value: float) -> None:
        """End a trial that has come to the end, or failed, or is stopped."""
        whole = self.clock - trial.user_attrs[ENTERED] == len(self.objective.steps)
        if whole or math.isnan(value) or self.pruning.stops(trial.number):
            del self.lanes[trial.number]
            evaluation = self._leave(trial.number)
            if whole and self.pictures is not None:
                draw(self.pictures, self.history, trial, evaluation)
            finish(self.shift, trial, evaluation, stopped=not whole)


def _left(trial: FrozenTrial) -> int:
    """The bank's clock after a trial's last report."""
    entered: int = trial.user_attrs[ENTERED]
    return entered + len(trial.intermediate_values)
