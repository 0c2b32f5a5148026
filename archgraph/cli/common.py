"""What the commands share: option types, output, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from archgraph.texts import printable

if TYPE_CHECKING:
    from rich.progress import Progress

    from archgraph.table.table import ArchTable


def _allow(allowed: bool) -> bool:
    from archgraph._code import allow_code

    allow_code(allowed)
    return allowed


_WIDE = 1000  # columns of what is no terminal
Seed = Annotated[int, typer.Option(help="Seed of every random choice.", min=0)]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code",
        help="Import the modules that operations name (`module: package.module:Class`), which runs their code.",
        callback=_allow,
    ),
]
Graphs = Annotated[Path, typer.Argument(help="Graphs, a .jsonl or .parquet file.", metavar="GRAPHS")]
EncoderOption = Annotated[Path, typer.Option("--encoder", help="Folder of a trained encoder.")]
OutGraphs = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Where to write, .jsonl or .parquet; default stdout as JSON Lines."),
]


def say(line: str) -> None:
    """Print one line on stderr; names in it are made safe."""
    typer.echo(printable(line), err=True)


def fail(message: str, code: int) -> NoReturn:
    """Print one line on stderr and exit."""
    say(f"archgraph: {' '.join(line.strip() for line in message.strip().splitlines())}")
    sys.exit(code)


def resolve_device(device: str) -> str:
    """The torch device that --device stands for.

    Raises:
        InputError: an unknown name, or no CUDA device where one is asked for.
    """
    import torch

    from archgraph.errors import InputError

    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f"--device is auto, cpu or cuda, but got {device!r}")
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: this machine has no usable CUDA device; use --device cpu")
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device


def check_file(path: Path, what: str, *suffixes: str) -> None:
    """Check before the work that a file of one of these suffixes can be written to `path`.

    Args:
        what: the content, for the error.

    Raises:
        InputError: another suffix, or a folder that is missing or not writable.
    """
    from archgraph.errors import InputError
    from archgraph.persistence.files import probe

    if path.suffix.lower() not in suffixes:
        *some, last = suffixes
        endings = f"{', '.join(some)} or {last}" if some else last
        raise InputError(f"{path}: {what} is written to a file that ends in {endings}")
    probe(path)


def check_output(path: Path | None) -> None:
    """Check before the work that graphs can be written to `path`.

    Raises:
        InputError: a wrong suffix, or a folder that is missing or not writable.
    """
    from archgraph.persistence.files import probe
    from archgraph.table.files import table_suffix

    if path is not None:
        table_suffix(path)
        probe(path)


def write_graphs(table: ArchTable, path: Path | None) -> None:
    """Write a table to a file, or as JSON Lines to stdout."""
    if path is None:
        for line in table.to_json_lines():
            typer.echo(line)
    else:
        table.write(path)


def write_parts(tables: Iterable[ArchTable], path: Path | None) -> tuple[int, int]:
    """Write the rows of all tables, while they are made, as `write_graphs`; how many graphs and metrics there are."""
    from archgraph.table import streams

    rows = metrics = 0

    def counted() -> Iterator[ArchTable]:
        nonlocal rows, metrics
        for table in tables:
            rows, metrics = rows + len(table), len(table.metrics.columns)
            yield table

    if path is None:
        for table in counted():
            write_graphs(table, None)
    else:
        streams.write_parts(path, counted())
    return rows, metrics


def print_result(result: dict[str, Any], as_json: bool) -> None:
    """Print names and values, one a line or as one JSON object."""
    if as_json:
        typer.echo(json.dumps(result))
        return
    width = max(len(printable(name)) for name in result)
    for name, value in result.items():
        typer.echo(f"{printable(name):<{width}}  {_text(value)}")


def print_table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print a table on stdout."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(Text(printable(column)))  # what stands in brackets is no markup
    for row in rows:
        table.add_row(*(Text(_text(value)) for value in row))
    console = Console()
    (console if console.is_terminal else Console(width=_WIDE)).print(table)  # a file has room for whole names


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Progress]:
    """A progress display on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from archgraph.errors import ArchGraphError

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        try:
            yield progress
        except ArchGraphError:
            progress.live.transient = True  # what went wrong is said in one line, and no bar or empty line beside it
            progress.live.stop()
            progress.disable = True
            raise


@contextmanager
def working_on(output: Path | None, quiet: bool) -> Iterator[Progress]:
    """A progress display while an output is made, which no other process makes meanwhile; None where several may.

    Raises:
        InputError: another process is at it.
    """
    from archgraph.persistence.holding import holding

    with nullcontext() if output is None else holding(output), progress_bar(quiet) as progress:
        yield progress


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{_text(k)} {_text(v)}" for k, v in value.items()) or "none"
    return printable(str(value), lines=True)
