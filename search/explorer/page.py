"""The explorer as one file of HTML: the data in columns, and a page that shows them on a canvas."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, select_autoescape
from numpy.typing import NDArray

from archgraph.errors import GraphError, InputError
from archgraph.ops import OPS
from archgraph.persistence.files import write_text
from archgraph.reports.page_drawing import DRAWING
from archgraph.texts import printable
from encoders.delta.predictor import DeltaPredictor
from search.explorer.neighbors import NeighborPairs, edit_pairs, nearest, with_differences
from search.explorer.sources import Explored

Progress = Callable[[str, int, int], None]
"""Is given what is done, how much of it, and of how much."""


def write_explorer(
    explored: Explored, output: Path, predictor: DeltaPredictor | None = None, progress: Progress = lambda *_: None
) -> dict[str, Any]:
    """Write the page; returns what it holds, by name.

    Args:
        explored: what is shown.
        output: an .html file, written whole or not at all.
        predictor: adds `predicted` and `std` as metrics, and the difference to each one-edit neighbour.
        progress: is told of the work.

    Raises:
        InputError: the predictor does not read these architectures, or the folder cannot be written.

    Example:
        >>> from pathlib import Path
        >>> from search.explorer.sources import read_source
        >>> found = read_source("data/examples/dag_cells.jsonl")
        >>> write_explorer(found, Path("explorer.html"))["architectures"]  # doctest: +SKIP
        12
    """
    table = explored.table
    progress("points", 0, 1)
    points = _standard(explored.embed(table))
    flat, share = plane(points)
    near, far = nearest(points)
    progress("points", 1, 1)
    pairs = None
    if explored.space is not None:
        pairs = edit_pairs(table, explored.space, lambda done: progress("edits", done, len(table)))
    metrics = {name: table.metrics[name].to_numpy(float) for name in table.metrics}
    if predictor is not None:
        found = predictor.predict(table)
        metrics |= {"predicted": found.mean, "std": found.std}
        pairs = None if pairs is None else with_differences(pairs, table, predictor)
    data = {
        "title": printable(explored.title),
        "notes": [printable(note) for note in explored.notes],
        "share": share,
        "metric": None if predictor is None else printable(predictor.metric),
        "ids": [printable(str(name)) for name in table.ids],
        "natives": _natives(explored),
        "space": "" if explored.space is None else explored.space.name,
        "xy": packed(flat),
        "metrics": {printable(name): packed(values) for name, values in metrics.items()},
        "near": packed(near),
        "far": packed(far),
        "path": [[step.point, step.value] for step in explored.path],
        **_graphs(explored),
        **_edits(pairs),
    }
    environment = Environment(loader=PackageLoader("search.explorer", "."), autoescape=select_autoescape())
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    page = environment.get_template("explorer.html.j2").render(title=data["title"], data=text, drawing=DRAWING)
    write_text(output, page)
    count = 0 if pairs is None else len(pairs.to)
    size = len(page.encode())
    return {
        "architectures": len(table),
        "metrics": len(metrics),
        "edits": count,
        "trials": len(explored.path),
        "bytes": size,
    }


def plane(points: NDArray[np.float32]) -> tuple[NDArray[np.float64], list[float]]:
    """The first two principal components of points [N, latent], and the share of the variance that each has."""
    centered = np.asarray(points, dtype=float) - points.mean(axis=0)
    values, vectors = np.linalg.eigh(centered.T @ centered)
    axes = vectors[:, ::-1][:, :2]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)  # the same way round every time
    total = max(float(values.sum()), 1e-12)
    return centered @ axes, [round(float(value) / total, 4) for value in values[::-1][:2]]


def packed(values: NDArray[Any]) -> str:
    """Numbers as base64, little-endian, behind a letter: whole ones as `B`, `H` or `I` by their size, others as `f`."""
    array = np.asarray(values)
    letter = "f"
    if array.dtype.kind in "iu":
        most = int(array.max(initial=0))
        letter = "B" if most < 1 << 8 else "H" if most < 1 << 16 else "I"
    kind = {"B": "u1", "H": "<u2", "I": "<u4", "f": "<f4"}[letter]
    return letter + base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode("ascii")


def _standard(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points on one scale."""
    scale = float(np.sqrt(points.var(axis=0).sum()))
    return points / (scale or 1.0)


def _natives(explored: Explored) -> list[str] | None:
    """Native forms, where they are not the ids."""
    if explored.space is None:
        return None
    try:
        found = [explored.space.to_native(graph) for graph in explored.table]
    except (GraphError, InputError):
        return None
    return None if found == [str(name) for name in explored.table.ids] else found


def _graphs(explored: Explored) -> dict[str, Any]:
    """Operations and edges of all graphs, one after another."""
    columns, table = explored.table.columns, explored.table
    used, ops = np.unique(np.asarray(table.op_index), return_inverse=True)
    return {
        "operations": [OPS[i].name for i in used.tolist()],
        "ops": packed(ops),
        "nodes": packed(np.diff(columns.node_ptr)),
        "edges": packed(columns.edges.T),
        "edgeCounts": packed(np.diff(columns.edge_ptr)),
    }


def _edits(pairs: NeighborPairs | None) -> dict[str, Any]:
    if pairs is None:
        return {}
    found = {"editStarts": packed(pairs.starts), "editTo": packed(pairs.to)}
    return found if pairs.differences is None else found | {"editBy": packed(pairs.differences)}
