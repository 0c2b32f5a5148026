"""How good an encoder is, in all spaces that it knows and on a metric."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from archgraph.errors import InputError
from archgraph.table.table import ArchTable
from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from encoders.evaluation.generation import evaluate
from encoders.evaluation.probe import probe
from encoders.features.metrics import metric_values


def evaluate_encoder(
    encoder: EncoderCheckpoint | Path | str,
    graphs: ArchTable | Path | str | None = None,
    metric: str | None = None,
    score: str | None = None,
    labels: int = 100,
    seeds: int = 5,
    draws: int = 10_000,
    pairs: int = 2_000,
) -> dict[str, Any]:
    """Measure an encoder: what comes back, what the prior gives, how smooth it is, and what it knows of a metric.

    Args:
        encoder: a trained encoder, or its folder.
        graphs: labelled graphs, or their file, for the metric.
        metric: whose labels a Gaussian process on the embeddings learns from.
        score: metric that it is scored against; default the same.
        labels: that it learns from.
        seeds: random sets of labels.
        draws: points drawn from the prior.
        pairs: pairs of graphs within 6 edits.

    Returns:
        for each space that can be decoded, the measures of `evaluation.generation`; under `probe` the agreement with
        the metric.

    Raises:
        InputError: there is nothing to measure, or too few graphs have the metric.

    Example:
        >>> from encoders import evaluate_encoder
        >>> sorted(evaluate_encoder("encoder", "cells.parquet", "nodes", labels=20, draws=10, pairs=10))
        ['dag:1-4', 'probe']
    """
    checkpoint = encoder if isinstance(encoder, EncoderCheckpoint) else load_encoder(encoder)
    if not (checkpoint.pretrained.decoders or graphs is not None or metric):
        raise InputError("this encoder was trained on graphs of no known space: probe it with GRAPHS and --metric")
    probed = {}
    if graphs is not None or metric:
        if graphs is None or not metric:
            raise InputError("the probe needs both a file of labelled graphs and --metric")
        probed["probe"] = _probe(checkpoint, graphs, metric, score or metric, labels, seeds)
    result: dict[str, Any] = {}
    members = checkpoint.generator.members
    for space in checkpoint.spaces:
        if space.name in checkpoint.pretrained.decoders:
            trained_on, unseen = (rows[members.space[rows] == space.name] for rows in checkpoint.parts())
            result[space.name] = evaluate(checkpoint, space, members[unseen], members[trained_on], draws, pairs)
    return result | probed


def _probe(
    checkpoint: EncoderCheckpoint, graphs: ArchTable | Path | str, metric: str, score: str, labels: int, seeds: int
) -> dict[str, float]:
    """Kendall tau of a Gaussian process on frozen embeddings."""
    table = graphs if isinstance(graphs, ArchTable) else ArchTable.read(graphs)
    train, scored = (metric_values(table, name) for name in (metric, score))
    rows = np.flatnonzero(np.isfinite(train) & np.isfinite(scored))
    if len(rows) <= labels:
        raise InputError(f"{len(rows)} graphs have both metrics, too few for {labels} labels and a rest")
    embeddings = checkpoint.pretrained.encoder.encode(table[rows]).numpy()
    taus = probe(embeddings, train[rows], scored[rows], labels, range(seeds))
    return {"labels": labels, "kendall_tau": float(np.mean(taus)), "std": float(np.std(taus)), "seeds": seeds}
