"""What graphs, tables, studies, predictions and models show of themselves in a notebook."""

import numpy as np
import optuna
import torch

from archgraph import ArchGraph, ArchTable, spaces
from encoders.delta.predictor import Prediction
from search import StudyRecord
from supernet import FitRecipe, FitTask, ImageEvaluation, fit, load_images

BAD = "<script>alert(1)</script>\x1b"


def test_a_graph_draws_itself():
    graph = spaces.get("dag:1-3").from_native("2:0-1")
    assert graph._repr_svg_().startswith("<svg")
    assert ArchGraph()._repr_svg_() is None


def test_a_table_shows_its_first_graphs_and_what_they_are_called_as_text():
    cells = spaces.get("dag:1-4").enumerate()
    table = ArchTable.from_graphs(cells, ids=[BAD, *map(str, range(1, len(cells)))], metrics={BAD: np.ones(len(cells))})
    shown = table._repr_html_()
    assert shown.startswith("<table><caption>40 graphs, the first 8</caption>")
    assert shown.count("<tr>") == 9
    assert "<script" not in shown
    assert "\x1b" not in shown


def test_an_empty_table_shows_its_head():
    assert "0 graphs" in spaces.get("dag:1-3").enumerate()[:0]._repr_html_()


def test_a_study_shows_its_best_trials():
    study = optuna.create_study(study_name=BAD, direction="maximize")
    for value in (1.0, 3.0, 2.0):
        study.add_trial(optuna.create_trial(value=value, user_attrs={"architecture": BAD}))
    shown = StudyRecord(BAD, tuple(study.directions), {}, study.trials)._repr_html_()
    assert [shown.index(f">{value}</td>") for value in (3, 2)] == sorted(shown.index(f">{v}</td>") for v in (3, 2))
    assert "3 trials, 3 with values" in shown
    assert "<script" not in shown


def test_predictions_show_the_first_with_their_deviations():
    shown = Prediction(np.arange(20.0), np.full(20, 0.5))._repr_html_()
    assert "20 predictions, the first 8" in shown
    assert shown.count("<tr>") == 9


def test_a_model_shows_its_classes_its_figures_and_its_drawing():
    task = FitTask(spaces.get("dag:1-4").from_native("2:0-1"), "dag:1-4", id=BAD)
    shown = fit(task, load_images("digits").limit_train(64), FitRecipe(epochs=1))._repr_html_()
    assert "<script" not in shown
    assert "<td>test_accuracy</td>" in shown
    assert "<svg" in shown


def test_an_evaluation_shows_its_interval_and_its_classes():
    said = torch.tensor([[0.9, 0.1], [0.4, 0.6]])
    shown = ImageEvaluation((BAD, "dog"), said, torch.tensor([0, 1]))._repr_html_()
    assert "accuracy 1.000" in shown
    assert "<script" not in shown
