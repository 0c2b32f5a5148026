"""Figures of the demo's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archgraph.graph import ArchGraph
from archgraph.reports.figures import Figure, name_points
from archgraph.spaces.base import Space
from encoders.embedding.buckets import BucketGenerator

COLORS = {"fade": "#2e7ebb", "random": "#7f8c99", "tpe": "#d9822b"}


def convergence_figure(histories: Mapping[str, Sequence[Mapping[str, Any]]], space: Space | None = None) -> Figure:
    """Lowest validation loss so far against cost, and each evaluation as a point, which names its architecture.

    Args:
        histories: of each method the rows `cost` in 10^9 multiply-adds, `loss`, `best` and `architecture`.
        space: of the architectures, which then are drawn where a report's points are pointed at.

    Example:
        >>> from search import convergence_figure
        >>> rows = [{"cost": 1.0, "loss": 2.3, "best": 2.3, "architecture": "1:"}]
        >>> convergence_figure({"random": rows}).axes[0].get_xlabel()
        'cost, $10^9$ multiply-adds'
    """
    figure = Figure(figsize=(6.1, 3.5), layout="constrained")
    axes = figure.subplots()
    for method, rows in histories.items():
        cost = [row["cost"] for row in rows]
        axes.step(cost, [row["best"] for row in rows], where="post", color=COLORS.get(method), label=method, lw=2)
        points = axes.scatter(cost, [row["loss"] for row in rows], s=12, color=COLORS.get(method), alpha=0.4)
        graphs = [space.from_native(row["architecture"]) for row in rows] if space else ()
        name_points(points, [f"{method}, loss {row['loss']:.4f}\n{row['architecture']}" for row in rows], graphs)
    losses = np.array([row["loss"] for rows in histories.values() for row in rows])
    axes.set_ylim(losses.min() * 0.95, np.quantile(losses, 0.9))
    axes.set_xlabel("cost, $10^9$ multiply-adds")
    axes.set_ylabel("validation loss, nats")
    axes.legend(frameon=False)
    axes.grid(alpha=0.25)
    return figure


def agreement_figure(
    scores: Mapping[str, Sequence[float]],
    accuracy: Sequence[float],
    names: Sequence[str],
    graphs: Sequence[ArchGraph] = (),
) -> Figure:
    """Stand-alone accuracy against each score, one panel a score.

    Args:
        scores: name -> one number a network.
        accuracy: of each network, trained by itself.
        names: what a point says of its network when it is pointed at.
        graphs: what it draws then.

    Example:
        >>> from search import agreement_figure
        >>> len(agreement_figure({"rank": [0.1, 0.4], "depth": [1, 2]}, [0.8, 0.9], ["a", "b"]).axes)
        2
    """
    figure = Figure(figsize=(3.2 * len(scores), 3.2), layout="constrained")
    panels = figure.subplots(1, len(scores), sharey=True, squeeze=False)[0]
    for axes, (name, values) in zip(panels, scores.items(), strict=True):
        name_points(axes.scatter(values, accuracy, s=16, color="#2e7ebb", alpha=0.8), names, graphs)
        axes.set_xlabel(name, fontsize=8)
        axes.grid(alpha=0.25)
    panels[0].set_ylabel("stand-alone validation accuracy")
    return figure


def buckets_figure(generator: BucketGenerator) -> Figure:
    """The first two whitened coordinates of the embedding: buckets, and the graphs' sizes in nodes.

    Example:
        >>> from encoders import load_encoder
        >>> from search import buckets_figure
        >>> buckets_figure(load_encoder("encoder").generator).axes[0].get_title()
        'buckets'
    """
    points, bucket_of, sizes = generator.points, generator.bucket_of, generator.members.graph_sizes
    names = [f"{name}\nbucket {bucket}" for name, bucket in zip(generator.members.ids, bucket_of, strict=True)]
    graphs = [generator.members[row] for row in range(len(points))]
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    name_points(left.scatter(points[:, 0], points[:, 1], c=bucket_of % 20, cmap="tab20", s=12), names, graphs)
    left.set_title("buckets", fontsize=9)
    shown = right.scatter(points[:, 0], points[:, 1], c=sizes, cmap="viridis", s=12)
    right.set_title("nodes of the graph", fontsize=9)
    name_points(shown, names, graphs)
    figure.colorbar(shown, ax=right)
    return figure
