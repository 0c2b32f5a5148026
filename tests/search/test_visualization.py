"""What Optuna's own plots say of a search: choices by name, operations as values."""

import re

import matplotlib.pyplot as plt
import numpy as np
import optuna
import pytest
from matplotlib.text import Text
from optuna.visualization import matplotlib as plots
from small_searches import SPACE, run

from archgraph.storages.study import open_study
from search.fade.make import fade_search
from search.objectives.table import TableObjective

OPERATIONS = {str(value) for values in SPACE.choices.values() for value in values}
pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


@pytest.fixture(scope="module", params=["delta", "evolution", "fade", "tpe"])
def study(request):
    members, rng = SPACE.enumerate(), np.random.default_rng(0)
    values = [native.count("2") + rng.random() for native in members.ids]
    made = TableObjective(members.with_metrics(acc=values), SPACE, ["acc"])
    if request.param != "fade":
        return run(request.param, None, made, trials=12)
    found = open_study(None, "fade", {}, made.directions)
    fade_search(made, settings={"candidates": 2}).run(found, 0, lambda trials: len(trials) >= 8)
    return found


def words(axes):
    """All texts of the figure of one or many axes."""
    figure = np.ravel(axes)[0].figure
    figure.canvas.draw()
    found = {text.get_text().strip("'") for text in figure.findobj(Text)}
    plt.close(figure)
    return found


def said(figure):
    """All texts of a figure of plotly, which an installation may lack."""
    texts = re.findall(r'"([^"]*)"', figure.to_json().replace("\\u003e", ">").replace("\\u0027", "'"))
    return {text.strip("'") for text in texts}  # slices show choices as Python writes them


def varied(study):
    """Choices that trials have made differently."""
    return [name for name in SPACE.choices if len({trial.params[name] for trial in study.trials}) > 1]


def test_importances_name_the_choices(study):
    importances = optuna.importance.get_param_importances(study)
    assert importances
    assert importances.keys() <= SPACE.choices.keys()
    assert importances.keys() <= words(plots.plot_param_importances(study))


@pytest.mark.parametrize("plot", [plots.plot_slice, plots.plot_parallel_coordinate, plots.plot_contour])
def test_plots_are_not_empty_and_name_choices_and_operations(study, plot):
    names = varied(study)[:2]
    found = words(plot(study, params=names))
    assert set(names) <= found
    assert OPERATIONS & found


@pytest.mark.parametrize("name", ["plot_param_importances", "plot_slice", "plot_parallel_coordinate", "plot_contour"])
def test_plots_of_plotly_are_not_empty_and_name_them_too(study, name):
    pytest.importorskip("plotly")
    names = varied(study)[:2]
    found = said(getattr(optuna.visualization, name)(study, params=names))
    assert set(names) <= found
    assert OPERATIONS & found or name == "plot_param_importances"
