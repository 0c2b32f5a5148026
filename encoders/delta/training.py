"""A difference predictor from labels to its folder, with a report on the labels that it was not given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import filter as matching
from pathlib import Path

from archgraph.errors import InputError
from archgraph.persistence.folders import check_folder
from archgraph.table.table import ArchTable
from encoders.delta.checkpoint import KIND, load_delta, save_delta
from encoders.delta.evaluation import DeltaEvaluation, evaluate_delta
from encoders.delta.predictor import DeltaPredictor
from encoders.delta.report import write_report
from encoders.embedding.networks import Encoder

REPORT = "report.html"


@dataclass(frozen=True)
class TrainedDelta:
    """What a training gives.

    Attributes:
        predictor: as it stands in its folder.
        evaluation: on the labelled graphs that it did not learn from; None where it learned from all.

    Example:
        >>> from encoders import TrainedDelta, load_delta
        >>> trained = TrainedDelta(load_delta("delta"), evaluation=None)
        >>> trained.predictor
        DeltaPredictor(nodes, 20 labels, 76 features)
    """

    predictor: DeltaPredictor
    evaluation: DeltaEvaluation | None


def train_delta(
    table: ArchTable | Path | str,
    metric: str,
    folder: Path | str,
    train_size: int | None = None,
    columns: Sequence[str] = (),
    encoder: Encoder | None = None,
    warm_start: Sequence[DeltaPredictor | Path | str] = (),
    lower_is_better: bool = False,
    seed: int = 0,
    device: str = "cpu",
    frozen: bool = False,
) -> TrainedDelta:
    """Learn to predict differences of a metric, write the predictor's folder, and score it on the other labels.

    Args:
        table: architectures with the metric, or their file.
        metric: a column of numbers.
        folder: where the checkpoint is written, with a report where there are other labels.
        train_size: labels to draw by `seed`; default all.
        columns: metrics that are known of every graph, or several as in `propagation_*`.
        encoder: trained without labels, its folder, or the name of one that ships; default none.
        warm_start: predictors of other metrics or spaces to start from, or their folders.
        lower_is_better: the best have the lowest values (latency, energy).
        seed: of every random choice.
        device: where networks are trained.
        frozen: as for `DeltaPredictor.fit_on`.

    Raises:
        InputError: a file cannot be read, the folder cannot be written, or as of `DeltaPredictor.fit_on`.

    Example:
        >>> from encoders import load_delta, train_delta
        >>> trained = train_delta("cells.parquet", "nodes", "delta-of-10", train_size=10)
        >>> trained.evaluation.rows, load_delta("delta-of-10").metric
        (30, 'nodes')
    """
    check_folder(Path(folder), KIND)
    graphs = table if isinstance(table, ArchTable) else ArchTable.read(table)
    sources = [load_delta(start) if isinstance(start, Path | str) else start for start in warm_start]
    known = _matching(list(map(str, graphs.metrics)), columns)
    predictor, features = DeltaPredictor.fit_on(
        graphs, metric, train_size, known, encoder, seed, device, sources, frozen
    )
    save_delta(predictor, folder)
    try:
        evaluation = evaluate_delta(predictor, graphs, metric, lower_is_better, seed, features)
    except InputError:  # every label was learned from
        return TrainedDelta(predictor, None)
    write_report(Path(folder) / REPORT, predictor, evaluation)
    return TrainedDelta(predictor, evaluation)


def _matching(metrics: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The metrics that match any pattern, each once; a pattern that matches none stands for itself."""
    return list(dict.fromkeys(name for pattern in patterns for name in matching(metrics, pattern) or [pattern]))
