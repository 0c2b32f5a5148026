"""Limits hold in every search, before anything is paid."""

import numpy as np
import optuna
import pytest
from small_searches import OPEN, Made, table

from archgraph import InputError, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from search.architectures import Architectures
from search.fade.make import fade_search
from search.loop import run_in_bulk, run_study
from search.methods import make
from search.objectives.costs import NetworkCosts
from search.objectives.limits import Limits
from search.objectives.table import TableObjective
from search.objectives.train import TrainObjective
from search.studies.study import HASH, completed, kept
from supernet.images.datasets import digits
from supernet.standalone.training import Recipe

CELL = spaces.get("nasbench201")
NETWORK = NetworkChoice(settings={"channels": 4, "cells": 1})


class Limited(Made):
    """A number made of the hash, of architectures that have few parameters."""

    def __init__(self, **most):
        super().__init__(CELL)
        self.limits = Limits(most, NetworkCosts(CELL, NETWORK, (1, 8, 8), 10))

    def value(self, architecture):
        return int(architecture.hash, 16) % 1000


def params(space, network, native):
    return network.cost(space.from_native(native), space.name, (1, 8, 8), 10).params


def searched(method, objective, trials=16, storage=None):
    study = open_study(storage, method, {}, objective.directions)
    run_study(study, make(method, objective.space), objective, 0, lambda begun: len(begun) >= trials)
    return study


def outcomes(study):
    keep = ("rejected", "repeated", "repaired", HASH)
    return [(t.values, {name: t.user_attrs.get(name) for name in keep}) for t in kept(study)]


@pytest.mark.parametrize("method", OPEN)
@pytest.mark.parametrize("most", [8300, 5000])  # half of the space, and one in fifty
def test_what_is_evaluated_fits(method, most):
    study = searched(method, Limited(params=most))
    natives = [trial.user_attrs["architecture"] for trial in completed(study)]
    assert len(set(natives)) == 16
    assert max(params(CELL, NETWORK, native) for native in natives) <= most
    if most == 5000 and method == "random":
        assert sum(trial.user_attrs.get("rejected", 0) for trial in study.trials) > 16 * 10


@pytest.mark.parametrize("method", OPEN)
def test_a_limited_search_goes_on_with_the_same_numbers(method, interrupting, tmp_path):
    storage, whole = f"journal:{tmp_path / 'studies.log'}", searched(method, Limited(params=5000))
    with pytest.raises(KeyboardInterrupt):
        searched(method, interrupting(Limited(params=5000), 5), storage=storage)
    assert outcomes(searched(method, Limited(params=5000), storage=storage)) == outcomes(whole)


@pytest.mark.parametrize("method", ["random", "evolution", "delta", "tpe"])
def test_what_is_too_slow_is_rejected_once_it_is_measured_and_never_again(method, monkeypatch):
    """A latency that follows from the hash; half of all architectures take too long."""
    measured = []

    def latency(costs, key, graph):
        if key not in costs.latencies:
            measured.append(key)
            costs.latencies[key] = (float(int(key, 16) % 100), 0.5)
        return costs.latencies[key][0]

    monkeypatch.setattr(NetworkCosts, "latency", latency)
    objective = Limited(latency_ms=50.0)
    study = searched(method, objective)
    assert len(measured) == len(set(measured))
    assert all(int(trial.user_attrs[HASH], 16) % 100 <= 50 for trial in study.trials)
    assert sum(trial.user_attrs.get("rejected", 0) for trial in study.trials) > 3
    held = {key: tuple(found) for trial in study.trials for key, found in trial.user_attrs.get("latencies", {}).items()}
    assert held == objective.limits.costs.latencies
    other = Limited(latency_ms=50.0)
    for trial in study.trials:
        other.limits.costs.recall(trial.user_attrs[HASH], trial.user_attrs)
    assert other.limits.costs.latencies == held


def test_architectures_that_cost_too_much_are_no_members_and_are_drawn_by_none():
    objective = Limited(params=5000)
    met = Architectures(CELL, limits=objective.limits)
    rng = np.random.default_rng(0)
    rows = [met.draw(rng) for _ in range(10)]
    assert met.refused > 0
    assert all(objective.limits.fits(met.graph(row)) for row in rows)
    near = met.neighbors(rows[0])
    assert len(near) < len(CELL.neighbors(met.graph(rows[0])))
    assert all(objective.limits.fits(met.graph(int(row))) for row in near)
    large = CELL.from_native(
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|" + "|".join(f"nor_conv_3x3~{i}" for i in range(3)) + "|"
    )
    assert met.add([large, met.graph(rows[0])]).tolist() == [-1, rows[0]]


def test_members_of_a_table_that_cost_too_much_are_left_out():
    rows = table()
    limited = TableObjective(rows, spaces.get("dag:1-4"), ["acc"], {"flops": 1e9, "params": 45_000})
    counted = np.array([NetworkChoice().cost(graph, "dag:1-4", (3, 32, 32), 10).params for graph in rows])
    assert 0 < len(limited.members) == len(limited.values) == (counted <= 45_000).sum() < len(rows)
    study = open_study(None, "random", {}, limited.directions)
    run_in_bulk(study, make("random", limited.space), limited, 0, lambda begun: len(begun) >= 1000)
    assert {trial.user_attrs[HASH] for trial in study.trials} == set(limited.members.hashes())


def test_a_table_says_itself_what_its_members_cost():
    rows = table().with_metrics(latency_ms=np.arange(len(table()), dtype=float), params=np.ones(len(table())))
    found = TableObjective(rows, spaces.get("dag:1-4"), ["acc"], {"latency_ms": 9, "params": 1})
    assert found.members.metrics.latency_ms.max() == 9
    with pytest.raises(InputError, match="the table has no column latency_ms, so nothing tells what is fast enough"):
        TableObjective(table(), spaces.get("dag:1-4"), ["acc"], {"latency_ms": 9})
    with pytest.raises(InputError, match=r"has params of at most 0\.5; the least there is has 1: raise the limit"):
        TableObjective(rows, spaces.get("dag:1-4"), ["acc"], {"latency_ms": 9, "params": 0.5})


@pytest.fixture(scope="module")
def cells():
    members = spaces.get("dag:1-4").enumerate()
    return BucketGenerator(members, np.random.default_rng(0).standard_normal((len(members), 2)), buckets=4, seed=0)


def trained(cells, limits, trials=3):
    images = digits().limit_train(32)
    objective = TrainObjective(
        spaces.get("dag:1-4x2"), NetworkChoice(settings={"width": 8}), images, Recipe(epochs=1), limits=limits
    )
    study = open_study(None, "fade", {}, objective.directions)
    settings = {"candidates": 3, "derived": 2, "hyper": {"epochs": 1, "warm_up": 1}}
    fade_search(objective, cells, settings).run(study, 0, lambda trials_: len(trials_) >= trials)
    return study


@pytest.mark.parametrize("limits", [{"params": 2500}, {"flops": 60_000, "depth": 6}])
def test_fade_draws_cells_that_can_fit_and_derives_what_fits(cells, limits):
    space, network = spaces.get("dag:1-4x2"), NetworkChoice(settings={"width": 8})
    costs = NetworkCosts(space, network, (1, 8, 8), 10)
    for trial in completed(study := trained(cells, limits)):
        assert trial.user_attrs["derived"]
        for _, native, _ in trial.user_attrs["derived"]:
            found = costs.counted(space.from_native(native), *limits)
            assert all(found[name] <= most for name, most in limits.items())
    assert len(completed(study)) == 3
    least = min(network.cost(graph, "dag:1-4", (1, 8, 8), 10).params for graph in cells.members)
    assert least > 0


def test_fade_says_where_too_few_cells_can_fit(cells):
    with pytest.raises(InputError, match=r"only \d cells can stand in row \d within the limits, but got candidates 3"):
        trained(cells, {"params": 1500})


def test_fade_on_a_table_passes_over_what_is_not_left_in_it():
    space = spaces.get("macro")
    members = space.enumerate()
    members = members.with_metrics(acc=[float(native) for native in members.ids])
    objective = TableObjective(members, space, ["acc"], {"params": 2e6})
    objective.settings = {"limits": {"params": 2e6}}
    study = open_study(None, "fade", {}, objective.directions)
    fade_search(objective, settings={"candidates": 2}).run(study, 0, lambda trials: len(trials) >= 12)
    left = set(objective.members.hashes())
    found = [key for trial in completed(study) for _, _, key in trial.user_attrs["derived"]]
    assert found
    assert set(found) <= left
    assert sum(trial.user_attrs.get("rejected", 0) for trial in kept(study)) > 0
    assert all(
        t.user_attrs["reason"].startswith("none of the") for t in kept(study) if t.state == optuna.trial.TrialState.FAIL
    )


def test_a_climb_at_a_limit_looks_first_at_what_costs_as_much():
    objective = Limited(params=8300)
    natives, best = [], (float("inf"), "")
    met, spent = Architectures(CELL, limits=objective.limits), 0
    for trial in completed(searched("local", objective)):
        native = trial.user_attrs["architecture"]
        if best[1] and params(CELL, NETWORK, best[1]) >= 0.9 * 8300:
            near = [met.native(row) for row in met.neighbors(int(met.add([CELL.from_native(best[1])])[0])).tolist()]
            left = [one for one in near if one not in natives and params(CELL, NETWORK, one) >= 0.9 * 8300]
            assert native in left or not left
            spent += native in left
        natives.append(native)
        best = min(best, (trial.value, native))
    assert spent > 0
