"""`archgraph supernet rank`: FaDE-ranks of candidate cells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archgraph.cli.common import (
    AllowCode,
    Device,
    Json,
    Quiet,
    Seed,
    check_output,
    print_table,
    resolve_device,
    working_on,
)
from supernet.commands.options import (
    AugmentOption,
    BatchSizeOption,
    ClipOption,
    DatasetOption,
    DecayOption,
    DownloadOption,
    EpochsOption,
    OptimizerOption,
    PrecisionOption,
    RateOption,
    RootOption,
    SizeOption,
    TrainSizeOption,
    images_of,
)

if TYPE_CHECKING:
    from supernet.hyper.recipe import BilevelRecipe
    from supernet.ranking.rank import RankedPath


def print_ranked(best: Sequence[RankedPath], as_json: bool) -> None:
    """Print architectures with their ranks, as a table or as JSON."""
    if as_json:
        typer.echo(json.dumps([path._asdict() for path in best]))
    else:
        columns = ("log rank", *(f"row {i + 1}" for i in range(len(best[0].cells))))
        print_table(columns, ((path.log_rank, *path.cells) for path in best))


def _recipe(context: typer.Context) -> tuple[BilevelRecipe, str]:
    """The recipe of the preset, and what it normalises, with what stands in the command line in place of its own."""
    from supernet.hyper.recipe import BilevelRecipe, preset_of

    chosen = preset_of(context.params["preset"])
    given = {name: value for name, value in context.params.items() if _is_given(context, name)}
    names = {field.name for field in fields(BilevelRecipe)}
    own = {name: value for name, value in given.items() if name in names}
    return replace(chosen.recipe, **own), given.get("norm", chosen.norm)


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether an option stands in the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def rank(
    context: typer.Context,
    cells: Annotated[Path, typer.Argument(help="Candidate cells of every row, .jsonl or .parquet.", metavar="CELLS")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the cells with their ranks.")],
    rows: Annotated[
        int | None,
        typer.Option("--rows", help="Rows of the hyper-architecture; default 3, with macro 8.", min=1, max=16),
    ] = None,
    dataset: DatasetOption = "digits",
    root: RootOption = Path("images"),
    download: DownloadOption = False,
    size: SizeOption = None,
    train_size: TrainSizeOption = None,
    width: Annotated[int, typer.Option(help="Channels of the last row, with macro of the stem.", min=1, max=4096)] = 32,
    preset: Annotated[
        str,
        typer.Option(
            help="archgraph, or authors: FaDE's research code; of all settings from --norm on that aren't given."
        ),
    ] = "archgraph",
    norm: Annotated[
        str, typer.Option(help="What is normalised: cells (their outputs), sums (at each vertex, by L2 norms), none.")
    ] = "cells",
    repeats: Annotated[int, typer.Option(help="Trainings whose ranks are averaged.", min=1)] = 4,
    top: Annotated[int, typer.Option(help="Architectures to print and to write, best first.", min=1)] = 5,
    paths: Annotated[Path | None, typer.Option(help="Where to write the best architectures as graphs.")] = None,
    aggregate: Annotated[str, typer.Option(help="Over rows: product, mean or minimum.")] = "product",
    epochs: EpochsOption = 16,
    warm_up: Annotated[int, typer.Option(help="Epochs before architecture parameters move.", min=0)] = 8,
    batch_size: BatchSizeOption = 32,
    learning_rate: RateOption = 2e-2,
    final_rate: Annotated[float, typer.Option(help="Learning rate of the weights in the end.", min=0)] = 0.0,
    falling: Annotated[int, typer.Option(help="Epochs until it is that; 0 for all.", min=0)] = 0,
    optimizer: OptimizerOption = "adam",
    weight_decay: DecayOption = 0.0,
    clip: ClipOption = 0.0,
    augment: AugmentOption = False,
    precision: PrecisionOption = "float32",
    order: Annotated[str, typer.Option(help="first, second or single-level.")] = "first",
    mixture: Annotated[
        str, typer.Option(help="per-image, dirichlet, softmax, gumbel, hard-gumbel or single.")
    ] = "per-image",
    concentration: Annotated[float, typer.Option(help="Of per-image and dirichlet; large is near the softmax.")] = 1.0,
    alpha_start: Annotated[str, typer.Option(help="Architecture parameters at first: zero or uniform.")] = "zero",
    alpha_step: Annotated[
        str, typer.Option(help="substitution, paths, natural, adam, sgd, or joint: with the weights.")
    ] = "substitution",
    alpha_rate: Annotated[float, typer.Option(help="Learning rate of the architecture parameters.")] = 0.015,
    regulariser: Annotated[str, typer.Option(help="none, independent or dependent (FaDE's).")] = "none",
    strength: Annotated[float, typer.Option(help="Factor before the regulariser.", min=0)] = 0.1,
    tensorboard: Annotated[Path | None, typer.Option(help="TensorBoard's log folder.")] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
    allow_code: AllowCode = False,
) -> None:
    """Train a hyper-architecture of d rows, each offering every cell of CELLS, and write FaDE-ranks.

    OUT holds CELLS with columns fade_row1, fade_row2, ... (softmaxed architecture parameters, averaged over the
    trainings) and fade_row1_std, ... (their spread); an architecture's rank is their product along its path. Where
    CELLS are members of macro, row i offers the i-th layer of each: three members hold all 6,561. The best
    architectures go to stdout, and as graphs to --paths. A stopped run goes on with the same command; finished
    trainings lie in OUT.training meanwhile. Started by torchrun, the processes share every batch.
    """
    from archgraph.table.table import ArchTable
    from supernet import distributed
    from supernet.bank.malloc import keep_freed_memory
    from supernet.ranking.rank import rank_cells

    check_output(output)
    check_output(paths)
    recipe, normalised = _recipe(context)
    table = ArchTable.read(cells)
    keep_freed_memory()
    with distributed.process_group(resolve_device(device)) as own_device:
        images = images_of(dataset, root, download, size, train_size).to(own_device)
        first = distributed.first()
        with working_on(output if first else None, quiet or not first) as bar:
            task = bar.add_task("epochs", total=repeats * recipe.epochs)
            best = rank_cells(
                table,
                images,
                output,
                recipe,
                rows=rows,
                width=width,
                norm=normalised,
                repeats=repeats,
                seed=seed,
                top=top,
                paths=paths,
                aggregate=aggregate,
                log=tensorboard,
                progress=lambda done: bar.update(task, completed=done),
            )
        if not distributed.first():
            return
    print_ranked(best, as_json)
