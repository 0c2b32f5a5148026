"""The readable report of a difference predictor: one HTML file with its pictures inside."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from archgraph.draw import svg
from archgraph.persistence.files import write_text
from archgraph.persistence.texts import printable
from encoders.delta.evaluation import DeltaEvaluation
from encoders.delta.predictor import DeltaPredictor

_POINTS = 4000  # points drawn at most
_STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .2rem .9rem .2rem 0; text-align: left }
td + td { font-variant-numeric: tabular-nums } svg { max-width: 100%; height: auto }"""


def write_report(path: Path | str, predictor: DeltaPredictor, evaluation: DeltaEvaluation) -> None:
    """Write the report of an evaluation to `path`, an .html file, whole or not at all."""
    figures = [("Predicted and true values", _values), ("Calibration of the uncertainty", _calibration)]
    if evaluation.distances:
        figures += [("Error and signs by number of edits", _distances)]
    sections = "".join(f"<h2>{title}</h2>{_drawn(draw, evaluation)}" for title, draw in figures)
    metric, learned = html.escape(evaluation.metric), html.escape(predictor.metric)
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{_text(v)}</td></tr>" for name, v in evaluation.summary().items()
    )
    write_text(
        path,
        f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Difference predictor: {learned}</title>
<style>{_STYLE}</style><h1>Difference predictor: {learned}</h1>
<p>Learned from {len(predictor.anchors)} labelled architectures, {len(predictor.features.names)} features of each;
scored against {metric} of {evaluation.rows} others.</p>
<table>{rows}</table>
<p>Cycles: how far predicted differences around random triples are from summing to zero, as a part of a typical
difference. Absolute values are closed: there, every cycle sums to zero.</p>{sections}</html>
""",
    )


def _values(figure: Figure, evaluation: DeltaEvaluation) -> None:
    axes = _axes(figure, "predicted", "true")
    some = np.random.default_rng(0).permutation(evaluation.rows)[:_POINTS]
    axes.plot(evaluation.mean[some], evaluation.truth[some], ".", markersize=3, alpha=0.4)
    low, high = np.quantile(evaluation.truth, [0.01, 1])
    axes.plot([low, high], [low, high], color="black", linewidth=0.8)
    axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))


def _calibration(figure: Figure, evaluation: DeltaEvaluation) -> None:
    axes = _axes(figure, "share expected within the interval", "share found")
    z = np.abs(evaluation.truth - evaluation.mean) / evaluation.std
    levels = np.linspace(0.02, 0.98, 49)
    axes.plot(levels, [(z <= norm.ppf((1 + level) / 2)).mean() for level in levels])
    axes.plot([0, 1], [0, 1], color="black", linewidth=0.8)


def _distances(figure: Figure, evaluation: DeltaEvaluation) -> None:
    left, right = figure.subplots(1, 2)
    edits = sorted(evaluation.distances)
    left.plot(edits, [evaluation.distances[e][0] for e in edits], "o-")
    right.plot(edits, [evaluation.distances[e][1] for e in edits], "o-")
    for axes, label in ((left, "mean error of the difference"), (right, "share of right signs")):
        axes.set_xlabel("edits")
        axes.set_ylabel(label)


def _axes(figure: Figure, x: str, y: str) -> Axes:
    axes = figure.subplots()
    axes.set_xlabel(printable(x), parse_math=False)
    axes.set_ylabel(printable(y), parse_math=False)
    return axes


def _drawn(draw: Callable[[Figure, DeltaEvaluation], None], evaluation: DeltaEvaluation) -> str:
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    draw(figure, evaluation)
    return svg(figure)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{html.escape(str(name))} {_text(part)}" for name, part in value.items())
    return html.escape(str(value))
