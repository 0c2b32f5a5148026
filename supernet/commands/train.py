"""`archgraph supernet train`: stand-alone training in bulk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from archgraph.cli.common import Device, Graphs, Quiet, Seed, check_output, progress_bar, resolve_device
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
    SizeOption,
    TrainSizeOption,
    images_of,
    network_settings,
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
    weights: Annotated[Path | None, typer.Option(help="Folder for the weights of each one's first training.")] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Train each architecture of GRAPHS by itself, many at once, in the network of its space.

    OUT holds GRAPHS with val_acc, val_loss, test_acc, test_loss (means over --seeds; with several, each seed's own,
    too), seconds, params and flops. A line of JSON goes to stdout as an architecture finishes a training. A stopped
    run goes on with the same command; finished work lies in OUT.journal meanwhile.
    """
    from archgraph.table.table import ArchTable
    from supernet.bank.malloc import keep_freed_memory
    from supernet.standalone.bulk import BulkPlan, train_table
    from supernet.standalone.training import Recipe

    check_output(output)
    recipe = Recipe(epochs, batch_size, learning_rate, weight_decay, optimizer, clip, augment, precision)
    plan = BulkPlan(recipe, seeds, seed, slots, tuple(sorted(network_settings(network).items())))
    table = ArchTable.read(graphs)
    images = images_of(dataset, root, download, size, train_size).to(resolve_device(device))
    journal = output.with_name(f"{output.name}.journal")
    keep_freed_memory()
    with progress_bar(quiet) as bar:
        task = bar.add_task("trainings", total=len(table) * seeds)

        def finished(lines: list[dict[str, Any]], new: bool) -> None:
            bar.advance(task, len(lines))
            for line in lines if new else ():
                typer.echo(json.dumps(line))

        train_table(table, images, plan, journal, finished, weights).write(output)
    journal.unlink(missing_ok=True)
