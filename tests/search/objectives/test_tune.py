"""Objectives that train members of the space around a network, from weights that they inherit."""

from __future__ import annotations

import imported_networks as networks
import pytest

from archgraph import InputError, spaces
from search.objectives.base import Architecture
from search.objectives.tune import TuneObjective
from search.problem import Problem, Search
from search.run import best_of, run_search
from search.written import inheriting
from supernet.imported.space import from_module

SETTINGS = {"train_size": 64, "recipe": {"epochs": 1}}


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    return from_module(networks.residual(), (1, 1, 8, 8), tmp_path_factory.mktemp("space") / "net.yaml")


def test_a_member_is_paid_for_by_what_it_costs(space):
    objective = TuneObjective.read("digits,-flops", space, SETTINGS)
    natives = ["0" * len(space.options), "1" * len(space.options)]
    whole, other = objective([Architecture(native, native) for native in natives], [0, 0])
    assert objective.names == ("validation loss", "flops")
    assert whole.values[1] == objective.costs_of(Architecture(natives[0], ""))["flops"]
    assert whole.values != other.values


def test_a_search_under_limits_proposes_only_what_fits(space):
    limit = (
        0.5
        * TuneObjective.read("digits", space, SETTINGS).costs_of(Architecture("0" * len(space.options), ""))["flops"]
    )
    problem = Problem.of(
        space.name,
        inheriting("train:digits"),
        train_size=64,
        recipe={"epochs": 1},
        limits={"flops": limit},
        device="cpu",
    )
    study = run_search(problem, Search("evolution"), trials=3)
    objective = problem.open()
    for trial in study.trials:
        assert objective.costs_of(Architecture(trial.user_attrs["architecture"], ""))["flops"] <= limit
    assert best_of(study)["trials"] == 3


def test_images_of_another_shape_and_other_spaces_are_refused(space):
    with pytest.raises(InputError, match="module:FILE"):
        TuneObjective.read("digits", spaces.get("macro"), SETTINGS)
    with pytest.raises(InputError, match="weights are inherited where members are trained"):
        inheriting("table:file:metric")
