"""Ground truth on many machines: a study is the queue of a table's trainings, which any number of workers work off.

What is to be trained follows from the plan: banks of networks that run together, in order, whoever trains them. A
worker begins the first bank that nobody is at, with a trial for each training in it; of two that begin the same one the
later withdraws. What a worker that is gone left is taken up by another, bank by bank, so the figures are those of one
machine, on the CPU bit for bit. Each worker ends when all trainings have, and has the whole table then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from archgraph.storages.liveness import GIVEN_UP, LATE, WORKER, Shift
from archgraph.storages.opening import in_use
from archgraph.storages.study import open_study
from archgraph.table.table import ArchTable
from supernet.images.splits import ImageSplits
from supernet.standalone.bulk import METRICS, BulkPlan, BulkWork, Report

WORK = "supernet train"
"""What the settings of such a study say that it is."""
_PAUSE = 1.0  # seconds between two looks at what others train
_NAMES = {"architecture": "id", "row": "row", "training": "seed"}
"""Trial attribute -> the entry of a line that it holds."""
Lines = dict[tuple[int, int], dict[str, Any]]
"""(row, number of the training) -> its line."""


def train_queued(
    table: ArchTable,
    data: ImageSplits,
    plan: BulkPlan,
    storage: BaseStorage | str,
    study: str | None = None,
    finished: Report = lambda lines, new: None,
    weights: Path | None = None,
    waits: Callable[[str], object] = lambda line: None,
) -> ArchTable:
    """The table of `train_table`, trained by all workers that call this with one storage.

    A trial is a training: its value is `val_acc`, its attributes hold the other figures, `architecture` (the id),
    `hash`, `row` and `training`, its number from 0. One that diverged is failed with its `reason`.

    Args:
        table, data, plan: as of `train_table`.
        storage: or its URL, see `archgraph.storages.opening.open_storage`.
        study: its name; default `train-` and a digest of the architectures.
        finished: called as trainings finish, of others as they are seen, which are not new.
        weights: as of `train_table`; each worker keeps those that it trained.
        waits: is given a line where nothing is left to begin and others are still at work.

    Raises:
        InputError: before anything is trained, as `train_table`; or the study was begun with other settings or data.

    Example:
        >>> from archgraph import spaces
        >>> from optuna.storages import InMemoryStorage
        >>> from supernet.images.datasets import digits
        >>> from supernet import BulkPlan, Recipe, train_queued
        >>> members = spaces.get("dag:1-2").enumerate()
        >>> made = train_queued(members, digits().limit_train(64), BulkPlan(Recipe(epochs=1)), InMemoryStorage())
        >>> sorted(made.metrics)
        ['flops', 'params', 'seconds', 'test_acc', 'test_loss', 'val_acc', 'val_loss']
    """
    work = BulkWork(table, data, plan, weights)
    settings = {"work": WORK, "data": data.name, **work.settings}
    if data.fingerprint:  # the same pictures may lie elsewhere on another machine
        settings["fingerprints"] = {"data": data.fingerprint}
    name = study or f"train-{work.settings['graphs']}"
    queue = open_study(storage, name, settings, ("maximize",), METRICS[:1])
    lines: Lines = {}
    with in_use(storage), Shift(queue) as shift:
        worker = _Worker(work, shift, table.hashes())
        said = ""
        while True:
            standing = worker.look()
            seen = {key: line for key, line in standing.lines.items() if key not in lines}
            lines |= seen
            if seen:
                finished(list(seen.values()), False)
            if standing.open is not None:
                own = worker.train(*standing.open, standing.lines.keys())
                lines |= {(line["row"], line["seed"]): line for line in own}
                finished(own, True)
            elif standing.running:
                if (line := _waiting(standing.running)) != said:
                    waits(said := line)
                time.sleep(_PAUSE)
            else:
                return work.finished(lines)


@dataclass(frozen=True)
class _Standing:
    """Where the trainings stand: lines of those that have ended, trials that run, the first bank that nobody is at."""

    lines: Lines
    running: list[FrozenTrial]
    open: tuple[int, list[int]] | None = None


class _Worker:
    """One worker at a queue."""

    def __init__(self, work: BulkWork, shift: Shift, hashes: Sequence[str]) -> None:
        self.work, self.shift, self.hashes = work, shift, hashes
        self._wanted = {(row, seed) for seed, rows in work.banks for row in rows}

    def look(self) -> _Standing:
        """Where the trainings of this plan stand, when those whose workers are gone have been given up."""
        trials = self.shift.study.get_trials(deepcopy=False)
        gone = {trial.number for trial in self.shift.abandoned(trials)}
        known = [trial for trial in trials if trial.number not in gone and _key(trial) in self._wanted]
        lines = {_key(trial): _line(trial) for trial in reversed(known) if has_ended(trial)}
        running = [trial for trial in known if trial.state == TrialState.RUNNING]
        busy = {_key(trial) for trial in running}
        for seed, rows in self.work.banks:
            keys = {(row, seed) for row in rows}
            if not keys <= lines.keys() and not keys & busy:
                return _Standing(lines, running, (seed, rows))
        return _Standing(lines, running)

    def train(self, seed: int, rows: list[int], done: Collection[tuple[int, int]]) -> list[dict[str, Any]]:
        """Train a bank, unless another worker has begun it first; one line a training that was not done."""
        missing = [row for row in rows if (row, seed) not in done]
        first = self._begin(missing[0], seed)
        if self._is_late(first.number, seed, rows):
            self.shift.end(first, None, {GIVEN_UP: LATE})
            return []
        begun = {missing[0]: first, **{row: self._begin(row, seed) for row in missing[1:]}}
        kept = []
        for line in self.work.train(rows, seed):
            trial, value = begun.get(line["row"]), line[METRICS[0]]
            told = {name: known for name, known in line.items() if name not in _NAMES.values() and known is not None}
            if trial is not None and self.shift.end(trial, None if value is None else [value], told):
                kept.append(line)
        return kept

    def _is_late(self, number: int, seed: int, rows: list[int]) -> bool:
        """Whether another worker has begun a bank before a trial of this one."""
        earlier = self.shift.study.get_trials(deepcopy=False)[:number]
        bank = [trial for trial in earlier if _key(trial) in {(row, seed) for row in rows}]
        ended = {_key(trial) for trial in bank if has_ended(trial)}
        return len(ended) == len(rows) or any(trial.state == TrialState.RUNNING for trial in bank)

    def _begin(self, row: int, seed: int) -> Trial:
        told = {"architecture": str(self.work.table.ids[row]), "hash": self.hashes[row], "row": row, "training": seed}
        return self.shift.begin(create_trial(state=TrialState.RUNNING, user_attrs=told))


def has_ended(trial: FrozenTrial) -> bool:
    """Whether a training has its figures, or the reason why it has none."""
    return trial.state == TrialState.COMPLETE or (trial.state == TrialState.FAIL and "reason" in trial.user_attrs)


def _key(trial: FrozenTrial) -> tuple[int, int]:
    """Row and number of the training."""
    return trial.user_attrs.get("row", -1), trial.user_attrs.get("training", -1)


def _line(trial: FrozenTrial) -> dict[str, Any]:
    """What a trial says of its training, as `train_table` reports it."""
    known: Mapping[str, Any] = trial.user_attrs
    figures = ("reason",) if "reason" in known else METRICS
    line = {entry: known[name] for name, entry in _NAMES.items()}
    return line | dict.fromkeys(METRICS) | {name: known[name] for name in (*figures, "seconds")}


def _waiting(running: Sequence[FrozenTrial]) -> str:
    """What a worker waits for."""
    workers = len({trial.user_attrs.get(WORKER) for trial in running})
    others = "another worker" if workers == 1 else f"{workers} other workers"
    return f"waiting for {len(running)} trainings of {others}"
