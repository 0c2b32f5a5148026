"""`archgraph info` and `archgraph draw`: looking at graph files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import Graphs, Json, check_file, print_result, print_table


def info(graphs: Graphs, as_json: Json = False) -> None:
    """Describe a file of graphs: counts, sizes, operations, duplicates, metrics."""
    from archgraph.table.describe import describe
    from archgraph.table.streams import read_parts

    found = describe(read_parts(graphs))
    metrics = found["metrics"]
    print_result(found if as_json else {name: value for name, value in found.items() if name != "metrics"}, as_json)
    if metrics and not as_json:
        print_table(("metric", "measured", "least", "mean", "most"), ((k, *v.values()) for k, v in metrics.items()))


def draw(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write, .svg or .png.")],
    id: Annotated[str | None, typer.Option("--id", help="The graph to draw; default the first 12.")] = None,
) -> None:
    """Draw graphs."""
    from archgraph.errors import InputError
    from archgraph.reports.figures import save
    from archgraph.table.table import ArchTable
    from archgraph.table_pictures import draw_table

    check_file(output, "a picture", ".svg", ".png")
    table = ArchTable.read(graphs)
    try:
        figure = draw_table(table, id)
    except InputError as error:
        raise InputError(f"{graphs}: {error}") from error
    save(figure, output)
