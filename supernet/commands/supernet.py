"""`archgraph supernet`: hyper-architectures, stand-alone training and scores without training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archgraph.cli.common import Device, Graphs, Json, Quiet, Seed, progress_bar, resolve_device

if TYPE_CHECKING:
    from supernet.images.splits import ImageSplits

app = typer.Typer(help="Networks compiled from graphs.", no_args_is_help=True, rich_markup_mode=None)

Dataset = Annotated[
    str,
    typer.Option(help="digits, mnist, fashion_mnist, cifar10, cifar100, hf:DIR (Parquet) or folder:DIR."),
]
Root = Annotated[Path, typer.Option(help="Folder of torchvision's data sets.")]
Download = Annotated[bool, typer.Option("--download", help="Fetch a data set that is not in --root.")]
Size = Annotated[int | None, typer.Option(help="Side to which hf: and folder: images are scaled.", min=1, max=1024)]
TrainSize = Annotated[int | None, typer.Option(help="Training images; default all.", min=2)]
Epochs = Annotated[int, typer.Option(help="Passes over the training images.", min=1)]
BatchSize = Annotated[int, typer.Option(help="Images a step.", min=1)]
Rate = Annotated[float, typer.Option(help="Learning rate at the start of its cosine.")]
Optimizer = Annotated[str, typer.Option(help="adam, adamw or sgd.")]
Decay = Annotated[float, typer.Option(help="Weight decay.", min=0)]
Clip = Annotated[float, typer.Option(help="Largest norm of a network's gradient; 0 for any.", min=0)]
Augment = Annotated[bool, typer.Option("--augment", help="Random crops, and flips where the data set allows them.")]
Precision = Annotated[str, typer.Option(help="float32 or bfloat16 (mixed).")]
Network = Annotated[
    list[str] | None,
    typer.Option("--network", help="Change to the published network, as in channels=8; repeat for more."),
]


@app.callback()
def _group() -> None:
    pass


@app.command()
def rank(
    cells: Annotated[Path, typer.Argument(help="Candidate cells of every row, .jsonl or .parquet.", metavar="CELLS")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the cells with their ranks.")],
    rows: Annotated[
        int | None,
        typer.Option("--rows", help="Rows of the hyper-architecture; default 3, with macro 8.", min=1, max=16),
    ] = None,
    dataset: Dataset = "digits",
    root: Root = Path("images"),
    download: Download = False,
    size: Size = None,
    train_size: TrainSize = None,
    width: Annotated[int, typer.Option(help="Channels of the last row, with macro of the stem.", min=1, max=4096)] = 32,
    norm: Annotated[bool, typer.Option(help="Normalise each cell's output.")] = True,
    repeats: Annotated[int, typer.Option(help="Trainings whose ranks are averaged.", min=1)] = 4,
    top: Annotated[int, typer.Option(help="Architectures to print and to write, best first.", min=1)] = 5,
    paths: Annotated[Path | None, typer.Option(help="Where to write the best architectures as graphs.")] = None,
    aggregate: Annotated[str, typer.Option(help="Over rows: product, mean or minimum.")] = "product",
    epochs: Epochs = 16,
    warm_up: Annotated[int, typer.Option(help="Epochs before architecture parameters move.", min=0)] = 8,
    batch_size: BatchSize = 32,
    learning_rate: Rate = 2e-2,
    optimizer: Optimizer = "adam",
    weight_decay: Decay = 0.0,
    clip: Clip = 0.0,
    augment: Augment = False,
    precision: Precision = "float32",
    order: Annotated[str, typer.Option(help="first, second or single-level.")] = "first",
    mixture: Annotated[str, typer.Option(help="per-image, dirichlet, softmax, gumbel or single.")] = "per-image",
    concentration: Annotated[float, typer.Option(help="Of per-image and dirichlet; large is near the softmax.")] = 1.0,
    alpha_step: Annotated[str, typer.Option(help="substitution, natural, adam or sgd.")] = "substitution",
    alpha_rate: Annotated[float, typer.Option(help="Learning rate of the architecture parameters.")] = 0.015,
    regulariser: Annotated[str, typer.Option(help="none, independent or dependent (FaDE's).")] = "none",
    strength: Annotated[float, typer.Option(help="Factor before the regulariser.", min=0)] = 0.1,
    tensorboard: Annotated[Path | None, typer.Option(help="TensorBoard's log folder.")] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a hyper-architecture of d rows, each offering every cell of CELLS, and write FaDE-ranks.

    OUT holds CELLS with columns fade_row1, fade_row2, ... (softmaxed architecture parameters, averaged over the
    trainings) and fade_row1_std, ... (their spread); an architecture's rank is their product along its path. Where
    CELLS are members of macro, row i offers the i-th layer of each: three members hold all 6,561. The best
    architectures go to stdout, and as graphs to --paths. A stopped run goes on with the same command; finished
    trainings lie in OUT.training meanwhile. Started by torchrun, the processes share every batch.
    """
    import json
    from dataclasses import replace
    from itertools import islice

    from archgraph.cli.common import check_output, print_table
    from archgraph.errors import InputError
    from archgraph.table.table import ArchTable
    from supernet import distributed
    from supernet.hyper.ranks import AGGREGATES
    from supernet.hyper.recipe import BilevelRecipe
    from supernet.ranking.candidates import candidates_of
    from supernet.ranking.run import RankRun, path_table

    check_output(output)
    check_output(paths)
    if aggregate not in AGGREGATES:
        raise InputError(f"--aggregate is one of {', '.join(AGGREGATES)}, but got {aggregate[:32]!r}")
    recipe = BilevelRecipe(
        epochs=epochs,
        warm_up=warm_up,
        batch_size=batch_size,
        learning_rate=learning_rate,
        optimizer=optimizer,
        weight_decay=weight_decay,
        clip=clip,
        augment=augment,
        precision=precision,
        order=order,
        mixture=mixture,
        concentration=concentration,
        alpha_step=alpha_step,
        alpha_rate=alpha_rate,
        regulariser=regulariser,
        strength=strength,
    )
    table = ArchTable.read(cells)
    with distributed.process_group(resolve_device(device)) as place:
        images = _images(dataset, root, download, size, train_size).to(place)
        recipe = replace(recipe, mirrored=images.mirrored)
        candidates = candidates_of(table, images, rows, width, norm)
        run = RankRun(table, candidates, images, recipe, repeats, seed, output.with_name(f"{output.name}.training"))
        with progress_bar(quiet or not distributed.first()) as bar:
            task = bar.add_task("epochs", total=repeats * epochs)
            ranks = run.ranks(lambda done: bar.update(task, completed=done), tensorboard)
        if not distributed.first():
            return
    run.write(ranks, output)
    best = list(islice(ranks.descending(aggregate), top))
    if paths is not None:
        path_table(table, candidates, best, ranks, aggregate).write(paths)
    run.close()
    found = [([str(table.ids[j]) for j in path], ranks.log_rank(path, aggregate)) for path in best]
    if as_json:
        typer.echo(json.dumps([{"cells": names, "log_rank": value} for names, value in found]))
    else:
        print_table(
            ("log rank", *(f"row {i + 1}" for i in range(len(ranks.cells)))),
            ((value, *names) for names, value in found),
        )


@app.command()
def train(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the graphs with their metrics.")],
    dataset: Dataset = "digits",
    root: Root = Path("images"),
    download: Download = False,
    size: Size = None,
    train_size: TrainSize = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each architecture.", min=1)] = 1,
    lanes: Annotated[int, typer.Option(help="Architectures trained side by side.", min=1, max=4096)] = 32,
    epochs: Epochs = 12,
    batch_size: BatchSize = 64,
    learning_rate: Rate = 3e-3,
    optimizer: Optimizer = "adam",
    weight_decay: Decay = 0.0,
    clip: Clip = 0.0,
    augment: Augment = False,
    precision: Precision = "float32",
    network: Network = None,
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
    import json

    from archgraph.cli.common import check_output
    from archgraph.table.table import ArchTable
    from supernet.standalone.bulk import BulkPlan, train_table
    from supernet.standalone.training import Recipe

    check_output(output)
    recipe = Recipe(epochs, batch_size, learning_rate, weight_decay, optimizer, clip, augment, precision)
    plan = BulkPlan(recipe, seeds, seed, lanes, tuple(sorted(network_settings(network).items())))
    table = ArchTable.read(graphs)
    images = _images(dataset, root, download, size, train_size).to(resolve_device(device))
    journal = output.with_name(f"{output.name}.journal")
    with progress_bar(quiet) as bar:
        task = bar.add_task("trainings", total=len(table) * seeds)

        def finished(lines: list[dict[str, Any]], new: bool) -> None:
            bar.advance(task, len(lines))
            for line in lines if new else ():
                typer.echo(json.dumps(line))

        train_table(table, images, plan, journal, finished, weights).write(output)
    journal.unlink(missing_ok=True)


@app.command()
def score(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the graphs with their scores.")],
    dataset: Dataset = "digits",
    root: Root = Path("images"),
    download: Download = False,
    size: Size = None,
    batch_size: Annotated[int, typer.Option(help="Training images that the scores see.", min=2, max=4096)] = 32,
    lanes: Annotated[int, typer.Option(help="Architectures scored side by side.", min=1, max=4096)] = 16,
    network: Network = None,
    scores: Annotated[
        list[str] | None,
        typer.Option(
            "--score", help="naswot, synflow, jacob_cov, grad_norm or propagation; repeatable, default all that suit."
        ),
    ] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Score the architectures of GRAPHS without training, many at once.

    OUT holds GRAPHS with naswot, synflow (its logarithm), jacob_cov and grad_norm of the published networks, and with
    17 columns propagation_..., of synthetic images in small random cells; these need no data set, but cells whose
    operations keep the image's size. All depend on --seed. A stopped run goes on with the same command; finished work
    lies in OUT.journal meanwhile.
    """
    from archgraph.cli.common import check_output
    from archgraph.errors import InputError
    from archgraph.table.table import ArchTable
    from supernet.zerocost.propagation import check_table
    from supernet.zerocost.scores import OF_NETWORKS, SCORES, score_table

    check_output(output)
    table = ArchTable.read(graphs)
    asked = scores or list(SCORES)
    if not scores:
        try:
            check_table(table)
        except InputError as error:
            asked = list(OF_NETWORKS)
            typer.echo(f"propagation is left out: {error}", err=True)
    of_networks = set(asked) != {"propagation"}
    images = _images(dataset, root, download, size, None) if of_networks else None
    changes = network_settings(network)
    with progress_bar(quiet) as bar:
        task = bar.add_task("architectures", total=len(table) * (of_networks + ("propagation" in asked)))

        def progress(done: int) -> None:
            bar.advance(task, done)

        place, journal = resolve_device(device), output.with_name(f"{output.name}.journal")
        score_table(table, images, seed, batch_size, lanes, changes, asked, place, journal, progress).write(output)
    journal.unlink(missing_ok=True)


def _images(dataset: str, root: Path, download: bool, size: int | None, train_size: int | None) -> ImageSplits:
    from archgraph.errors import InputError
    from supernet.images.datasets import load_images

    images = load_images(dataset, root, download, size)
    if train_size is None:
        return images
    if train_size > len(images.train):
        raise InputError(f"--train-size is at most {len(images.train)} with {dataset}, but got {train_size}")
    return images.limit_train(train_size)


def network_settings(options: list[str] | None) -> dict[str, int]:
    """What --network says, as in channels=8.

    Raises:
        InputError: an option is not of this form.
    """
    from archgraph.errors import InputError

    made = {}
    for option in options or ():
        name, _, value = option.partition("=")
        if not name or not value.isdecimal() or len(value) > 9:
            raise InputError(f"--network is written as in channels=8, but got {option[:64]!r}")
        made[name] = int(value)
    return made
