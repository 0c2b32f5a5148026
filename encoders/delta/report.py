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
from archgraph.persistence.report_look import report_page
from archgraph.persistence.texts import printable
from encoders.delta.evaluation import DeltaEvaluation
from encoders.delta.predictor import DeltaPredictor

_POINTS = 4000  # points drawn at most
_PARTS = 3  # of the true values, whose errors are told apart
_SURE, _UNSURE = 0.63, 0.74  # shares within one deviation beyond which these are too small or too large
Part = tuple[str, float, float, int]


def write_report(path: Path | str, predictor: DeltaPredictor, evaluation: DeltaEvaluation) -> None:
    """Write the report of an evaluation to `path`, an .html file, whole or not at all.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import evaluate_delta, load_delta, write_report
        >>> predictor = load_delta("delta")
        >>> write_report("report.html", predictor, evaluate_delta(predictor, ArchTable.read("cells.parquet"), "nodes"))
    """
    metric, learned = html.escape(evaluation.metric), html.escape(predictor.metric)
    body = f"""<h1>Difference predictor: {learned}</h1>
<p>Learned from {len(predictor.anchors)} labelled architectures, {len(predictor.features.names)} features of each;
scored against {metric} of {evaluation.rows:,} others.</p>
<h2>How good is it?</h2>{_good(evaluation)}{_drawn(_values, evaluation)}
<p class="note">A point is an architecture; on the line it would be predicted exactly.</p>
<h2>Where does it err?</h2>{_errs(evaluation)}{_drawn(_distances, evaluation) if evaluation.distances else ""}
<h2>How sure is it?</h2>{_sure(evaluation)}{_drawn(_calibration, evaluation)}
<p class="note">Below the line deviations are smaller than errors.</p>
<h2>What next?</h2>{_next(predictor, evaluation)}
<details><summary>All figures</summary>{_figures(evaluation)}
<p class="note">cycles: how far predicted differences around random triples are from summing to zero, as a part of a
typical difference. Absolute values are closed: there, every cycle sums to zero.</p></details>"""
    write_text(path, report_page(f"Difference predictor: {learned}", body))


def _good(evaluation: DeltaEvaluation) -> str:
    """How well it orders, beside chance and beside one guess for all."""
    plain = float(np.abs(evaluation.truth - np.median(evaluation.truth)).mean())
    cards = [
        (
            "Kendall's tau",
            f"{evaluation.kendall:.3f}",
            f"{_share((1 + evaluation.kendall) / 2)} of pairs in their order",
        ),
        ("mean error", f"{evaluation.mean_error:.4g}", f"{plain:.4g} if all are said to be the median"),
    ]
    for k, share in evaluation.precision.items():
        chance = _share(k / evaluation.rows)
        cards.append((f"of its {k} best", _share(share), f"are among the true {k} best; by chance {chance}"))
    shown = "".join(f"<div><span>{name}</span><b>{value}</b><span>{note}</span></div>" for name, value, note in cards)
    return f'<div class="figures">{shown}</div>'


def _errs(evaluation: DeltaEvaluation) -> str:
    """Errors of the lower, middle and upper part of the true values."""
    rows = "".join(
        f'<tr><td>{name}</td><td class="number">{count:,}</td><td class="number">{error:.4g}</td>'
        f'<td class="number">{bias:+.4g}</td></tr>'
        for name, error, bias, count in parts(evaluation)
    )
    return (
        '<table><tr><th>by true value</th><th class="number">architectures</th><th class="number">mean error</th>'
        f'<th class="number">predicted minus true</th></tr>{rows}</table>'
    )


def parts(evaluation: DeltaEvaluation) -> list[Part]:
    """(name, mean error, mean of predicted minus true, how many) of the lowest, middle and highest third."""
    order = np.argsort(evaluation.truth, kind="stable")
    found = []
    for name, rows in zip(
        ("lowest third", "middle third", "highest third"), np.array_split(order, _PARTS), strict=True
    ):
        if len(rows):
            error = evaluation.mean[rows] - evaluation.truth[rows]
            found.append((name, float(np.abs(error).mean()), float(error.mean()), len(rows)))
    return found


def _sure(evaluation: DeltaEvaluation) -> str:
    """What the deviations cover, and what follows."""
    one, two = evaluation.within
    said = "about as large as the errors are"
    if one < _SURE:
        said = "too small: errors are larger than they say"
    elif one > _UNSURE:
        said = "too large: errors are smaller than they say"
    return (
        f"<p>{_share(one)} of the true values lie within one predicted deviation and {_share(two)} within two; of a "
        f"normal law it is 68 % and 95 %. So the deviations are {said}.</p>"
    )


def _next(predictor: DeltaPredictor, evaluation: DeltaEvaluation) -> str:
    """What its user would do with it."""
    found = ["<code>archgraph delta predict DELTA GRAPHS -o OUT</code> puts new architectures in order."]
    worst = max(parts(evaluation), key=lambda part: part[1])
    found.append(
        f"Errors are largest in the {worst[0]} of the values ({worst[1]:.4g}): labels there would tell it most. "
        "<code>archgraph delta suggest DELTA --space SPACE -n 10 -o OUT</code> names architectures that are worth one."
    )
    found.append(
        f"<code>archgraph search delta</code> starts from its {len(predictor.anchors)} labels with "
        "<code>--start-from TABLE</code>; <code>archgraph explore TABLE --delta DELTA</code> shows what an edit would "
        "change."
    )
    return "<ul>" + "".join(f"<li>{one}</li>" for one in found) + "</ul>"


def _figures(evaluation: DeltaEvaluation) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{_text(v)}</td></tr>" for name, v in evaluation.summary().items()
    )
    return f"<table>{rows}</table>"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


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
    return f"<figure>{svg(figure)}</figure>"


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{html.escape(str(name))} {_text(part)}" for name, part in value.items())
    return html.escape(str(value))
