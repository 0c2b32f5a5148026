"""`archgraph fit`: one architecture trained long, into a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archgraph.cli.common import (
    AllowCode,
    Device,
    Graphs,
    Json,
    Quiet,
    Seed,
    print_result,
    resolve_device,
    say,
    working_on,
)
from supernet.commands.options import (
    DatasetOption,
    DownloadOption,
    IdOption,
    NetworkOption,
    RootOption,
    SetOption,
    SizeOption,
    TrainSizeOption,
    images_of,
    network_around,
    network_choice,
    row_called,
    shown_metrics,
)

if TYPE_CHECKING:
    from supernet.images.augmentation import Augmentation
    from supernet.imported.space import NetworkSpace
    from supernet.standalone.fit_recipe import FitRecipe


def fit(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the model.")],
    id_: IdOption = None,
    dataset: DatasetOption = "digits",
    root: RootOption = Path("images"),
    download: DownloadOption = False,
    size: SizeOption = None,
    train_size: TrainSizeOption = None,
    network: NetworkOption = None,
    changes: SetOption = None,
    epochs: Annotated[int, typer.Option(help="Epochs over the training images, at most.", min=1)] = 100,
    batch_size: Annotated[
        int | None, typer.Option(help="Images a step; default that of the search, or 64.", min=2)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Highest learning rate; default that of the search, or 0.01.")
    ] = None,
    warm_up: Annotated[int | None, typer.Option(help="Epochs in which the learning rate rises.", min=0)] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Weight decay.", min=0)] = None,
    label_smoothing: Annotated[float | None, typer.Option(help="Share of a target spread over all classes.")] = None,
    averaging: Annotated[float | None, typer.Option(help="Decay of the average of the weights; 0 for none.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="adam, adamw or sgd.")] = None,
    clip: Annotated[float | None, typer.Option(help="Largest norm of the gradient; 0 for any.", min=0)] = None,
    precision: Annotated[str | None, typer.Option(help="float32 or bfloat16 (mixed).")] = None,
    class_weights: Annotated[str | None, typer.Option(help="none, or balanced where classes differ in size.")] = None,
    patience: Annotated[
        int | None, typer.Option(help="Epochs without a lower validation loss that end it; 0 for all epochs.", min=0)
    ] = None,
    crop: Annotated[bool, typer.Option(help="Random crops.")] = True,
    flip: Annotated[bool | None, typer.Option(help="Mirror images; default where the data set allows them.")] = None,
    randaugment: Annotated[int, typer.Option(help="Operations of RandAugment on each image.", min=0)] = 0,
    magnitude: Annotated[int, typer.Option(help="RandAugment's magnitude, 0 to 30.")] = 9,
    mixup: Annotated[float, typer.Option(help="Alpha of mixup; 0 for none.", min=0)] = 0.0,
    cutmix: Annotated[float, typer.Option(help="Alpha of CutMix; 0 for none.", min=0)] = 0.0,
    folds: Annotated[int, typer.Option(help="Folds of a cross-validation, for small sets; 0 for none.", min=0)] = 0,
    tensorboard: Annotated[Path | None, typer.Option(help="TensorBoard's log folder.")] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
    allow_code: AllowCode = False,
) -> None:
    """Train one architecture of GRAPHS long, and write a MODEL.

    MODEL is a folder: config.json, model.safetensors and report.html, with curves, confusion matrix and worst mistakes.
    Network, image size and steps are those under which a search found the architecture (WINNERS say so), unless options
    say otherwise. The validation part decides when it is best; the test part is scored once, at the end. With --folds
    cross-validation decides, and all but the test part is trained on. A stopped run goes on with the same command;
    what it needs lies in MODEL.training meanwhile. A member of a space module:FILE goes on from the weights that it
    inherits, on images of its network's size.
    """
    from archgraph.persistence.folders import check_folder
    from archgraph.table.table import ArchTable
    from supernet.bank.malloc import keep_freed_memory
    from supernet.standalone import fit as fitting

    check_folder(output, "model")
    table = ArchTable.read(graphs)
    row = row_called(id_, table, graphs)
    meta = table.meta[row]
    around = network_around(table, row)
    choice = network_choice(network, changes, None if around else meta.get("network"))
    images = images_of(dataset, root, download, size or _size_of_search(dataset, meta, around), train_size)
    if not quiet:
        say(images.described())
    given = {name: value for name, value in locals().items() if name in _RECIPE and value is not None}
    augmentation = _augmentation(crop, images.mirrored if flip is None else flip, randaugment, magnitude, mixup, cutmix)
    recipe = _recipe(meta, given | {"augmentation": augmentation})
    space, name, source = str(table.space[row]), str(table.ids[row]), _source(graphs, meta)
    task = fitting.FitTask(table[row], space, choice, name, source, around)
    keep_freed_memory()
    with working_on(output, quiet) as bar:
        shown = bar.add_task("epochs", total=None)

        def progress(done: int, of: int) -> None:
            bar.update(shown, completed=done, total=of)

        model = fitting.fit(task, images.to(resolve_device(device)), recipe, output, seed, folds, tensorboard, progress)
    print_result({"model": str(output)} | shown_metrics(model.metrics, as_json), as_json)


_RECIPE = (
    *("epochs", "batch_size", "learning_rate", "warm_up", "weight_decay", "label_smoothing", "averaging"),
    *("optimizer", "clip", "precision", "class_weights", "patience"),
)
"""Options that are settings of a `FitRecipe`."""


def _augmentation(
    crop: bool, flip: bool, randaugment: int, magnitude: int, mixup: float, cutmix: float
) -> Augmentation:
    from supernet.images.augmentation import Augmentation

    return Augmentation(crop, flip, randaugment, magnitude, mixup, cutmix)


def _recipe(meta: dict[str, Any], given: dict[str, Any]) -> FitRecipe:
    """The recipe of the search that found a graph, for a long training, under what is given."""
    from supernet.standalone.fit_recipe import FitRecipe

    return FitRecipe.of_search(meta.get("recipe") or {}, **given)


def _size_of_search(dataset: str, meta: dict[str, Any], around: NetworkSpace | None) -> int | None:
    """The side of the images on which a graph was found, or of those of its network, where they are scaled at all."""
    found = (meta.get("data") or {}).get("size") if around is None else around.image[-1]
    return found if isinstance(found, int) and dataset.startswith(("hf:", "folder:")) else None


def _source(graphs: Path, meta: dict[str, Any]) -> dict[str, Any]:
    """Where a graph comes from."""
    return {"graphs": graphs.name} | {name: meta[name] for name in ("study",) if name in meta}
