"""A trial does as much work in a long search as in a short one: what is counted here is work, not time."""

from collections import Counter

import optuna
import pytest
from small_searches import SPACE, Made

import search.studies.history
from archgraph.storages.study import open_study
from search import DeltaSampler, EvolutionSampler, RandomArchitectureSampler, suggest_architecture
from search.loop import run_study
from search.methods import make

METHODS = ("random", "evolution", "local", "tpe", "delta")


class Counted(optuna.storages.InMemoryStorage):
    """A storage that counts what it is asked."""

    def __init__(self):
        super().__init__()
        self.calls = Counter()

    def __getattribute__(self, name):
        if not name.startswith("_") and name != "calls":
            self.calls[name] += 1
        return super().__getattribute__(name)


def called(storage):
    """What was called since the last time."""
    found, storage.calls = storage.calls, Counter()
    return +found


@pytest.mark.parametrize("method", METHODS)
def test_a_trial_of_a_search_asks_its_storage_as_much_at_the_end_as_at_the_beginning(method):
    storage, asked, made = Counted(), [], Made(SPACE)
    study = open_study(storage, "s", {}, made.directions)

    def finished(begun):
        asked.append(called(storage))
        return len(begun) >= 60

    run_study(
        study, make(method, SPACE, settings={"most": 20} if method in ("tpe", "delta") else {}), made, 0, finished
    )
    assert sum(asked[20].values()) <= 12
    assert asked[-1] == asked[20], "nothing depends on how many there were"


@pytest.mark.parametrize("kind", [DeltaSampler, EvolutionSampler, RandomArchitectureSampler])
def test_so_does_a_trial_of_a_sampler(kind):
    storage, asked = Counted(), []
    settings = {"most": 20} if kind is DeltaSampler else {}
    study = optuna.create_study(storage=storage, sampler=kind(SPACE, **settings))

    def objective(trial):
        return float(suggest_architecture(trial, SPACE).ops.count("identity"))

    study.optimize(objective, n_trials=60, callbacks=[lambda study, trial: asked.append(called(storage))])
    plain = {"set_trial_user_attr"}  # what a proposal says of itself, as that it was repaired, is written as it comes
    counts = [{name: n for name, n in calls.items() if name not in plain} for calls in asked]
    assert counts[-1] == counts[20]
    assert all(calls["set_trial_user_attr"] <= 7 for calls in asked)


def test_a_history_looks_at_a_trial_when_it_is_new_and_when_it_has_ended(monkeypatch):
    looked, plain = Counter(), search.studies.history.named_in
    monkeypatch.setattr(
        search.studies.history, "named_in", lambda trial, space: looked.update([trial.number]) or plain(trial, space)
    )
    study = optuna.create_study(sampler=RandomArchitectureSampler(SPACE))
    study.optimize(lambda trial: float(suggest_architecture(trial, SPACE).num_nodes), n_trials=40)
    assert max(looked.values()) <= 2
