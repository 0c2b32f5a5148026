"""`archgraph explore`: a table, an encoder or a search as one page to look around in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from archgraph.cli.common import Json, Quiet, Seed, check_file, print_result, working_on


def explore(
    source: Annotated[
        str,
        typer.Argument(
            help="Graphs (.jsonl, .parquet); the folder of an encoder, whose members are shown; or the storage of a "
            "study, whose search is shown step by step.",
            metavar="TABLE|STUDY|ENCODER",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The page, a file that ends in .html.")],
    delta: Annotated[
        Path | None,
        typer.Option(help="Folder of a difference predictor: what it predicts, and what each edit would change."),
    ] = None,
    encoder: Annotated[
        str, typer.Option(help="Encoder that gives a table or a study its points: a folder, or one that ships.")
    ] = "base",
    study: Annotated[str | None, typer.Option(help="Name of the study, where the storage holds several.")] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write one page, without network, to look around among architectures.

    A map of the embedding coloured by any metric, with filters and search; a cell's drawing, its nearest and its
    one-edit neighbours; what is selected comes out as JSON Lines. Of more than 20,000 architectures a part is shown.
    """
    from encoders.delta.checkpoint import load_delta
    from search.explorer.page import write_explorer
    from search.explorer.sources import read_source

    check_file(output, "the explorer", ".html")
    predictor = None if delta is None else load_delta(delta)
    explored = read_source(source, study, encoder, seed)
    with working_on(output, quiet) as bar:
        tasks: dict[str, Any] = {}

        def progress(doing: str, done: int, of: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing)
            bar.update(tasks[doing], completed=done, total=of)

        found = write_explorer(explored, output, predictor, progress)
    print_result({"page": str(output), **found}, as_json)
