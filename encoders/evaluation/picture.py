"""A picture of the embedding space: two dimensions of it, coloured by a metric, with some of the graphs drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from archgraph.drawing.graphs import draw_panel, legend_handles
from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.reports.figures import Figure
from archgraph.table.table import ArchTable
from encoders.features.metrics import metric_values

_SHOWN = 20_000
_LANDMARKS = 8
_FEWEST = 3


def embedding_picture(
    table: ArchTable, embeddings: NDArray[np.floating], metric: str | None = None, seed: int = 0
) -> Figure:
    """The first two principal components of the embeddings; landmarks spread over them are drawn at the side.

    Args:
        embeddings: [len(table), latent]; at least 3 graphs, or their plane is none.
        metric: colours the points; default the number of nodes.
        seed: draws the graphs shown where there are more than 20,000, and the landmarks.

    Raises:
        InputError: fewer than 3 graphs, or no such metric.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import embedding_picture, load_encoder
        >>> cells = ArchTable.read("cells.parquet")
        >>> figure = embedding_picture(cells, load_encoder("encoder").pretrained.encoder.encode(cells).numpy(), "nodes")
        >>> figure.savefig("embedding.png")
    """
    values = metric_values(table, metric) if metric else table.graph_sizes.astype(float)
    if len(table) < _FEWEST:
        raise InputError(f"a picture of the space shows at least {_FEWEST} graphs, but got {len(table)}")
    rows = np.random.default_rng(seed).permutation(len(table))[:_SHOWN]
    centered = embeddings[rows] - embeddings.mean(axis=0)
    flat = centered @ np.linalg.svd(centered, full_matrices=False)[2][:2].T
    values = values[rows]
    landmarks = _landmarks(flat, min(_LANDMARKS, len(flat)), seed)
    figure = Figure(figsize=(13, 6.5), layout="constrained")
    halves = figure.subfigures(1, 2, width_ratios=(1.25, 1))
    assert isinstance(halves, np.ndarray)
    left, right = halves
    axes = left.subplots()
    low, high = np.nanpercentile(values, [10, 99])
    shown = axes.scatter(
        flat[:, 0], flat[:, 1], c=values, s=6 if len(flat) > 2000 else 16, cmap="viridis", vmin=low, vmax=high, lw=0
    )
    bar = left.colorbar(shown, ax=axes, extend="both" if metric else "neither")
    bar.set_label(metric or "nodes", parse_math=False)
    axes.set_xlabel("first principal component of the embeddings")
    axes.set_ylabel("second")
    panels = right.subplots(-(-_LANDMARKS // 2), 2).ravel()
    operations = {OPS[i].name for i in np.unique(table.op_index).tolist()}
    for number, panel in enumerate(panels):
        panel.set_axis_off()
        if number < len(landmarks):
            row = landmarks[number]
            point = (float(flat[row, 0]), float(flat[row, 1]))
            box = {"boxstyle": "circle", "fc": "white", "ec": "black", "lw": 0.8}
            axes.annotate(str(number + 1), point, ha="center", va="center", fontsize=9, bbox=box, zorder=5)
            value = f"{values[row]:.4g}" if metric else f"{values[row]:.0f} nodes"
            draw_panel(table[int(rows[row])], panel, operations, f"{number + 1}: {value}")
    handles = legend_handles(axes, operations)
    right.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def _landmarks(flat: NDArray[np.floating], count: int, seed: int) -> NDArray[np.intp]:
    """The rows nearest to the centers of a k-means partition, from left to right."""
    centers = KMeans(count, n_init=1, random_state=seed).fit(flat).cluster_centers_
    nearest = ((flat[:, None] - centers[None]) ** 2).sum(axis=2).argmin(axis=0)
    return nearest[np.argsort(flat[nearest, 0])]
