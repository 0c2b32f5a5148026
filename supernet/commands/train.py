"""`archgraph supernet train`: stand-alone training in bulk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from archgraph.cli.common import AllowCode, Device, Graphs, Quiet, Seed, check_output, resolve_device, say, working_on
from supernet.commands.options import (
    AugmentOption,
    BatchSizeOption,
    ClipOption,
    DatasetOption,
    DecayOption,
    DownloadOption,
    EpochsOption,
    NetworkOption,
    OptimizerOption,
    PrecisionOption,
    RateOption,
    RootOption,
    SetOption,
    SizeOption,
    TrainSizeOption,
    found_network,
    images_of,
    network_choice,
)


def train(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the graphs with their metrics.")],
    dataset: DatasetOption = "digits",
    root: RootOption = Path("images"),
    download: DownloadOption = False,
    size: SizeOption = None,
    train_size: TrainSizeOption = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each architecture.", min=1)] = 1,
    slots: Annotated[int, typer.Option("--lanes", help="Architectures trained side by side.", min=1, max=4096)] = 32,
    epochs: EpochsOption = 12,
    batch_size: BatchSizeOption = 64,
    learning_rate: RateOption = 3e-3,
    optimizer: OptimizerOption = "adam",
    weight_decay: DecayOption = 0.0,
    clip: ClipOption = 0.0,
    augment: AugmentOption = False,
    precision: PrecisionOption = "float32",
    network: NetworkOption = None,
    changes: SetOption = None,
    weights: Annotated[Path | None, typer.Option(help="Folder for the weights of each one's first training.")] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            help="sqlite:///FILE, postgresql://... or journal:FILE: a study in it is the queue of the trainings, which "
            "any number of the same command, on any machine, work off together."
        ),
    ] = None,
    study: Annotated[
        str | None, typer.Option(help="Name of the study in --storage; default train- and a digest of the graphs.")
    ] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    allow_code: AllowCode = False,
) -> None:
    """Train each architecture of GRAPHS by itself, many at once.

    OUT holds GRAPHS with val_acc, val_loss, test_acc, test_loss (means over --seeds; with several, each seed's own,
    too), seconds, params and flops. A line of JSON goes to stdout as an architecture finishes a training. A stopped
    run goes on with the same command; finished work lies in OUT.journal meanwhile, or in --storage. There, a worker
    that is killed leaves its trainings to the others, and each writes OUT when all are done.
    """

    from archgraph.storages.quiet import quiet_optuna
    from archgraph.table.table import ArchTable
    from supernet.bank.malloc import keep_freed_memory
    from supernet.standalone.bulk import BulkPlan, train_table
    from supernet.standalone.queue import train_queued
    from supernet.standalone.training import Recipe

    check_output(output)
    table = ArchTable.read(graphs)
    plan = BulkPlan(
        Recipe(epochs, batch_size, learning_rate, weight_decay, optimizer, clip, augment, precision),
        seeds,
        seed,
        slots,
        network_choice(network, changes, found_network(table)),
    )
    images = images_of(dataset, root, download, size, train_size).to(resolve_device(device))
    journal = output.with_name(f"{output.name}.journal")
    keep_freed_memory()
    own = output if storage is None else None  # workers of one study may share an output
    with quiet_optuna(), working_on(own, quiet) as bar:
        task = bar.add_task("trainings", total=len(table) * seeds)

        def finished(lines: list[dict[str, Any]], new: bool) -> None:
            bar.advance(task, len(lines))
            for line in lines if new else ():
                typer.echo(json.dumps(line))

        if storage is None:
            made = train_table(table, images, plan, journal, finished, weights)
        else:
            made = train_queued(table, images, plan, storage, study, finished, weights, say)
        made.write(output)
    if storage is None:
        journal.unlink(missing_ok=True)
