"""Architectures in anyone's objective, by any sampler of Optuna."""

import numpy as np
import optuna
import pytest
from small_searches import SPACE, Endless

from archgraph import InputError, spaces
from archgraph.networks.cost import cost
from search import RandomArchitectureSampler, suggest_architecture
from search.parameters import distributions


@pytest.mark.parametrize(
    "kind", [optuna.samplers.TPESampler, optuna.samplers.RandomSampler, optuna.samplers.NSGAIISampler]
)
def test_samplers_of_optuna_choose_architectures_beside_other_parameters(kind):
    graphs = []

    def objective(trial):
        rate = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        graphs.append(suggest_architecture(trial, SPACE))
        return graphs[-1].ops.count("identity") - rate

    study = optuna.create_study(sampler=kind(seed=0))
    study.optimize(objective, n_trials=12)
    for trial, graph in zip(study.trials, graphs, strict=True):
        assert trial.params.keys() == {*SPACE.choices, "lr"}
        assert SPACE.from_native(trial.user_attrs["architecture"]) == graph
        assert trial.user_attrs["hash"] == graph.canonical_hash()
        assert trial.user_attrs["params"] == cost(graph, SPACE).params


def test_choices_that_break_the_rules_are_pruned():
    space = spaces.get("nasbench101")  # most random choices have too many edges
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    study.optimize(lambda trial: float(suggest_architecture(trial, space).num_edges), n_trials=20)
    states = [trial.state.name for trial in study.trials]
    assert set(states) == {"PRUNED", "COMPLETE"}
    assert all(trial.value <= 9 for trial in study.trials if trial.value is not None)


def test_a_fixed_trial_gives_the_architecture_of_its_choices():
    graph = SPACE.sample(1, np.random.default_rng(0))[0]
    trial = optuna.trial.FixedTrial(SPACE.to_choices(graph))
    assert suggest_architecture(trial, SPACE) == graph
    assert trial.user_attrs["architecture"] == SPACE.to_native(graph)


def test_a_queued_architecture_is_the_next():
    graph = SPACE.from_native("01201201")
    study = optuna.create_study()
    study.enqueue_trial(SPACE.to_choices(graph))
    trial = study.ask()
    assert suggest_architecture(trial, SPACE) == graph
    assert trial.distributions == distributions(SPACE)


def test_a_space_without_fixed_choices_needs_a_sampler_of_search():
    space = Endless()
    with pytest.raises(InputError, match=r"no fixed choices .* take one of search, such as DeltaSampler"):
        suggest_architecture(optuna.create_study().ask(), space)
    study = optuna.create_study(sampler=RandomArchitectureSampler(space))
    study.optimize(lambda trial: float(suggest_architecture(trial, space).num_nodes), n_trials=4)
    assert len({trial.user_attrs["hash"] for trial in study.trials}) == 4
    assert all(trial.params == {} and "count of identity" in trial.user_attrs for trial in study.trials)
