"""Figures of the demo's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

COLORS = {"fade": "#2e7ebb", "random": "#7f8c99", "tpe": "#d9822b"}


def convergence(histories: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Lowest validation loss so far against cost, and each evaluation as a point."""
    figure = Figure(figsize=(7, 3.8), layout="constrained")
    axes = figure.subplots()
    for method, rows in histories.items():
        cost = [row["cost"] for row in rows]
        axes.step(cost, [row["best"] for row in rows], where="post", color=COLORS.get(method), label=method, lw=2)
        axes.scatter(cost, [row["loss"] for row in rows], s=10, color=COLORS.get(method), alpha=0.35)
    losses = np.array([row["loss"] for rows in histories.values() for row in rows])
    axes.set_ylim(losses.min() * 0.95, np.quantile(losses, 0.9))
    axes.set_xlabel("cost, $10^9$ multiply-adds")
    axes.set_ylabel("validation loss, nats")
    axes.legend(frameon=False)
    axes.grid(alpha=0.25)
    return figure


def correlation(scores: Mapping[str, Sequence[float]], accuracy: Sequence[float]) -> Figure:
    """Stand-alone accuracy against each score, one panel a score."""
    figure = Figure(figsize=(3.2 * len(scores), 3.2), layout="constrained")
    panels = figure.subplots(1, len(scores), sharey=True, squeeze=False)[0]
    for axes, (name, values) in zip(panels, scores.items(), strict=True):
        axes.scatter(values, accuracy, s=16, color="#2e7ebb", alpha=0.8)
        axes.set_xlabel(name, fontsize=8)
        axes.grid(alpha=0.25)
    panels[0].set_ylabel("stand-alone validation accuracy")
    return figure


def embedding(points: np.ndarray[Any, Any], bucket_of: np.ndarray[Any, Any], sizes: np.ndarray[Any, Any]) -> Figure:
    """The first two whitened coordinates of the embedding: buckets, and the graphs' sizes in nodes."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.scatter(points[:, 0], points[:, 1], c=bucket_of % 20, cmap="tab20", s=12)
    left.set_title("buckets", fontsize=9)
    shown = right.scatter(points[:, 0], points[:, 1], c=sizes, cmap="viridis", s=12)
    right.set_title("nodes of the graph", fontsize=9)
    figure.colorbar(shown, ax=right)
    return figure
