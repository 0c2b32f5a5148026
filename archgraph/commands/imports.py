"""`archgraph import`: graphs from foreign files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import OutGraphs, Quiet, check_output, say, write_parts


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
    shape: Annotated[
        list[str] | None,
        typer.Option(
            help="fx: shape of an input and kind of its numbers, as 1,3,224,224 or 1,16:int64, once for each input; "
            "default an image, or what the first layer takes.",
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Read architectures and metrics from foreign files into one graph file.

    table reads CSV, Parquet or JSON whose --native column holds the native form of --space; every column of numbers
    becomes a metric, also with percent signs, thousands or decimal commas. Blank cells and words like -, ?, NA, NaN,
    None, null, inf, OOM, failed, error, timeout, crashed, diverged, missing or unknown are not measured, and counted.
    fx imports and runs the code of the package it names; all other formats run nothing.
    """
    from archgraph import formats

    check_output(output)
    options = {"space": space, "native": native, "id": id, "spread": spread, "missing": missing, "graphs": graphs}
    given = {name: value for name, value in (options | {"shape": shape or None}).items() if value is not None}
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        rows, metrics = write_parts(formats.read_parts(format, sources, **given), output)
    for note in notes:
        say(f"archgraph: {note.message}")
    if not quiet:
        typer.echo(f"{rows} graphs, {metrics} metrics", err=True)
