"""How good a difference predictor is on labelled architectures."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr

from archgraph.edits.paths import edit_distance
from archgraph.errors import InputError
from archgraph.reports.report_look import html_table
from archgraph.seeds import derive_seed
from archgraph.table.table import ArchTable
from encoders.delta.predictor import DeltaPredictor
from encoders.delta.table_features import Rows, TableFeatures
from encoders.features.metrics import metric_values

_PAIRS = 300  # pairs of either sort whose edit distance is taken
_MOST_NODES = 16  # beyond, exact edit distances take too long
_SCREENED = 20_000  # rows among which near pairs are looked for
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DeltaEvaluation:
    """Figures of a predictor on rows with a metric.

    Attributes:
        metric: the metric scored against, which may be another than the one learned from.
        rows: architectures scored; those learned from are left out.
        kendall, spearman: rank correlation of predicted and true values.
        precision: k -> share of the k predicted best that are among the true k best.
        mean_error: mean absolute error of the values.
        within: share of true values within 1 and 2 predicted deviations (of a normal law .683 and .954).
        distances: edits -> mean absolute error of predicted differences, share of right signs, pairs.
        cycles: mean of |d(a,b) + d(b,c) + d(c,a)| over the mean difference of two scores, of random triples, before
            they are closed.
        truth, mean, std: of each row scored.
        names: ids of the rows scored.
        graphs: the rows scored.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import evaluate_delta, load_delta
        >>> evaluation = evaluate_delta(load_delta("delta"), ArchTable.read("cells.parquet"), "nodes")
        >>> evaluation.rows, evaluation.kendall > 0.5, len(evaluation.within)
        (20, True, 2)
    """

    metric: str
    rows: int
    kendall: float
    spearman: float
    precision: dict[int, float]
    mean_error: float
    within: tuple[float, float]
    distances: dict[int, tuple[float, float, int]]
    cycles: float
    truth: Floats
    mean: Floats
    std: Floats
    names: tuple[str, ...]
    graphs: ArchTable

    def summary(self) -> dict[str, Any]:
        """The figures without the rows, for a file or the screen."""
        left_out = ("truth", "mean", "std", "names", "graphs", "distances", "within", "precision")
        figures = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in left_out}
        figures |= {f"precision@{k}": share for k, share in self.precision.items()}
        figures |= {"within 1 std": self.within[0], "within 2 std": self.within[1]}
        for edits, (error, sign, pairs) in self.distances.items():
            figures[f"{edits} edits"] = {"error": error, "signs right": sign, "pairs": pairs}
        return figures

    def _repr_html_(self) -> str:
        return figures_table(self)


def evaluate_delta(
    predictor: DeltaPredictor,
    table: ArchTable,
    metric: str,
    lower_is_better: bool = False,
    seed: int = 0,
    known: TableFeatures | None = None,
) -> DeltaEvaluation:
    """Score a predictor on all rows of a table that have the metric and were not learned from.

    Args:
        predictor: what to score.
        table: architectures with the metric.
        metric: what is true.
        lower_is_better: what the k best are.
        seed: draws the pairs.
        known: the features of the table's rows, as `DeltaPredictor.fit_on` gives them; default none are known.

    Raises:
        InputError: no such metric, fewer than 2 rows remain, or these have one value.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import evaluate_delta, load_delta
        >>> evaluation = evaluate_delta(load_delta("delta"), ArchTable.read("cells.parquet"), "nodes")
        >>> list(evaluation.summary())[:4]
        ['metric', 'rows', 'kendall', 'spearman']
    """
    values = metric_values(table, metric)
    learned = set(predictor.anchors.hashes())
    new = np.array([key not in learned for key in table.hashes()], dtype=np.bool_)
    rows = np.flatnonzero(new & np.isfinite(values))
    if len(rows) < 2:
        raise InputError(f"{len(rows)} graphs have a {metric} and were not learned from; at least 2 are needed")
    truth = values[rows]
    if np.ptp(truth) == 0:
        raise InputError(f"{metric} is {truth[0]:g} for every graph that was not learned from; nothing ranks them")
    known = known or TableFeatures(predictor.features, table)
    predicted = predictor.predict_rows(known, rows)
    z = np.abs(truth - predicted.mean) / predicted.std
    sign = -1 if lower_is_better else 1
    rng = np.random.default_rng(derive_seed(seed, "evaluate"))
    return DeltaEvaluation(
        metric=metric,
        rows=len(rows),
        kendall=float(kendalltau(predicted.mean, truth)[0]),
        spearman=float(spearmanr(predicted.mean, truth)[0]),
        precision={k: _precision(sign * predicted.mean, sign * truth, k) for k in (10, 50) if k < len(rows)},
        mean_error=float(np.abs(truth - predicted.mean).mean()),
        within=(float((z <= 1).mean()), float((z <= 2).mean())),
        distances=_by_distance(predictor, known, rows, truth, rng),
        cycles=_cycles(predictor, known, rows, rng),
        truth=truth,
        mean=predicted.mean,
        std=predicted.std,
        names=tuple(str(table.ids[row]) or f"row {row}" for row in rows),
        graphs=table[rows],
    )


def figures_table(evaluation: DeltaEvaluation) -> str:
    """All figures as a table of HTML."""
    rows = [(name, _shown(value)) for name, value in evaluation.summary().items() if name != "metric"]
    return html_table(("scored against", evaluation.metric), rows, (1,))


def _shown(value: object) -> str:
    """A figure as text; one of several parts with their names."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _precision(predicted: Floats, truth: Floats, k: int) -> float:
    best = set(np.argsort(-truth, kind="stable")[:k].tolist())
    return len(best & set(np.argsort(-predicted, kind="stable")[:k].tolist())) / k


def near_pairs(known: TableFeatures, rows: Rows, rng: np.random.Generator) -> Rows:
    """Pairs that are probably few edits apart, and as many at random, as positions in `rows`; [P, 2].

    Near are rows whose features differ least, among a part of them.
    """
    some = rng.permutation(len(rows))[:_SCREENED]
    x = known(rows[some])
    standard = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-6)
    starts = rng.permutation(len(some))[: max(1, _PAIRS // 4)]
    pairs, apart = [], np.empty_like(standard)
    for start in starts:
        np.subtract(standard, standard[start], out=apart)
        gaps = np.abs(apart, out=apart).sum(axis=1)
        gaps[start] = np.inf
        pairs += [(some[start], some[other]) for other in np.argsort(gaps)[: min(4, len(some) - 1)]]
    drawn = rng.integers(len(rows), size=(_PAIRS, 2))
    return np.concatenate([np.array(pairs, dtype=np.intp).reshape(-1, 2), drawn[drawn[:, 0] != drawn[:, 1]]])


def _by_distance(
    predictor: DeltaPredictor, known: TableFeatures, rows: Rows, truth: Floats, rng: np.random.Generator
) -> dict[int, tuple[float, float, int]]:
    if known.table.graph_sizes[rows].max() > _MOST_NODES:
        return {}
    pairs = near_pairs(known, rows, rng)
    edits = np.array([_distance(known.table, int(a), int(b)) for a, b in rows[pairs]])
    first, second = (predictor.encode_rows(known, rows[side]) for side in pairs.T)
    predicted = predictor.difference_of(first, second).mean
    wanted = truth[pairs[:, 1]] - truth[pairs[:, 0]]
    found = {}
    for edit in np.unique(edits[edits > 0]).tolist():
        at = edits == edit
        signed = at & (wanted != 0)
        right = float((np.sign(predicted[signed]) == np.sign(wanted[signed])).mean()) if signed.any() else float("nan")
        found[int(edit)] = (float(np.abs(predicted - wanted)[at].mean()), right, int(at.sum()))
    return found


def _distance(table: ArchTable, a: int, b: int) -> int:
    try:
        return edit_distance(table[a], table[b])
    except InputError:  # too far apart for an exact distance
        return -1


def _cycles(predictor: DeltaPredictor, known: TableFeatures, rows: Rows, rng: np.random.Generator) -> float:
    encoded = predictor.encode_rows(known, rows[rng.integers(len(rows), size=min(len(rows), 500))])
    a, b, c = (torch.from_numpy(rng.permutation(len(encoded.score))) for _ in range(3))
    u = encoded.context
    open_part = np.sum([predictor.context_term(u[:, s], u[:, t]) for s, t in ((a, b), (b, c), (c, a))], axis=0)
    steps = encoded.score[b.numpy()] - encoded.score[a.numpy()]
    return float(np.abs(open_part).mean() / max(np.abs(steps).mean(), 1e-12))
