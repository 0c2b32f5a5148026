"""Fronts, volumes, and objectives joined into one."""

import numpy as np
import pytest
from small_searches import TRIALS, table

from archgraph import spaces
from archgraph.storages.study import open_study
from search.loop import run_study
from search.methods import make
from search.objectives.pareto import constrained, dominated_volume, front, scalarised
from search.objectives.table import TableObjective
from search.studies.study import completed


def test_fronts_and_volumes_of_known_points():
    losses = np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 4.0], [3.0, 1.0], [2.0, 2.0]])
    assert front(losses).tolist() == [0, 1, 3]
    assert front(losses[:, :1]).tolist() == [0]
    assert dominated_volume(losses, np.array([4.0, 4.0])) == pytest.approx(3 + 2 + 1)
    assert dominated_volume(losses, np.array([1.0, 1.0])) == 0


def test_joined_objectives_prefer_nothing_that_is_dominated():
    rng = np.random.default_rng(0)
    losses = rng.random((30, 2))
    chosen = {int(scalarised(losses, rng).argmin()) for _ in range(200)}
    assert chosen <= set(front(losses).tolist())
    assert len(chosen) > 2
    np.testing.assert_array_equal(scalarised(losses[:, :1], rng), losses[:, 0])


def values(method, names, settings=None, seeds=8):
    """Of all trials of some searches, the last objective."""
    members = table()
    metrics = {"flat": [1.0] * len(members), "acc": members.metrics["acc"]}
    made = TableObjective(members.with_metrics(**metrics), spaces.get("dag:1-4"), names)
    found = []
    for seed in range(seeds):
        study = open_study(None, str(seed), {}, made.directions)
        chosen = make(method, made.space, settings=settings)
        run_study(study, chosen, made, seed, lambda trials: len(trials) >= TRIALS)
        found += [trial.values[-1] for trial in completed(study)]
    return found


@pytest.mark.parametrize(
    ("method", "settings"), [("evolution", {"population": 4, "sample": 2}), ("global", {"start": 4})]
)
def test_an_objective_counts_also_behind_one_that_tells_nothing(method, settings):
    assert np.mean(values(method, ["flat", "acc"], settings)) > np.mean(values("random", ["flat", "acc"])) + 0.3


def test_local_search_climbs_by_all_objectives():
    assert values("local", ["flat", "acc"], seeds=3) == values("local", ["acc"], seeds=3)


def test_what_breaks_constraints_comes_behind_by_how_much():
    losses = np.array([[1.0], [-5.0], [2.0], [-9.0], [np.nan], [-7.0]])
    violations = np.array([0.0, 1e9, 0.0, 0.5, 0.0, 0.5])
    found = constrained(losses, violations)[:, 0]
    assert found[[0, 2]].tolist() == [1.0, 2.0]
    assert np.isnan(found[4])
    assert found[3] == found[5] > 2.0
    assert found[1] > found[3]
    assert found[1] <= 2 + (2 - 1), "however large a violation is"


def test_where_everything_breaks_constraints_the_least_comes_first():
    found = constrained(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([1.0, 2.0]))
    assert (found[0] < found[1]).all()
