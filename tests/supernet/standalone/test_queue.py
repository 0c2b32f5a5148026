"""A table's trainings as a queue that any number of workers work off."""

import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState, create_trial
from postgresql import new_database

import supernet.standalone.queue
from archgraph import ArchTable, InputError, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.storages.opening import open_storage
from supernet.images.datasets import digits
from supernet.standalone.bulk import BulkPlan, BulkWork, train_table
from supernet.standalone.queue import has_ended, train_queued
from supernet.standalone.training import Recipe

PLAN = BulkPlan(Recipe(epochs=1), seeds=2, slots=2, network=NetworkChoice(settings={"width": 4}))
EVERY = [(row, seed) for row in range(5) for seed in (0, 1)]
NATIVES = ["1:|2:0-1", "2:|1:", "3:0-1|1:", "1:|1:", "3:0-1,1-2|3:"]


def made_table():
    space = spaces.get("dag:1-3x2")
    return ArchTable.from_graphs(map(space.from_native, NATIVES), ids=NATIVES, space=space.name)


@pytest.fixture(scope="module")
def table():
    return made_table()


@pytest.fixture(scope="module")
def whole(table, small_digits, tmp_path_factory):
    """What one machine makes of it, without a study."""
    return train_table(table, small_digits, PLAN, tmp_path_factory.mktemp("whole") / "j")


def assert_equal(made, whole):
    np.testing.assert_array_equal(made.metrics.drop(columns="seconds"), whole.metrics.drop(columns="seconds"))
    assert (made.metrics.seconds > 0).all()


def trials_of(storage):
    [summary] = storage.get_all_studies()
    return optuna.load_study(study_name=summary.study_name, storage=storage).get_trials()


def test_one_worker_makes_the_table_of_one_machine_with_a_trial_a_training(table, small_digits, whole):
    storage, lines = InMemoryStorage(), []
    assert_equal(train_queued(table, small_digits, PLAN, storage, finished=lambda new, own: lines.extend(new)), whole)
    trials = trials_of(storage)
    keys = [(t.user_attrs["row"], t.user_attrs["training"]) for t in trials]
    assert sorted(keys) == sorted((line["row"], line["seed"]) for line in lines) == EVERY
    for trial in trials:
        row, seed = trial.user_attrs["row"], trial.user_attrs["training"]
        assert trial.value == whole.metrics[f"val_acc_{seed}"][row]
        assert trial.user_attrs["hash"] == table.hashes()[row]
        assert trial.user_attrs["architecture"] == NATIVES[row]
    again = []
    assert_equal(train_queued(table, small_digits, PLAN, storage, finished=lambda *a: again.append(a)), whole)
    assert [(len(new), own) for new, own in again] == [(10, False)]
    assert len(trials_of(storage)) == 10


def test_banks_are_those_of_the_plan_whatever_is_done_already(table, small_digits, whole, monkeypatch):
    """A worker that died between two trials of a bank leaves one that is done; the bank is trained as a whole."""
    storage, end, count = InMemoryStorage(), supernet.standalone.queue.Shift.end, []

    def dies(shift, trial, values, attributes=None):
        count.append(trial.number)
        if len(count) == 4:
            raise KeyboardInterrupt
        return end(shift, trial, values, attributes)

    with monkeypatch.context() as patch:
        patch.setattr(supernet.standalone.queue.Shift, "end", dies)
        with pytest.raises(KeyboardInterrupt):
            train_queued(table, small_digits, PLAN, storage)
    assert [t.state.name for t in trials_of(storage)] == ["COMPLETE"] * 3 + ["RUNNING"]
    assert_equal(train_queued(table, small_digits, PLAN, storage), whole)
    states = [t.state.name for t in trials_of(storage)]
    assert (states.count("COMPLETE"), states.count("FAIL")) == (10, 1)  # what was done was not done again


def test_a_bank_that_another_worker_has_just_begun_is_left_to_it(table, small_digits, whole, monkeypatch):
    storage, begin, rivals = InMemoryStorage(), supernet.standalone.queue.Shift.begin, []
    other = {}

    def overtaken(shift, template):
        if not rivals:
            rivals.append(0)
            rivals[:] = [
                begin(
                    other.setdefault("shift", supernet.standalone.queue.Shift(shift.study)),
                    create_trial(state=TrialState.RUNNING, user_attrs=dict(template.user_attrs)),
                )
            ]
        return begin(shift, template)

    monkeypatch.setattr(supernet.standalone.queue.Shift, "begin", overtaken)
    waits = []

    def leaves(line):
        waits.append(line)
        other["shift"].leave()

    assert_equal(train_queued(table, small_digits, PLAN, storage, waits=leaves), whole)
    assert waits == ["waiting for 1 trainings of another worker"]
    trials = trials_of(storage)
    assert [t.state.name for t in trials[:2]] == ["FAIL", "FAIL"]  # the rival's, given up, and the one that came late
    assert sum(map(has_ended, trials)) == 10


def test_trainings_that_diverge_are_failed_trials_and_missing_figures(table, small_digits, tmp_path):
    plan = BulkPlan(Recipe(epochs=1, learning_rate=1e30), slots=5, network=PLAN.network)
    storage = InMemoryStorage()
    made = train_queued(table, small_digits, plan, storage)
    alone = train_table(table, small_digits, plan, tmp_path / "j")
    assert_equal(made, alone)
    assert made.meta == alone.meta
    assert all("diverged" in t.user_attrs["reason"] for t in trials_of(storage) if t.state == TrialState.FAIL)
    assert sum(t.state == TrialState.FAIL for t in trials_of(storage)) == alone.metrics.val_acc.isna().sum() > 0


def test_other_settings_and_other_images_are_refused(table, small_digits):
    storage = InMemoryStorage()
    one = BulkPlan(PLAN.recipe, 1, 0, 2, PLAN.network)
    train_queued(table[:2], small_digits, one, storage, "s")
    for other, data in ((one, digits().limit_train(127)), (BulkPlan(Recipe(2), 1, 0, 2, PLAN.network), small_digits)):
        with pytest.raises(InputError, match="was begun with other settings"):
            train_queued(table[:2], data, other, storage, "s")
    more = BulkPlan(PLAN.recipe, 2, 0, 2, PLAN.network)
    assert "val_acc_1" in train_queued(table[:2], small_digits, more, storage, "s").metrics


def test_the_same_pictures_may_lie_elsewhere_and_others_are_refused(table, small_digits):
    storage, one = InMemoryStorage(), BulkPlan(PLAN.recipe, 1, 0, 2, PLAN.network)
    here = replace(small_digits, name="folder:here", fingerprint="a")
    made = train_queued(table[:2], here, one, storage, "s")
    assert_equal(train_queued(table[:2], replace(here, name="folder:there"), one, storage, "s"), made)
    assert len(trials_of(storage)) == 2
    with pytest.raises(InputError, match="was begun with other data"):
        train_queued(table[:2], replace(here, fingerprint="b"), one, storage, "s")


def work(url, path, stop_at=None):
    """A worker in a process of its own; it stands still in its bank of that number until it is killed."""
    if stop_at is not None:
        train, banks = BulkWork.train, []

        def stands(work, rows, seed):
            banks.append(seed)
            while len(banks) == stop_at:
                time.sleep(60)
            return train(work, rows, seed)

        BulkWork.train = stands
    train_queued(made_table(), digits().limit_train(128), PLAN, url).write(Path(path))


def started(*arguments):
    """A worker, in a process that has not used torch before: what has done so cannot be forked."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, __file__, *map(str, arguments)], env=environment)


@pytest.fixture(params=["journal", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("sqlite", "postgresql"))])
def url(request, tmp_path):
    """A storage that is not there yet; of PostgreSQL an empty database."""
    if request.param == "postgresql":
        return new_database(request.getfixturevalue("postgresql_server"), uuid.uuid4().hex)
    return {"sqlite": f"sqlite:///{tmp_path}/s.db", "journal": f"journal:{tmp_path}/s.log"}[request.param]


def test_of_three_workers_one_is_killed_and_the_table_is_that_of_one_machine(url, whole, tmp_path):
    paths = [tmp_path / f"{i}.parquet" for i in range(3)]
    killed = started(url, paths[0], 1)
    while not begun(url) or not running(url):
        assert killed.poll() is None
        time.sleep(0.3)
    others = [started(url, path) for path in paths[1:]]
    killed.kill()
    assert [worker.wait() for worker in (killed, *others)] == [-signal.SIGKILL, 0, 0]
    for path in paths[1:]:
        assert_equal(ArchTable.read(path), whole)
    trials = trials_of(open_storage(url))
    keys = [(t.user_attrs["row"], t.user_attrs["training"]) for t in trials if has_ended(t)]
    assert sorted(keys) == EVERY
    assert not [t for t in trials if t.state == TrialState.RUNNING]


def begun(url):
    """Whether a storage has been made; one of PostgreSQL is made by whoever opens it."""
    return url.startswith("postgresql") or Path(url.partition(":")[2]).exists()


def running(url):
    try:
        return [t for t in trials_of(open_storage(url)) if t.state == TrialState.RUNNING]
    except ValueError:  # the study is not there yet
        return []


if __name__ == "__main__":
    work(*sys.argv[1:3], *map(int, sys.argv[3:]))
