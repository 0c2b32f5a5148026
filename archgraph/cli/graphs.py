"""`archgraph info` and `archgraph draw`: looking at graph files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from archgraph.cli.common import Graphs, Json, print_result


def info(graphs: Graphs, as_json: Json = False) -> None:
    """Describe a file of graphs: counts, sizes, operations, duplicates, metrics."""
    from collections import Counter

    from archgraph.ops import OPS
    from archgraph.table import ArchTable

    table = ArchTable.read(graphs)
    counts = Counter(OPS[i].name for i in table.op_index.tolist())
    sizes = table.graph_sizes
    result: dict[str, Any] = {
        "graphs": len(table),
        "distinct": len(set(table.hashes())),
        "spaces": dict(Counter(name or "(none)" for name in table.space)),
        "nodes": {"least": int(sizes.min()), "mean": float(sizes.mean()), "most": int(sizes.max())},
        "edges": {"mean": table.edges.shape[1] / len(table)},
        "operations": dict(counts.most_common()),
        "metrics": {
            name: {
                "measured": int(v.notna().sum()),
                "least": float(v.min()),
                "mean": float(v.mean()),
                "most": float(v.max()),
            }
            for name, v in table.metrics.items()
        },
    }
    print_result(result, as_json)


def draw(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write, .svg or .png.")],
    id: Annotated[str | None, typer.Option("--id", help="The graph to draw; default the first 12.")] = None,
) -> None:
    """Draw graphs."""
    from archgraph.draw import draw_graphs
    from archgraph.errors import InputError
    from archgraph.files import atomic_path, probe
    from archgraph.table import ArchTable

    if output.suffix.lower() not in (".svg", ".png"):
        raise InputError(f"{output}: a picture ends in .svg or .png")
    probe(output)
    table = ArchTable.read(graphs)
    rows = [i for i, name in enumerate(table.ids) if id is None or name == id][:12]
    if not rows:
        raise InputError(f"{graphs} has no graph with id {id!r}; `archgraph info` describes the file")
    figure = draw_graphs([table[i] for i in rows], [str(table.ids[i]) for i in rows])
    with atomic_path(output) as temporary:
        figure.savefig(temporary, dpi=150)
