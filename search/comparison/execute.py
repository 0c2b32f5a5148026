"""Runs a study file: a journal file for each method and problem, several of them at once."""

from __future__ import annotations

import fcntl
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial

from archgraph._code import allow_code, code_is_allowed
from archgraph.errors import InputError
from archgraph.persistence.files import writable_folder
from archgraph.seeds import derive_seed
from archgraph.storages.journals import JOURNAL, HeldStorage
from search.architectures import Architectures
from search.comparison.study_file import Shard, StudyFile
from search.loop import run_in_bulk
from search.methods import make, method_names
from search.objectives.base import Objective
from search.objectives.pareto import front
from search.problem import Problem
from search.run import open_search
from search.studies.failures import only_failures
from search.studies.history import architecture_of
from search.studies.pruning import NONE
from search.studies.study import Finished, completed, ended, over_budget

STUDIES, LOCK = "studies", ".lock"
Progress = Callable[[str, int, int], object]
"""(what has been finished, how many are done, of how many) is called as the work goes on."""


def run_file(comparison: StudyFile, folder: Path, workers: int = 1, progress: Progress | None = None) -> list[Path]:
    """Run what is not done yet, in parallel processes.

    Args:
        comparison: what is to be run.
        folder: gets the journal files, in `studies`; one that was begun is gone on with.
        workers: processes.
        progress: called for each method and problem that is done.

    Returns:
        The journal files.

    Raises:
        InputError: before anything is written, of all methods and problems: one cannot be opened, or they do not suit;
            the folder cannot be written, or another run is at work in it.
    """
    shards = comparison.shards
    for shard in sorted(shards, key=lambda shard: shard.label):  # a problem is opened once
        _check(shard)
    studies = writable_folder(folder / STUDIES)
    with _locked(studies / LOCK):
        for done, shard in enumerate(_run_all(shards, studies, workers), start=1):
            if progress is not None:
                progress(f"{shard.label} {shard.name}", done, len(shards))
    return [studies / shard.file for shard in shards]


def _run_all(shards: Sequence[Shard], studies: Path, workers: int) -> Iterator[Shard]:
    """All methods on all problems, in parallel processes; each as it is done."""
    if workers == 1:
        for shard in shards:
            run_shard(shard, studies)
            yield shard
        return
    level = optuna.logging.get_verbosity()
    context = multiprocessing.get_context("spawn")
    prepared = (level, code_is_allowed())
    with ProcessPoolExecutor(min(workers, len(shards)), context, _prepare, prepared) as pool:
        waiting = {pool.submit(run_shard, shard, studies): shard for shard in shards}
        for future in as_completed(waiting):
            future.result()
            yield waiting[future]


def _prepare(verbosity: int, code: bool) -> None:
    """In a new process what holds in this one."""
    optuna.logging.set_verbosity(verbosity)
    allow_code(code)


def _check(shard: Shard) -> None:
    """
    Raises:
        InputError: the problem cannot be opened, the method does not suit it, or winners have no such figure on test.
    """
    objective = _objective(shard.problem)
    shard.search.prepared(objective)
    if shard.test is not None:
        objective.check_test(shard.test)


def run_shard(shard: Shard, studies: Path) -> None:
    """All seeds of a method on a problem, each where it was left.

    Args:
        shard: the method and the problem.
        studies: folder of the journal files.
    """
    objective, search = _objective(shard.problem), shard.search
    file = studies / shard.file
    in_bulk = objective.cheap and search.method in method_names() and search.pruner == NONE
    held = HeldStorage(file) if in_bulk else None
    storage = f"{JOURNAL}{file}" if held is None else held
    for seed in range(shard.seeds):
        study = open_search(storage, f"{shard.label}/{shard.name}/{seed}", shard.problem, objective, search, seed)
        own = derive_seed(seed, search.method)
        if in_bulk:
            method = make(search.method, objective.space, search.generator(objective.space), search.settings)
            run_in_bulk(study, method, objective, own, _found(shard, objective), _architectures(shard.problem))
        else:
            search.prepared(objective)(study, own, _enough(shard))
        _close(study, shard, objective)
    if held is not None:
        held.flush()


def _enough(shard: Shard) -> Finished:
    """Whether a search has finished all its trials, has used up its budget, or comes to nothing but failures."""

    def finished(trials: Sequence[FrozenTrial]) -> bool:
        paid = len(ended(trials)) >= shard.trials or over_budget(trials, shard.search.batch, shard.budget)
        return paid or only_failures(trials) is not None

    return finished


def _found(shard: Shard, objective: Objective) -> Finished:
    """Whether a search that costs nothing has all its trials or, if that is enough, the best member."""
    best = optimum(objective) if shard.until_best else None
    sign = -1.0 if objective.directions[0] == "maximize" else 1.0

    def finished(trials: Sequence[FrozenTrial]) -> bool:
        if len(trials) >= shard.trials or only_failures(trials) is not None:
            return True
        values = trials[-1].values if trials else None
        return best is not None and values is not None and sign * values[0] <= best[0][0]

    return finished


@lru_cache(maxsize=1)
def optimum(objective: Objective) -> list[list[float]] | None:
    """Losses of the members that no other dominates, one for a single objective; None where they are not known."""
    if objective.values is None:
        return None
    signs = np.array([-1.0 if d == "maximize" else 1.0 for d in objective.directions])
    losses = objective.values * signs
    best: list[list[float]] = losses[front(losses)].tolist()
    return best


def _close(study: optuna.Study, shard: Shard, objective: Objective) -> None:
    """What the report needs beside the trials: names, the best that there is, and the winner's figure on test."""
    known = study.user_attrs
    needed: dict[str, Any] = {"problem": shard.label, "name": shard.name, "optimum": optimum(objective)}
    if shard.test is not None and len(objective.names) == 1 and completed(study):
        winner = architecture_of(study.best_trial)
        if known.get("test", {}).get("of") != winner.native:
            needed["test"] = objective.judge(winner, shard.test) | {"of": winner.native}
    for key, value in needed.items():
        if known.get(key) != value:
            study.set_user_attr(key, value)


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
