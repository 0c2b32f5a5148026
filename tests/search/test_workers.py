"""Searches that are killed, and searches that share a study."""

import multiprocessing
import time
from collections import Counter

import numpy as np
import optuna
import pytest

from archgraph import spaces
from archgraph.seeds import derive_seed
from archgraph.storages.opening import open_storage
from archgraph.storages.study import open_study
from search.comparison.execute import run_shard
from search.comparison.study_file import Shard
from search.loop import run_study
from search.methods import make
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.problem import Problem, Search
from search.studies.study import HASH, completed

FORK = multiprocessing.get_context("fork")


class Noted(Objective):
    """A number made of the hash; each evaluation leaves a line in a file."""

    names, directions = ("made",), ("minimize",)

    def __init__(self, file):
        self.space, self.file = spaces.get("macro"), file

    def __call__(self, architectures, seeds):
        with self.file.open("a") as file:
            file.writelines(f"{a.hash}\n" for a in architectures)
        return [Evaluation((derive_seed(0, a.hash) / 2**32,)) for a in architectures]


def search(method, storage, file, trials, batch=1):
    objective = Noted(file)
    study = open_study(storage, "s", {})
    run_study(study, make(method, objective.space), objective, 0, lambda begun: len(begun) >= trials, batch=batch)


def record(storage, name="s"):
    study = optuna.load_study(study_name=name, storage=open_storage(storage))
    return [(t.values, t.user_attrs[HASH]) for t in completed(study)]


def killed(work, arguments, rng, longest):
    """Start a process and kill it after a random time; whether it was still at work then."""
    process = FORK.Process(target=work, args=arguments)
    process.start()
    process.join(rng.uniform(0, longest))
    alive = process.is_alive()
    process.kill()  # of one that has ended, nothing
    process.join()
    return alive


@pytest.mark.slow
def test_200_trials_killed_20_times_are_those_of_an_uninterrupted_search(tmp_path):
    whole = f"sqlite:///{tmp_path / 'whole.db'}"
    started = time.monotonic()
    search("evolution", whole, tmp_path / "whole.txt", 200)
    longest = (time.monotonic() - started) / 12
    storage, rng = f"sqlite:///{tmp_path / 'killed.db'}", np.random.default_rng(0)
    open_study(storage, "s", {})
    alive = [killed(search, ("evolution", storage, tmp_path / "killed.txt", 200), rng, longest) for _ in range(20)]
    assert sum(alive) >= 12
    search("evolution", storage, tmp_path / "killed.txt", 200)
    assert record(storage) == record(whole)
    assert len(record(whole)) == 200


@pytest.mark.slow
def test_a_comparison_killed_20_times_has_the_trials_of_an_uninterrupted_one(tmp_path, monkeypatch):
    monkeypatch.setattr("search.loop._SECONDS", 0.05)
    table = spaces.get("macro").enumerate()
    values = [derive_seed(0, key) / 2**32 for key in table.hashes()]
    table.with_metrics(acc=values).write(tmp_path / "t.parquet")
    problem = Problem("macro", f"table:{tmp_path / 't.parquet'}:acc")
    shard = Shard("p", problem, "delta", Search("delta"), seeds=4, trials=50)
    for place in ("whole", "killed"):
        (tmp_path / place).mkdir()
    started = time.monotonic()
    run_shard(shard, tmp_path / "whole")
    longest = (time.monotonic() - started) / 10
    rng = np.random.default_rng(0)
    alive = [killed(run_shard, (shard, tmp_path / "killed"), rng, longest) for _ in range(20)]
    assert sum(alive) >= 10
    run_shard(shard, tmp_path / "killed")
    for seed in range(4):
        places = [f"journal:{tmp_path / place / 'p-delta.log'}" for place in ("whole", "killed")]
        assert record(places[0], f"p/delta/{seed}") == record(places[1], f"p/delta/{seed}")


def share(storage, tmp_path, workers=8, trials=40, batch=1):
    """Workers on one study: none of them lost a trial, and nothing was evaluated twice."""
    open_study(storage, "s", {})
    processes = [
        FORK.Process(target=search, args=("random", storage, tmp_path / "paid.txt", trials, batch))
        for _ in range(workers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * workers
    study = optuna.load_study(study_name="s", storage=open_storage(storage))
    paid = (tmp_path / "paid.txt").read_text().split()
    assert max(Counter(paid).values()) == 1
    assert sorted(paid) == sorted(t.user_attrs[HASH] for t in completed(study))
    assert trials <= len(paid) < trials + workers
    assert not study.get_trials(states=(optuna.trial.TrialState.RUNNING,))


def test_eight_workers_share_a_journal_file(tmp_path):
    share(f"journal:{tmp_path / 'studies.log'}", tmp_path)


def test_workers_that_evaluate_batches_share_a_study(tmp_path):
    storage = f"journal:{tmp_path / 'studies.log'}"
    share(storage, tmp_path, workers=3, trials=30, batch=4)
    trials = completed(optuna.load_study(study_name="s", storage=open_storage(storage)))
    workers = {}
    for trial in trials:
        workers.setdefault(trial.user_attrs["batch"], []).append(trial.user_attrs["worker"])
    assert all(len(set(names)) == 1 and len(names) <= 4 for names in workers.values())
    assert max(map(len, workers.values())) == 4


def test_eight_workers_share_a_postgresql_server(postgresql_server, tmp_path):
    share(f"{postgresql_server}/postgres", tmp_path, trials=24)
