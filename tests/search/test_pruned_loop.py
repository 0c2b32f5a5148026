"""Searches whose poor evaluations are stopped: what goes on, what it costs, and that a kill changes nothing."""

import optuna
import pytest
import torch
from small_searches import table

import archgraph.storages.liveness
import search.pruned_loop
import supernet.standalone.lanes
from archgraph import InputError, spaces
from archgraph.errors import CrowdedError
from archgraph.networks.choice import NetworkChoice
from archgraph.storages.study import open_study
from search.methods import make
from search.objectives.table import ColumnLanes, TableObjective
from search.objectives.train import TrainObjective
from search.pruned_loop import check_stoppable, run_pruned
from search.studies.study import HASH, PLACE, complete, ended, is_kept, kept, spent, stopped
from supernet.images.datasets import digits
from supernet.standalone.training import Recipe

SPACE = spaces.get("dag:1-4")
TRIALS = 10
EPOCHS = 4


def columns():
    """A table of which the early value says nearly all of the late one."""
    members = table()
    late = members.metrics["acc"].to_numpy()
    return TableObjective(
        members.with_metrics(early=late // 1, late=late), SPACE, ["late"], fidelities={1: "early", 9: "late"}
    )


@pytest.fixture(scope="module")
def trainings():
    data = digits().limit_train(64)
    recipe = Recipe(epochs=EPOCHS, batch_size=32)
    return TrainObjective(spaces.get("dag:1-3x2"), NetworkChoice(settings={"width": 4}), data, recipe)


def run(objective, storage=None, method="random", trials=TRIALS, batch=1, **settings):
    study = open_study(storage, method, {}, objective.directions)
    chosen, pruner = make(method, objective.space), settings.pop("pruner", "hyperband")
    enough = lambda begun: len(begun) >= trials  # noqa: E731
    run_pruned(study, chosen, objective, 0, enough, pruner, batch=batch, settings=settings)
    return study


def record(study):
    trials = sorted((t for t in study.trials if is_kept(t)), key=lambda t: t.user_attrs[PLACE])
    return [(t.state, t.values, t.intermediate_values, t.user_attrs[HASH]) for t in trials]


@pytest.mark.parametrize("method", ["random", "evolution", "local", "tpe", "delta", "nsga2"])
def test_every_method_searches_on_with_stopped_trials_and_asks_for_none_again(method):
    study = run(columns(), method=method, trials=30)
    hashes = [trial.user_attrs[HASH] for trial in kept(study)]
    assert len(set(hashes)) == len(hashes) == 30
    assert stopped(kept(study))
    assert complete(kept(study))


def test_what_is_stopped_costs_what_was_done_and_keeps_what_it_reported():
    for trial in kept(run(columns())):
        whole = trial.state == optuna.trial.TrialState.COMPLETE
        assert trial.user_attrs["queries"] == pytest.approx((1 + 9 if whole else 1) / 9)
        assert trial.user_attrs["steps"] == (10 if whole else 1)
        assert list(trial.intermediate_values) == ([1, 9] if whole else [1])
        assert trial.value == list(trial.intermediate_values.values())[-1]


def test_a_stopped_training_costs_its_epochs(trainings):
    study = run(trainings, reduction_factor=2)
    for trial in kept(study):
        assert trial.user_attrs["queries"] == trial.last_step / EPOCHS
        assert list(trial.intermediate_values) == list(range(1, trial.last_step + 1))
    assert {trial.last_step for trial in stopped(kept(study))} <= {1, 2}
    assert spent(kept(study)) == sum(trial.user_attrs["gmacs"] for trial in ended(kept(study)))


def test_lanes_are_refilled_as_soon_as_one_is_free(trainings, monkeypatch):
    """As many train side by side in every epoch, until nothing is left to begin."""
    sizes = []
    epoch = supernet.standalone.lanes.TrainingLanes.epoch

    def counted(self):
        found = epoch(self)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(supernet.standalone.lanes.TrainingLanes, "epoch", counted)
    study = run(trainings, batch=3, reduction_factor=2)
    assert len(kept(study)) == TRIALS
    assert sum(sizes) == sum(trial.last_step for trial in kept(study))
    full = sizes.count(3)
    assert sizes[:full] == [3] * full
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("where", ["report", "finish", "begin_trial", "epoch"])
def test_a_killed_search_comes_to_the_same_numbers(trainings, where, interrupting, tmp_path, monkeypatch):
    whole = record(run(trainings, batch=3, reduction_factor=2))
    storage = f"journal:{tmp_path / 'studies.log'}"
    owner = {
        "report": optuna.trial.Trial,
        "finish": search.pruned_loop,
        "begin_trial": archgraph.storages.liveness,
        "epoch": supernet.standalone.lanes.TrainingLanes,
    }[where]
    for at in (4, 5):
        with monkeypatch.context() as patch:
            stops = interrupting(getattr(owner, where), at)
            patch.setattr(owner, where, lambda *args, stops=stops, **given: stops(*args, **given))
            with pytest.raises(KeyboardInterrupt):
                run(trainings, storage, batch=3, reduction_factor=2)
    study = run(trainings, storage, batch=3, reduction_factor=2)
    assert record(study) == whole
    assert not any(trial.state == optuna.trial.TrialState.RUNNING for trial in study.trials)


def test_what_cannot_be_stopped_is_said():
    members = table()
    with pytest.raises(InputError, match="the table is asked at one fidelity"):
        check_stoppable(TableObjective(members, SPACE, ["acc"]))
    with pytest.raises(InputError, match="a pruner compares one value, but got acc, size"):
        check_stoppable(TableObjective(members, SPACE, ["acc", "-size"]))


class Crowded(ColumnLanes):
    """Lanes of which so many fit side by side; and none beside one architecture, which never comes to a value."""

    def __init__(self, objective, most, bad, sizes):
        super().__init__(objective)
        self.most, self.bad, self.sizes = most, bad, sizes

    def advance(self):
        if len(self._lanes) > self.most:
            raise CrowdedError("no room")
        if any(architecture.hash == self.bad for architecture, _ in self._lanes.values()):
            raise RuntimeError("cannot be trained")
        self.sizes.append(len(self._lanes))
        return super().advance()


def crowded(most=99, bad=""):
    """The table, and how many lanes each step that was done had."""
    made, sizes = columns(), []
    made.lanes = lambda: Crowded(made, most, bad, sizes)
    return made, sizes


def test_what_does_not_fit_into_memory_together_is_halved_and_nothing_fails():
    made, sizes = crowded(most=3)
    study = run(made, batch=8, trials=24)
    assert len(kept(study)) == 24
    assert not [trial for trial in kept(study) if trial.state == optuna.trial.TrialState.FAIL]
    assert sizes[:2] == [2, 2]
    assert sizes.count(2) > len(sizes) - 4, "no more than fits is put side by side from then on"
    given_up = [trial for trial in study.trials if "given_up" in trial.user_attrs]
    assert 8 <= len(given_up) <= 16
    assert {trial.state.name for trial in given_up} == {"FAIL"}
    hashes = [trial.user_attrs[HASH] for trial in kept(study)]
    assert len(set(hashes)) == len(hashes)


def test_one_lane_that_raises_fails_none_beside_it_and_the_next_are_as_many_as_before():
    bad = kept(run(columns(), batch=4))[1].user_attrs[HASH]
    made, sizes = crowded(bad=bad)
    study = run(made, batch=4, trials=16)
    failed = [trial for trial in kept(study) if trial.state == optuna.trial.TrialState.FAIL]
    assert [(trial.user_attrs[HASH], trial.user_attrs["reason"]) for trial in failed] == [
        (bad, "RuntimeError: cannot be trained")
    ]
    assert len(kept(study)) == 16
    assert 4 in sizes


@pytest.mark.parametrize("at", [3, 6, 9])
def test_a_search_that_was_killed_while_it_was_halved_ends_with_all_its_trials(at, interrupting, tmp_path, monkeypatch):
    storage, made = f"journal:{tmp_path / 'studies.log'}", crowded(most=2)[0]
    with monkeypatch.context() as patch:
        stops = interrupting(archgraph.storages.liveness.begin_trial, at)
        patch.setattr(archgraph.storages.liveness, "begin_trial", lambda *args: stops(*args))
        with pytest.raises(KeyboardInterrupt):
            run(made, storage, batch=4)
    study = run(made, storage, batch=4)
    assert len(kept(study)) == TRIALS
    assert len({trial.user_attrs[HASH] for trial in kept(study)}) == TRIALS
    assert not [trial for trial in study.trials if trial.state == optuna.trial.TrialState.RUNNING]


def test_trainings_that_do_not_fit_together_come_to_the_numbers_of_fewer(trainings, monkeypatch):
    epoch = supernet.standalone.lanes.TrainingLanes._epoch

    def narrow(self):
        if len(self._lanes) > 2:
            raise torch.OutOfMemoryError("no room")
        return epoch(self)

    monkeypatch.setattr(supernet.standalone.lanes.TrainingLanes, "_epoch", narrow)
    study = run(trainings, batch=3, reduction_factor=2)
    assert len(kept(study)) == TRIALS
    assert {trial.state.name for trial in kept(study)} == {"COMPLETE", "PRUNED"}
