"""`archgraph supernet`: training hyper-architectures of candidate cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import Device, Json, Quiet, Seed, progress_bar, resolve_device

app = typer.Typer(help="Networks compiled from graphs.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    pass


@app.command()
def rank(
    cells: Annotated[Path, typer.Argument(help="Candidate cells of every row, .jsonl or .parquet.", metavar="CELLS")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the cells with their ranks.")],
    rows: Annotated[int, typer.Option("--rows", help="Rows of the hyper-architecture.", min=1, max=16)] = 3,
    dataset: Annotated[str, typer.Option(help="Images: digits.")] = "digits",
    width: Annotated[int, typer.Option(help="Channels of the last row.", min=1, max=4096)] = 32,
    repeats: Annotated[int, typer.Option(help="Trainings whose ranks are averaged.", min=1)] = 4,
    top: Annotated[int, typer.Option(help="Architectures to print, best first.", min=1)] = 5,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a hyper-architecture of d rows, each offering every cell of CELLS, and write FaDE-ranks.

    OUT holds CELLS with columns fade_row1, fade_row2, ... (softmaxed architecture parameters, averaged over the
    trainings); an architecture's rank is their product along its path. The best architectures go to stdout.
    """
    import json
    from itertools import islice

    import numpy as np

    from archgraph.cli.common import check_output, print_table
    from archgraph.errors import InputError
    from archgraph.seeds import derive_seed
    from archgraph.table import ArchTable
    from supernet.darts import BilevelRecipe, fade_ranks
    from supernet.images import load_images
    from supernet.skeleton import Skeleton

    check_output(output)
    table = ArchTable.read(cells)
    if len(table) > 256:
        raise InputError(f"{cells} holds {len(table)} cells; a row takes at most 256 candidates")
    images = load_images(dataset).to(resolve_device(device))
    skeleton = Skeleton.fade(images.shape, images.classes, rows, width)
    seeds = [derive_seed(seed, "repeat", repeat) for repeat in range(repeats)]
    with progress_bar(quiet) as bar:
        task = bar.add_task("trainings", total=repeats)
        ranks = fade_ranks(
            [list(table)] * rows, skeleton, images.train, BilevelRecipe(), seeds, lambda: bar.advance(task)
        )
    table.metrics = table.metrics.assign(**{f"fade_row{i + 1}": np.exp(row) for i, row in enumerate(ranks.cells)})
    table.write(output)
    best = [([str(table.ids[j]) for j in path], ranks.log_rank(path)) for path in islice(ranks.descending(), top)]
    if as_json:
        typer.echo(json.dumps([{"cells": names, "log_rank": value} for names, value in best]))
    else:
        print_table(("log rank", *(f"row {i + 1}" for i in range(rows))), ((value, *names) for names, value in best))
