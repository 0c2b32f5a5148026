"""Trials say what their architectures have chosen, by names a person knows."""

import numpy as np
import optuna
import pytest
from small_searches import SPACE, Endless, Made, closed, opened, run

from archgraph import InputError, spaces
from archgraph.networks.cost import cost
from archgraph.storages.study import open_study
from search.fade.make import fade_search
from search.loop import run_study
from search.methods import METHODS, SAMPLED, make
from search.objectives.table import TableObjective
from search.parameters import chosen_in, distributions
from search.studies.study import ARCHITECTURE

NAMED = [pytest.param(name, marks=pytest.mark.slow if name == "gp" else ()) for name in (*METHODS, *SAMPLED)]
LAYERS = [f"layer {i}" for i in range(1, 9)]


def told(space, trial):
    """The architecture that a trial's parameters name."""
    return space.from_choices(chosen_in(space, trial.params))


@pytest.mark.parametrize("method", NAMED)
@pytest.mark.parametrize("objective", [closed, opened])
def test_parameters_of_every_trial_name_its_architecture(method, objective):
    made = objective()
    study = run(method, None, made, trials=6)
    for trial in study.trials:
        assert list(trial.params) == list(made.space.choices)
        assert trial.distributions == distributions(made.space)
        assert told(made.space, trial) == made.space.from_native(trial.user_attrs[ARCHITECTURE])
        assert {"params", "flops"} <= trial.user_attrs.keys()


def test_parameters_of_a_repaired_trial_name_its_architecture():
    made = Made(spaces.get("transnas:macro"))
    made.value = lambda architecture: float(len(architecture.native))
    study = run("tpe", None, made, trials=30)
    repaired = [trial for trial in study.trials if trial.user_attrs.get("repaired")]
    assert repaired
    assert all(told(made.space, t) == made.space.from_native(t.user_attrs[ARCHITECTURE]) for t in repaired)


def test_parameters_of_a_step_of_fade_are_those_of_the_best_that_it_derives():
    members = SPACE.enumerate()
    table = members.with_metrics(acc=[float(native.count("2")) for native in members.ids])
    made = TableObjective(table, SPACE, ["acc"])
    study = open_study(None, "fade", {}, made.directions)
    fade_search(made, settings={"candidates": 2}).run(study, 0, lambda trials: len(trials) >= 3)
    for trial in study.trials:
        assert list(trial.params) == LAYERS
        assert told(SPACE, trial) == SPACE.from_native(trial.user_attrs[ARCHITECTURE])
        assert trial.user_attrs["params"] == cost(told(SPACE, trial), SPACE).params


@pytest.mark.parametrize("method", ["random", "evolution", "local"])
def test_a_space_without_fixed_choices_gives_how_often_operations_occur(method):
    made = Made(Endless())
    made.value = lambda architecture: float(len(architecture.native))
    for trial in run(method, None, made, trials=6).trials:
        native = trial.user_attrs[ARCHITECTURE]
        assert trial.params == {}
        counts = {"identity": native.count("0"), "conv3x3-relu": native.count("1")}
        assert {name: trial.user_attrs[f"count of {name}"] for name in counts} == counts


def test_a_space_without_fixed_choices_says_so_in_one_line():
    with pytest.raises(InputError, match=r"^the space endless has no fixed choices"):
        Endless().from_choices({})


def test_of_a_trials_parameters_the_spaces_choices_are_read_and_others_left():
    params = {name: values[-1] for name, values in SPACE.choices.items()}
    assert chosen_in(SPACE, params | {"lr": 0.1}) == params
    assert chosen_in(SPACE, {"lr": 0.1}) is None
    assert chosen_in(SPACE, params | {"layer 1": "identity"}) is None  # which only later layers choose


def test_a_study_goes_on_from_a_trial_that_only_its_parameters_name():
    """As one that was added by hand."""
    made = opened()
    graph = SPACE.from_native("12012012")
    study = open_study(None, "random", {}, made.directions)
    study.add_trial(
        optuna.create_trial(params=SPACE.to_choices(graph), distributions=dict(distributions(SPACE)), value=1.0)
    )
    run_study(study, make("random", SPACE), made, 0, lambda trials: len(trials) >= 3)
    assert [t.state.name for t in study.trials] == ["COMPLETE"] * 3
    assert graph.canonical_hash() not in made.calls


def test_importance_of_choices_is_found_where_it_is():
    """A known truth: the value follows from the last layer alone."""
    made = opened()
    made.value = lambda architecture: float(architecture.native[-1])
    study = run("random", None, made, trials=80)
    importances = optuna.importance.get_param_importances(study)
    assert next(iter(importances)) == "layer 8"
    assert importances["layer 8"] > 0.7
    assert np.isclose(sum(importances.values()), 1)
