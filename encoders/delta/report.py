"""The readable report of a difference predictor: one HTML file with its pictures inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from archgraph.persistence.files import write_text
from archgraph.reports.figures import Figure, svg
from archgraph.reports.report_look import html_table, report_page
from archgraph.texts import in_html
from encoders.delta.evaluation import DeltaEvaluation, figures_table
from encoders.delta.figures import calibration_figure, distances_figure, predictions_figure
from encoders.delta.predictor import DeltaPredictor

_WORST = 20  # errors that are listed
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
    metric, learned = in_html(evaluation.metric), in_html(predictor.metric)
    body = f"""<h1>Difference predictor: {learned}</h1>
<p>Learned from {len(predictor.anchors)} labelled architectures, {len(predictor.features.names)} features of each;
scored against {metric} of {evaluation.rows:,} others.</p>
<h2>How good is it?</h2>{_good(evaluation)}{_drawn(predictions_figure(evaluation))}
<p class="note">A point is an architecture, which it names and draws when pointed at; on the line it would be
predicted exactly.</p>
<h2>Where does it err?</h2>{_errs(evaluation)}{_drawn(distances_figure(evaluation)) if evaluation.distances else ""}
<h2>How sure is it?</h2>{_sure(evaluation)}{_drawn(calibration_figure(evaluation))}
<p class="note">Below the line deviations are smaller than errors.</p>
<h2>What next?</h2>{_next(predictor, evaluation)}
<details><summary>All figures</summary>{figures_table(evaluation)}
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
    """Errors of the lower, middle and upper part of the true values, and the architectures with the largest."""
    found = [(name, f"{count:,}", f"{error:.4g}", f"{bias:+.4g}") for name, error, bias, count in parts(evaluation)]
    error = evaluation.mean - evaluation.truth
    worst = [
        (evaluation.names[row], *(f"{v:.5g}" for v in (evaluation.truth[row], evaluation.mean[row])), f"{off:+.3g}")
        for row, off in ((row, error[row]) for row in np.argsort(-np.abs(error), kind="stable")[:_WORST])
    ]
    by_value = html_table(("by true value", "architectures", "mean error", "predicted minus true"), found, (1, 2, 3))
    by_row = html_table(("architecture", "true", "predicted", "predicted minus true"), worst, (1, 2, 3))
    return f"{by_value}<details><summary>The {len(worst)} largest errors</summary>{by_row}</details>"


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


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _drawn(figure: Figure) -> str:
    return f"<figure>{svg(figure)}</figure>"
