"""Studies as they live on clusters: workers on other machines and in containers, killed in the middle of a training.

`tests/containers.py` makes such processes by Linux's namespaces. Signs of life come each second here, and 2 seconds
without one are enough.
"""

import os
import signal
import socket
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import containers
import optuna
import pytest
from containers import FORK
from postgresql import new_database

from archgraph import ArchTable, spaces
from archgraph.seeds import derive_seed
from archgraph.storages import liveness
from archgraph.storages.liveness import GIVEN_UP, GONE, WORKER
from archgraph.storages.opening import open_storage
from archgraph.storages.study import open_study
from search.loop import run_study
from search.methods import make
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.objectives.table import TableObjective
from search.studies.study import HASH

TRIALS = 6


@pytest.fixture(scope="module", autouse=True)
def namespaces():
    if why := containers.missing():
        pytest.skip(why)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(liveness, "EVERY", 1)
    monkeypatch.setattr(liveness, "SILENCE", 2)


class Noted(Objective):
    """A number made of the hash; each evaluation leaves a line in a file, and may take its time."""

    names, directions = ("made",), ("minimize",)

    def __init__(self, file, slow_from, seconds):
        self.space, self.file, self.slow_from, self.seconds = spaces.get("macro"), file, slow_from, seconds

    def __call__(self, architectures, seeds):
        with self.file.open("a") as file:
            file.writelines(f"{a.hash}\n" for a in architectures)
        if len(self.file.read_text().split()) > self.slow_from:
            time.sleep(self.seconds)
        return [Evaluation((derive_seed(0, a.hash) / 2**32,)) for a in architectures]


def search(url, file, slow_from=TRIALS, seconds=0.0, trials=TRIALS):
    """The same command, as each worker is started with it."""
    made = Noted(file, slow_from, seconds)
    study = open_study(url, "s", {}, made.directions)
    run_study(study, make("random", made.space), made, 0, lambda begun: len(begun) >= trials)


def lines(file):
    return file.read_text().split() if file.exists() else []


def started(process):
    process.start()
    return process


def ended(*processes, within=180):
    for process in processes:
        process.join(within)
    return [process.exitcode for process in processes]


def in_training(process, file, count):
    """Wait until a worker is in the middle of its last training."""
    for _ in range(1200):
        if len(lines(file)) >= count:
            return process
        assert process.is_alive()
        time.sleep(0.05)
    raise AssertionError("no training began")


def check(url, evaluations, wasted):
    """All trials are complete, none runs, none was completed twice, and no more was wasted than that."""
    trials = optuna.load_study(study_name="s", storage=open_storage(url)).trials
    states = Counter(trial.state.name for trial in trials)
    assert states == Counter(COMPLETE=TRIALS) + Counter(FAIL=wasted)
    done = Counter(trial.user_attrs[HASH] for trial in trials if trial.state.name == "COMPLETE")
    assert max(done.values()) == 1
    assert len(evaluations) == TRIALS + wasted
    return trials


def test_a_killed_workers_trial_is_taken_up_by_another_machine(storage_url, tmp_path):
    first = containers.process(search, storage_url, tmp_path / "first", 2, 600.0, host="pod-a")
    in_training(started(first), tmp_path / "first", 3).kill()
    first.join()
    second = started(containers.process(search, storage_url, tmp_path / "second", host="pod-b"))
    assert ended(second) == [0]
    trials = check(storage_url, lines(tmp_path / "first") + lines(tmp_path / "second"), wasted=1)
    assert {trial.user_attrs[WORKER].split(":")[0] for trial in trials} == {"pod-a", "pod-b"}
    [left] = [trial for trial in trials if trial.state.name == "FAIL"]
    assert left.user_attrs[HASH] in lines(tmp_path / "second")


def test_a_process_that_has_a_dead_workers_number_is_not_that_worker(storage_url, tmp_path):
    """The dead one had number 1 on this host, as after a reboot; number 1 lives."""
    host = os.uname().nodename
    first = containers.process(search, storage_url, tmp_path / "first", 2, 600.0, host=host, numbers=True)
    in_training(started(first), tmp_path / "first", 3).kill()
    first.join()
    assert ended(started(FORK.Process(target=search, args=(storage_url, tmp_path / "second")))) == [0]
    trials = check(storage_url, lines(tmp_path / "first") + lines(tmp_path / "second"), wasted=1)
    assert trials[0].user_attrs[WORKER].startswith(f"{host}:1:")


def test_two_containers_of_one_host_name_leave_each_other_their_trials(storage_url, tmp_path, monkeypatch):
    monkeypatch.setattr(liveness, "SILENCE", 20)  # on a busy machine, too
    first = containers.process(search, storage_url, tmp_path / "first", 2, 5.0, 3, host="gpubox", numbers=True)
    in_training(started(first), tmp_path / "first", 3)
    second = started(containers.process(search, storage_url, tmp_path / "second", host="gpubox", numbers=True))
    assert ended(second, first) == [0, 0]
    trials = check(storage_url, lines(tmp_path / "first") + lines(tmp_path / "second"), wasted=0)
    workers = Counter(trial.user_attrs[WORKER] for trial in trials)
    assert sorted(workers.values()) == [3, 3]
    assert all(name.startswith("gpubox:1:") for name in workers)


def test_six_workers_start_at_once_on_a_storage_that_is_not_there_yet(storage_url, tmp_path):
    barrier = FORK.Barrier(6)

    def work(number):
        barrier.wait()
        search(storage_url, tmp_path / f"{number}", 0, 0.3)

    workers = [started(FORK.Process(target=work, args=(number,))) for number in range(6)]
    assert ended(*workers) == [0] * 6
    paid = [key for number in range(6) for key in lines(tmp_path / f"{number}")]
    trials = optuna.load_study(study_name="s", storage=open_storage(storage_url)).trials
    assert sorted(paid) == sorted(t.user_attrs[HASH] for t in trials if t.state.name == "COMPLETE")
    assert TRIALS <= len(paid) < TRIALS + 6


@pytest.mark.parametrize(
    "storage_url", ["journal", "postgresql", pytest.param("sqlite", marks=pytest.mark.slow)], indirect=True
)
def test_of_a_few_workers_that_are_killed_no_trial_is_lost_and_none_is_paid_twice(storage_url, tmp_path):
    """Three search a table; each of two is killed while it evaluates, and the same command takes its place."""
    trials, space = 16, spaces.get("macro")
    members = space.enumerate()[:64]
    members.with_metrics(acc=[float(n.count("2")) for n in members.ids]).write(tmp_path / "t.parquet")

    def work(number):
        made = TableObjective(ArchTable.read(tmp_path / "t.parquet"), space, ["acc"])
        plain = type(made).__call__

        class Slow(TableObjective):
            def __call__(self, architectures, seeds):
                with (tmp_path / str(number)).open("a") as file:
                    file.writelines(f"{a.hash}\n" for a in architectures)
                time.sleep(0.4)
                return plain(self, architectures, seeds)

        made.__class__ = Slow
        study = open_study(storage_url, "s", {}, made.directions)
        run_study(study, make("random", space), made, 0, lambda begun: len(begun) >= trials)

    workers = [started(FORK.Process(target=work, args=(i,))) for i in range(3)]
    for i in (0, 1):
        in_training(workers[i], tmp_path / str(i), 2 + i).kill()
        workers[i].join()
        workers[i] = started(FORK.Process(target=work, args=(3 + i,)))
    assert ended(*workers) == [0] * 3
    found = optuna.load_study(study_name="s", storage=open_storage(storage_url)).trials
    done = Counter(trial.user_attrs[HASH] for trial in found if trial.state.name == "COMPLETE")
    paid = [key for i in range(5) for key in lines(tmp_path / str(i))]
    assert max(done.values()) == 1
    assert trials <= len(done) < trials + 3
    assert set(paid) == set(done), "what was paid is known"
    assert len(paid) <= len(done) + 2, "at most one evaluation is wasted a kill"
    assert not [trial for trial in found if trial.state.name == "RUNNING"]
    given_up = [trial for trial in found if trial.user_attrs.get(GIVEN_UP) == GONE]
    assert len(given_up) == len(paid) - len(done)


@pytest.mark.slow
def test_a_worker_that_slept_while_others_took_its_trial_goes_on_with_another(storage_url, tmp_path):
    first = containers.process(search, storage_url, tmp_path / "first", 2, 1.0, 9, host="pod-a")
    in_training(started(first), tmp_path / "first", 3)
    os.kill(first.pid, signal.SIGSTOP)
    second = started(containers.process(search, storage_url, tmp_path / "second", host="pod-b"))
    assert ended(second) == [0]
    check(storage_url, lines(tmp_path / "first") + lines(tmp_path / "second"), wasted=1)
    os.kill(first.pid, signal.SIGCONT)
    assert ended(first) == [0]
    states = Counter(t.state.name for t in optuna.load_study(study_name="s", storage=open_storage(storage_url)).trials)
    assert states == Counter(COMPLETE=9, FAIL=1)


def serve(url, port):
    optuna.storages.run_grpc_proxy_server(open_storage(url), port=port, thread_pool=ThreadPoolExecutor(max_workers=32))


@pytest.mark.slow
def test_sixteen_workers_share_a_database_through_optunas_proxy(postgresql_server, tmp_path, monkeypatch):
    """One of them is killed, and another takes its place."""
    monkeypatch.setattr(liveness, "SILENCE", 20)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    proxy = FORK.Process(target=serve, args=(new_database(postgresql_server, uuid.uuid4().hex), port), daemon=True)
    proxy.start()
    url, trials = f"grpc://127.0.0.1:{port}", 64
    workers = [
        started(containers.process(search, url, tmp_path / str(i), 0, 0.5, trials, host=f"pod-{i}")) for i in range(16)
    ]
    in_training(workers[0], tmp_path / "0", 1).kill()
    workers[0].join()
    workers[0] = started(containers.process(search, url, tmp_path / "16", 0, 0.5, trials, host="pod-16"))
    assert ended(*workers, within=600) == [0] * 16
    found = optuna.load_study(study_name="s", storage=open_storage(url)).trials
    proxy.kill()
    done = Counter(trial.user_attrs[HASH] for trial in found if trial.state.name == "COMPLETE")
    assert max(done.values()) == 1
    assert trials <= len(done) < trials + 16
    assert not [trial for trial in found if trial.state.name == "RUNNING"]
    assert sum(len(lines(tmp_path / str(i))) for i in range(17)) <= len(done) + 1
