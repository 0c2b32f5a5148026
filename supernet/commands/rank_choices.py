"""`archgraph supernet rank-choices`: FaDE-ranks of all that a grammar of cells can choose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import (
    AllowCode,
    Device,
    Json,
    Quiet,
    Seed,
    check_output,
    resolve_device,
    working_on,
)
from supernet.commands.options import (
    BatchSizeOption,
    DatasetOption,
    DownloadOption,
    EpochsOption,
    PrecisionOption,
    RateOption,
    RootOption,
    SizeOption,
    TrainSizeOption,
    images_of,
)
from supernet.commands.rank import print_ranked


def rank_choices(
    space: Annotated[str, typer.Argument(help="A grammar of cells, grammar:FILE or grammar:nested.", metavar="SPACE")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the choices with their ranks.")],
    rows: Annotated[int, typer.Option("--rows", help="Rows of the hyper-architecture.", min=1, max=16)] = 3,
    dataset: DatasetOption = "digits",
    root: RootOption = Path("images"),
    download: DownloadOption = False,
    size: SizeOption = None,
    train_size: TrainSizeOption = None,
    width: Annotated[int, typer.Option(help="Channels of the last row.", min=1, max=4096)] = 32,
    norm: Annotated[
        str, typer.Option(help="What is normalised: cells (and what is chosen inside), sums (by L2 norms), none.")
    ] = "cells",
    repeats: Annotated[int, typer.Option(help="Trainings whose ranks are averaged.", min=1)] = 4,
    top: Annotated[int, typer.Option(help="Architectures to print and to write, best first.", min=1)] = 5,
    paths: Annotated[Path | None, typer.Option(help="Where to write the best architectures as graphs.")] = None,
    aggregate: Annotated[str, typer.Option(help="Over rows: product, mean or minimum.")] = "product",
    epochs: EpochsOption = 48,
    warm_up: Annotated[int, typer.Option(help="Epochs before architecture parameters move.", min=0)] = 24,
    batch_size: BatchSizeOption = 32,
    learning_rate: RateOption = 2e-2,
    precision: PrecisionOption = "float32",
    alpha_rate: Annotated[float, typer.Option(help="Learning rate of the architecture parameters.")] = 0.015,
    tensorboard: Annotated[Path | None, typer.Option(help="TensorBoard's log folder.")] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
    allow_code: AllowCode = False,
) -> None:
    """Train one hyper-architecture of all that a grammar of cells can choose, and write FaDE-ranks of every choice.

    Wherever a rule has several alternatives all stand in the network, cells in cells too, so the cost grows with the
    number of choices and not with that of the members. OUT has a row for each alternative of each choice, whose graph
    is what it writes with the best inside, and columns fade_row, fade_level (choices around it), fade_rank (its
    softmaxed architecture parameter) and fade_rank_std. The best architectures go to stdout, and as graphs to --paths.
    A stopped run goes on with the same command; finished trainings lie in OUT.training meanwhile.
    """
    from archgraph import spaces
    from supernet import distributed
    from supernet.bank.malloc import keep_freed_memory
    from supernet.hyper.recipe import CHOICES
    from supernet.ranking.rank_choices import rank_choices

    check_output(output)
    check_output(paths)
    recipe = replace(
        CHOICES,
        epochs=epochs,
        warm_up=warm_up,
        batch_size=batch_size,
        learning_rate=learning_rate,
        precision=precision,
        alpha_rate=alpha_rate,
    )
    found = spaces.get(space)
    keep_freed_memory()
    with distributed.process_group(resolve_device(device)) as own_device:
        images = images_of(dataset, root, download, size, train_size).to(own_device)
        first = distributed.first()
        with working_on(output if first else None, quiet or not first) as bar:
            task = bar.add_task("epochs", total=repeats * recipe.epochs)
            best = rank_choices(
                found,
                images,
                output,
                recipe,
                rows=rows,
                width=width,
                norm=norm,
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
