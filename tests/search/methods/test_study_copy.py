"""A sampler's copy of a search: what it goes on from, what it is shown, and that both follow from the history."""

import optuna
import pytest
from small_searches import opened, record

from archgraph.storages.study import open_study
from search.loop import run_study
from search.methods import METHODS, SAMPLED, Choices, make
from search.methods.window import Window

BOUNDED = ("tpe", "nsga2", "delta", pytest.param("gp", marks=pytest.mark.slow))


def searched(name, stops, most, batch=1):
    """A search that stops where it is said, each part by a method that has kept nothing."""
    made = opened()
    study = open_study(None, name, {}, made.directions)
    for trials in stops:
        method = make(name, made.space, settings={"most": most})
        run_study(study, method, made, 0, lambda begun, n=trials: len(begun) >= n, batch=batch)
    return record(study)


@pytest.mark.parametrize("name", BOUNDED)
def test_up_to_the_bound_proposals_are_those_without_one(name):
    assert searched(name, [16], most=14)[:14] == searched(name, [14], most=1000)


@pytest.mark.parametrize("name", BOUNDED)
def test_beyond_the_bound_a_stopped_search_goes_on_as_if_it_had_not_been(name):
    assert searched(name, [9, 18], most=12) == searched(name, [18], most=12)


def test_a_sampler_reads_no_more_than_it_is_shown(monkeypatch):
    read = []
    plain = Window.get_all_trials

    def counted(self, study_id, deepcopy=True, states=None):
        found = plain(self, study_id, deepcopy, states)
        read.append(len(found))
        return found

    monkeypatch.setattr(Window, "get_all_trials", counted)
    searched("tpe", [60], most=20)
    assert max(read[len(read) // 2 :]) <= 20 + 1, "and the trial that is asked for"


def test_what_ended_is_not_copied_again(monkeypatch):
    added = []
    plain = optuna.Study.add_trial
    monkeypatch.setattr(optuna.Study, "add_trial", lambda self, trial: added.append(trial) or plain(self, trial))
    searched("tpe", [40], most=10)
    assert len(added) <= 40, "at most one a trial: its own, where the sampler did not propose it"


def test_batches_follow_from_the_history_too():
    assert searched("tpe", [8, 16, 24], most=12, batch=4) == searched("tpe", [24], most=12, batch=4)


def test_methods_that_fit_models_have_the_bound_as_a_setting():
    made = opened()
    assert {name for name in METHODS if hasattr(make(name, made.space), "most")} == {"delta", "global"}
    for kind in SAMPLED.values():
        assert kind(Choices(made.space), most=7).most == 7
