"""`archgraph import`: graphs from foreign files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archgraph.cli.common import OutGraphs, Quiet, check_output, write_graphs

if TYPE_CHECKING:
    from archgraph.table.table import ArchTable


def import_(
    format: Annotated[
        str,
        typer.Argument(
            help="nasbench101, nasbench201, nats, macro, transnas, darts, fx, onnx, networkx, or table.",
            metavar="FORMAT",
        ),
    ],
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files or folders; for fx networks like torchvision:resnet18 or package.module:factory.",
            metavar="SRC...",
        ),
    ],
    output: OutGraphs = None,
    space: Annotated[str | None, typer.Option(help="table: the space of the native forms.")] = None,
    native: Annotated[
        str | None, typer.Option(help="table: the column of native forms, or with --graphs of their ids.")
    ] = None,
    id: Annotated[str | None, typer.Option("--id", help="table: the column of ids; default the native forms.")] = None,
    spread: Annotated[
        str | None,
        typer.Option(
            help="table: a column that tells several rows of an architecture apart; leads the metrics' names."
        ),
    ] = None,
    missing: Annotated[float | None, typer.Option(help="table: a number that stands for not measured.")] = None,
    graphs: Annotated[
        Path | None,
        typer.Option(help="table: a graph file whose ids the column names, for tables without native forms."),
    ] = None,
    shape: Annotated[str, typer.Option(help="fx: shape of the input that torch.export runs.")] = "1,3,224,224",
    quiet: Quiet = False,
) -> None:
    """Read architectures and metrics from foreign files into one graph file.

    table reads CSV, Parquet or JSON whose --native column holds the native form of --space; every numeric column
    becomes a metric. fx imports and runs the code of the package it names; all other formats run nothing.
    """
    from archgraph import formats
    from archgraph.errors import InputError

    check_output(output)
    if format == "table":
        table = _read_table(sources, space, native, id, spread, missing, graphs)
    elif format == "fx":
        from archgraph.formats.traced.fx import read_fx

        table = read_fx(*sources, shape=_shape(shape))
    else:
        mine = native is not None or spread is not None or graphs is not None or space is not None
        if format in formats.FORMATS and mine:
            raise InputError("--space, --native, --spread and --graphs belong to `archgraph import table`")
        table = formats.read(format, sources)
    write_graphs(table, output)
    if not quiet:
        typer.echo(f"{len(table)} graphs, {len(table.metrics.columns)} metrics", err=True)


def _read_table(
    sources: list[str],
    space: str | None,
    native: str | None,
    id: str | None,
    spread: str | None,
    missing: float | None,
    graphs: Path | None,
) -> ArchTable:
    from archgraph.errors import InputError
    from archgraph.formats.tables import Options, read_native_table
    from archgraph.table.table import ArchTable

    if native is None or (space is None and graphs is None):
        raise InputError("import table needs --native COLUMN and --space SPACE (or --graphs GRAPHS)")
    known = None if graphs is None else ArchTable.read(graphs)
    options = Options(native, id=id, spread=spread, missing=missing, graphs=known)
    return ArchTable.concatenate([read_native_table(source, space or "", options) for source in sources])


def _shape(text: str) -> list[int]:
    from archgraph.errors import InputError

    parts = text.split(",")
    if not all(part.strip().isdecimal() and 0 < int(part) <= 1 << 16 for part in parts):
        raise InputError(f"--shape is written like 1,3,224,224, but got {text[:64]!r}")
    return [int(part) for part in parts]
