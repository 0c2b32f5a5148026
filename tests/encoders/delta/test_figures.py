"""Figures of what was predicted."""

import re

from archgraph.reports.figures import svg
from encoders.delta.evaluation import evaluate_delta
from encoders.delta.figures import calibration_figure, distances_figure, predictions_figure


def test_each_point_names_its_architecture(predictor, table):
    evaluation = evaluate_delta(predictor, table, "acc")
    drawn = svg(predictions_figure(evaluation))
    assert drawn.count("data-cell=") == evaluation.rows
    assert drawn.count("data-graph=") == evaluation.rows
    assert re.search(f"data-cell=.{evaluation.names[0]}", drawn)


def test_every_figure_says_what_its_axes_are(predictor, table):
    evaluation = evaluate_delta(predictor, table, "acc")
    for figure in (predictions_figure(evaluation), distances_figure(evaluation), calibration_figure(evaluation)):
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
