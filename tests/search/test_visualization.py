"""What Optuna's own plots and tables say of a search: choices by name, operations as values."""

import json

import numpy as np
import optuna
import pytest
from small_searches import SPACE, run

from archgraph.storages.study import open_study
from search.fade.make import fade_search
from search.objectives.table import TableObjective

OPERATIONS = {str(value) for values in SPACE.choices.values() for value in values}


def objective():
    members = SPACE.enumerate()
    rng = np.random.default_rng(0)
    values = [native.count("2") + rng.random() for native in members.ids]
    return TableObjective(members.with_metrics(acc=values), SPACE, ["acc"])


@pytest.fixture(scope="module", params=["delta", "evolution", "fade", "tpe"])
def study(request):
    made = objective()
    if request.param != "fade":
        return run(request.param, None, made, trials=12)
    found = open_study(None, "fade", {}, made.directions)
    fade_search(made, settings={"candidates": 2}).run(found, 0, lambda trials: len(trials) >= 8)
    return found


def words(figure):
    """All texts of a figure."""
    return set(json.dumps(json.loads(figure.to_json())).split('"'))


def test_importances_name_the_choices(study):
    importances = optuna.importance.get_param_importances(study)
    assert importances.keys() <= SPACE.choices.keys()
    assert importances
    figure = optuna.visualization.plot_param_importances(study)
    assert len(figure.data[0].y) == len(importances)


@pytest.mark.parametrize("plot", ["plot_slice", "plot_parallel_coordinate", "plot_contour"])
def test_plots_are_not_empty_and_name_choices_and_operations(study, plot):
    varied = [name for name in SPACE.choices if len({trial.params[name] for trial in study.trials}) > 1]
    figure = getattr(optuna.visualization, plot)(study, params=varied[:2])
    assert len(figure.data)
    assert set(varied[:2]) <= words(figure)
    assert OPERATIONS & words(figure)
