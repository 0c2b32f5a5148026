"""Trials of workers that are gone are taken up, once; those of workers that live are left to them."""

import time

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from archgraph.storages import liveness, workers
from archgraph.storages.liveness import GIVEN_UP, SIGN, WORKER, Shift
from archgraph.storages.study import open_study


@pytest.fixture(params=["sqlite:///{}/s.db", "journal:{}/s.log"])
def url(request, tmp_path, monkeypatch):
    """A storage, whose workers know nothing of one another's processes, as on different machines."""
    monkeypatch.setattr(liveness, "EVERY", 1)
    monkeypatch.setattr(liveness, "SILENCE", 2)
    monkeypatch.setattr(liveness, "is_there", lambda name: None)
    return request.param.format(tmp_path)


def shift(url):
    return Shift(open_study(url, "s", {}))


def running(**attributes):
    return create_trial(state=TrialState.RUNNING, user_attrs=attributes)


def read(worker):
    return worker.study.get_trials(deepcopy=False)


def until(condition, most=20):
    """Wait for what is to come."""
    for _ in range(most * 20):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to this")


def test_the_trial_of_a_worker_that_shows_no_life_is_taken_up_by_one_only(url):
    left, first, second = (shift(url) for _ in range(3))
    left.begin(running(architecture="x"))
    left.leave()
    assert first.abandoned(read(first)) == second.abandoned(read(second)) == []
    assert first.is_doubtful(read(first))
    until(lambda: first.abandoned(read(first)))
    assert second.abandoned(read(second)) == []
    [trial] = read(first)
    assert trial.state == TrialState.FAIL
    again = first.again(trial)
    assert again.user_attrs == {"architecture": "x", WORKER: first.name}
    assert not second.is_doubtful(read(second)[:1])


def test_the_trial_of_a_worker_that_shows_life_is_left_to_it(url):
    at_work, other = shift(url), shift(url)
    with at_work:
        trial = at_work.begin(running())
        assert other.is_doubtful(read(other))
        until(lambda: not other.is_doubtful(read(other)))
        assert read(other)[0].system_attrs[SIGN] >= 2
        assert other.abandoned(read(other)) == []
        assert at_work.end(trial, [1.0])
    assert [t.value for t in read(other)] == [1.0]


def test_a_worker_that_was_taken_for_dead_is_told_so_and_changes_nothing(url):
    asleep, other = shift(url), shift(url)
    trial = asleep.begin(running())
    asleep.leave()
    until(lambda: other.abandoned(read(other)))
    assert not asleep.end(trial, [1.0], {"note": "late"})
    [left] = read(other)
    assert (left.state, left.values) == (TrialState.FAIL, None)
    assert left.user_attrs == {WORKER: asleep.name, GIVEN_UP: "its worker is gone"}


def test_a_trial_of_another_program_is_left_to_it(url, monkeypatch):
    worker = shift(url)
    worker.study.add_trial(running())
    monkeypatch.setattr(liveness, "SILENCE", 0)
    for _ in range(2):
        assert worker.abandoned(read(worker)) == []
        assert not worker.is_doubtful(read(worker))
        time.sleep(0.01)


def test_an_error_that_is_no_news_of_another_worker_is_raised():
    worker = Shift(optuna.create_study())
    trial = worker.begin(running())
    with pytest.raises(ValueError, match="number of the values"):
        worker.study.tell(trial, [1.0, 2.0], state=TrialState.COMPLETE)
    assert worker.end(trial, [1.0])


def test_a_worker_of_this_machine_that_is_gone_is_known_at_once(tmp_path):
    left, other = shift(f"journal:{tmp_path}/s.log"), shift(f"journal:{tmp_path}/s.log")
    left.begin(running())
    assert other.abandoned(read(other)) == []
    assert not other.is_doubtful(read(other))
    left.leave()
    assert [t.number for t in other.abandoned(read(other))] == [0]
    assert workers.is_there(other.name)
