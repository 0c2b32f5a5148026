"""`archgraph info` and `archgraph draw`: looking at graph files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archgraph.cli.common import Graphs, Json, check_file, print_result, print_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PIXELS = 30_000
"""Longest side of a .png picture; matplotlib takes no more than twice that."""


def info(graphs: Graphs, as_json: Json = False) -> None:
    """Describe a file of graphs: counts, sizes, operations, duplicates, metrics."""
    from collections import Counter

    import numpy as np

    from archgraph.ops import OPS
    from archgraph.table.table import ArchTable

    table = ArchTable.read(graphs)
    used = np.bincount(table.op_index, minlength=len(OPS))
    distinct = len(set(table.hashes()))
    metrics = {str(name): _measured(values.to_numpy()) for name, values in table.metrics.items()}
    result: dict[str, Any] = {
        "graphs": len(table),
        "distinct": distinct,
        "duplicates": len(table) - distinct,
        "spaces": dict(Counter(name or "(none)" for name in table.space)),
        "nodes": _spread(table.graph_sizes),
        "edges": _spread(np.diff(table.edge_ptr)),
        "with meta": 0 if table.meta_texts is None else len(table) - table.meta_texts.null_count,
        "operations": {OPS[i].name: int(used[i]) for i in np.argsort(-used, kind="stable") if used[i]},
    }
    if as_json:
        print_result(result | {"metrics": metrics}, as_json)
        return
    print_result(result, as_json)
    if metrics:
        print_table(("metric", "measured", "least", "mean", "most"), ((k, *v.values()) for k, v in metrics.items()))


def _spread(numbers: NDArray[np.integer[Any]]) -> dict[str, float]:
    return {"least": int(numbers.min()), "mean": float(numbers.mean()), "most": int(numbers.max())}


def _measured(numbers: NDArray[np.float64]) -> dict[str, float | None]:
    """How many rows are measured, and the least, mean and largest of them; None where there is none."""
    known = numbers[numbers == numbers]
    if not len(known):
        return {"measured": 0, "least": None, "mean": None, "most": None}
    return {
        "measured": len(known),
        "least": float(known.min()),
        "mean": float(known.mean()),
        "most": float(known.max()),
    }


def draw(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write, .svg or .png.")],
    id: Annotated[str | None, typer.Option("--id", help="The graph to draw; default the first 12.")] = None,
) -> None:
    """Draw graphs."""
    from archgraph.draw import draw_graphs
    from archgraph.errors import InputError
    from archgraph.persistence.files import atomic_path
    from archgraph.table.table import ArchTable

    check_file(output, "a picture", ".svg", ".png")
    table = ArchTable.read(graphs)
    rows = [i for i, name in enumerate(table.ids) if id is None or name == id][:12]
    if not rows:
        raise InputError(f"{graphs} has no graph with id {id!r}; `archgraph info` describes the file")
    figure = draw_graphs([table[i] for i in rows], [str(table.ids[i]) for i in rows])
    with atomic_path(output) as temporary:
        figure.savefig(temporary, dpi=min(150, MAX_PIXELS / max(figure.get_size_inches())))
