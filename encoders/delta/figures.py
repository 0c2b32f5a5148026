"""Figures of what a difference predictor said of architectures that it did not learn from."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

from archgraph.reports.figures import Figure, name_points
from archgraph.texts import printable
from encoders.delta.evaluation import DeltaEvaluation

_POINTS = 2000  # points drawn at most
_COLOR = "#5e81ac"


def predictions_figure(evaluation: DeltaEvaluation) -> Figure:
    """True against predicted values, a point an architecture, of 2,000 at most; on the line it would be exact.

    In reports a point names and draws its architecture.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import evaluate_delta, load_delta, predictions_figure
        >>> evaluation = evaluate_delta(load_delta("delta"), ArchTable.read("cells.parquet"), "nodes")
        >>> predictions_figure(evaluation).axes[0].get_xlabel()
        'predicted nodes'
    """
    figure, axes = _axes(f"predicted {evaluation.metric}", f"true {evaluation.metric}")
    some = np.random.default_rng(0).permutation(evaluation.rows)[:_POINTS]
    mean, truth, std = (values[some] for values in (evaluation.mean, evaluation.truth, evaluation.std))
    points = axes.scatter(mean, truth, s=12, color=_COLOR, alpha=0.5, linewidths=0)
    texts = [
        f"{evaluation.names[row]}\ntrue {t:.5g}, predicted {m:.5g} ± {s:.2g}"
        for row, t, m, s in zip(some, truth, mean, std, strict=True)
    ]
    name_points(points, texts, [evaluation.graphs[int(row)] for row in some])
    low, high = np.quantile(evaluation.truth, [0.01, 1])
    axes.plot([low, high], [low, high], color="black", linewidth=0.8)
    axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    return figure


def distances_figure(evaluation: DeltaEvaluation) -> Figure:
    """Error, and share of right signs, of predicted differences by the edits between two architectures.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import distances_figure, evaluate_delta, load_delta
        >>> evaluation = evaluate_delta(load_delta("delta"), ArchTable.read("cells.parquet"), "nodes")
        >>> [axes.get_xlabel() for axes in distances_figure(evaluation).axes]
        ['edits', 'edits']
    """
    figure = Figure(figsize=(6.1, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2)
    edits = sorted(evaluation.distances)
    left.plot(edits, [evaluation.distances[e][0] for e in edits], "o-", color=_COLOR)
    right.plot(edits, [evaluation.distances[e][1] for e in edits], "o-", color=_COLOR)
    for axes, label in ((left, "mean error of the difference"), (right, "share of right signs")):
        axes.set_xlabel("edits")
        axes.set_ylabel(label)
    return figure


def calibration_figure(evaluation: DeltaEvaluation) -> Figure:
    """Share of true values within intervals, against the share that the predicted deviations promise.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import calibration_figure, evaluate_delta, load_delta
        >>> evaluation = evaluate_delta(load_delta("delta"), ArchTable.read("cells.parquet"), "nodes")
        >>> len(calibration_figure(evaluation).axes[0].lines)
        2
    """
    figure, axes = _axes("share expected within the interval", "share found")
    z = np.abs(evaluation.truth - evaluation.mean) / evaluation.std
    levels = np.linspace(0.02, 0.98, 49)
    axes.plot(levels, [(z <= norm.ppf((1 + level) / 2)).mean() for level in levels], color=_COLOR)
    axes.plot([0, 1], [0, 1], color="black", linewidth=0.8)
    return figure


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.1, 3.3), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(printable(x), parse_math=False)
    axes.set_ylabel(printable(y), parse_math=False)
    return figure, axes
