"""Runs a study file: a journal file for each method and problem, several of them at once."""

from __future__ import annotations

import fcntl
import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.storages.journal import JournalStorage

from archgraph.errors import InputError
from archgraph.persistence.files import writable_folder
from archgraph.seeds import derive_seed
from search.architectures import Architectures
from search.comparison.study_file import Shard, StudyFile
from search.loop import Finished, run_in_bulk
from search.methods import METHODS, SAMPLED, make
from search.objectives.base import Objective, TrainObjective
from search.objectives.pareto import front
from search.objectives.table import TableObjective
from search.problem import Problem, open_search
from search.studies.history import History
from search.studies.storages import JOURNAL, HeldJournal, flush
from search.studies.study import ARCHITECTURE, HASH, completed, over_budget

STUDIES, LOCK = "studies", ".lock"
Progress = Callable[[str, int, int], None]
"""(what has been finished, shards done, of) is called as the work goes on."""


def run_file(comparison: StudyFile, folder: Path, workers: int, progress: Progress) -> list[Path]:
    """Run what is not done yet, in parallel processes.

    Args:
        comparison: what is to be run.
        folder: gets the journal files, in `studies`; one that was begun is gone on with.
        workers: processes.
        progress: told of each method and problem that is done.

    Returns:
        The journal files.

    Raises:
        InputError: before anything is written, of all methods and problems: one cannot be opened, or they do not suit;
            the folder cannot be written, or another run is at work in it.
    """
    for shard in sorted(comparison.shards, key=lambda shard: shard.label):  # a problem is opened once
        _check(shard)
    place = writable_folder(folder / STUDIES)
    with _locked(place / LOCK):
        _run_all(comparison, place, workers, progress)
    return [place / shard.file for shard in comparison.shards]


def _run_all(comparison: StudyFile, place: Path, workers: int, progress: Progress) -> None:
    """All methods on all problems, in parallel processes."""
    if workers == 1:
        for done, shard in enumerate(comparison.shards, start=1):
            run_shard(shard, place)
            progress(f"{shard.label} {shard.name}", done, len(comparison.shards))
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(workers, len(comparison.shards)), mp_context=context) as pool:
            waiting = {pool.submit(run_shard, shard, place): shard for shard in comparison.shards}
            for done, future in enumerate(as_completed(waiting), start=1):
                future.result()
                progress(f"{waiting[future].label} {waiting[future].name}", done, len(waiting))


def _check(shard: Shard) -> None:
    """
    Raises:
        InputError: the problem cannot be opened, the method does not suit it, or the table lacks the metric for test.
    """
    objective = _objective(shard.problem)
    shard.search.prepared(objective)
    if isinstance(objective, TableObjective) and shard.test is not None:
        objective.metric(str(shard.test), objective.members.hashes()[0])


def run_shard(shard: Shard, place: Path) -> None:
    """All seeds of a method on a problem, each where it was left."""
    objective = _objective(shard.problem)
    file = place / shard.file
    in_bulk = isinstance(objective, TableObjective) and shard.search.method in {*METHODS, *SAMPLED}
    storage = JournalStorage(HeldJournal(file)) if in_bulk else f"{JOURNAL}{file}"
    for seed in range(shard.seeds):
        name = f"{shard.label}/{shard.name}/{seed}"
        study = open_search(storage, name, shard.problem, objective, shard.search, seed)
        own = derive_seed(seed, shard.search.method)
        if in_bulk:
            method = make(
                shard.search.method, objective.space, shard.search.generator(objective.space), shard.search.settings
            )
            run_in_bulk(study, method, objective, own, _finished(shard, objective), _architectures(shard.problem))
        else:
            shard.search.prepared(objective)(study, own, _enough(study, shard))
        _close(study, shard, objective)
    if isinstance(storage, JournalStorage):
        flush(study)


def _enough(study: optuna.Study, shard: Shard) -> Finished:
    def finished() -> bool:
        done = len(completed(study))
        return done >= shard.trials or over_budget(study, shard.search.batch, shard.budget)

    return finished


def _finished(shard: Shard, objective: Objective) -> Callable[[History], bool]:
    best = optimum(objective) if shard.until_best else None

    def finished(history: History) -> bool:
        if len(history) >= shard.trials:
            return True
        return best is not None and len(history) > 0 and float(history.losses[-1, 0]) <= best[0][0]

    return finished


@lru_cache(maxsize=1)
def optimum(objective: Objective) -> list[list[float]] | None:
    """Losses of the members that no other dominates, one for a single objective; None where they are not known."""
    if not isinstance(objective, TableObjective):
        return None
    signs = np.array([-1.0 if d == "maximize" else 1.0 for d in objective.directions])
    losses = objective.values * signs
    found: list[list[float]] = losses[front(losses)].tolist()
    return found


def _close(study: optuna.Study, shard: Shard, objective: Objective) -> None:
    """What the report needs beside the trials: names, the best that there is, and the winner's figure on test."""
    told: dict[str, Any] = {"problem": shard.label, "name": shard.name, "optimum": optimum(objective)}
    if shard.test is not None and len(objective.names) == 1:
        winner = study.best_trial.user_attrs
        known = study.user_attrs.get("test", {})
        told["test"] = known if known.get("of") == winner[ARCHITECTURE] else _test(shard, objective, winner)
    for key, value in told.items():
        if study.user_attrs.get(key) != value:
            study.set_user_attr(key, value)


def _test(shard: Shard, objective: Objective, winner: Mapping[str, Any]) -> dict[str, Any]:
    """The winner's figure on test: from the table, or the mean accuracy of trainings with new seeds."""
    if isinstance(objective, TableObjective):
        found: dict[str, Any] = {"metric": shard.test, "value": objective.metric(str(shard.test), winner[HASH])}
    else:
        assert isinstance(objective, TrainObjective)
        scores = objective.trained(
            winner[ARCHITECTURE], [derive_seed(0, "final", i) for i in range(int(shard.test or 1))]
        )
        found = {"metric": "test accuracy", "value": float(scores.test_accuracy.mean())}
        found |= {name: getattr(scores, name).tolist() for name in ("test_accuracy", "validation_loss")}
    return found | {"of": winner[ARCHITECTURE]}


@lru_cache(maxsize=1)
def _objective(problem: Problem) -> Objective:
    return problem.open()


@lru_cache(maxsize=1)
def _architectures(problem: Problem) -> Architectures:
    objective = _objective(problem)
    return Architectures(objective.space, objective.members)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a folder for this process; the hold ends with it, however it ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"another run is at work in {path.parent}; wait for it or choose another folder"
            ) from error
        yield
