"""`archgraph evaluate`: how well a model tells the classes of labelled images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archgraph.cli.common import AllowCode, Device, Json, print_result, print_table, resolve_device
from supernet.commands.options import DatasetOption, DownloadOption, ModelFolder, RootOption

if TYPE_CHECKING:
    from supernet.model.evaluation import ImageEvaluation

MATRIX = 12
"""Classes whose confusion matrix is printed; --json holds that of more."""


def evaluate(
    model: ModelFolder,
    dataset: DatasetOption,
    root: RootOption = Path("images"),
    download: DownloadOption = False,
    part: Annotated[str, typer.Option(help="test, validation, train or all.")] = "test",
    batch_size: Annotated[int, typer.Option(help="Images at once.", min=1)] = 64,
    device: Device = "auto",
    as_json: Json = False,
    allow_code: AllowCode = False,
) -> None:
    """Score a model: accuracy with its 95 % interval, accuracies of the classes, confusion matrix.

    The images go through the model's own preprocessing; their classes are the model's by name.
    """
    from supernet.images.datasets import load_images
    from supernet.model.model import Model

    loaded = Model.load(model)
    data = load_images(dataset, root, download, preprocessing=loaded.preprocessing)
    images = data.part(part).to(resolve_device(device))
    found = loaded.evaluate(images, batch_size, data.class_names)
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        _print(found)


def _print(found: ImageEvaluation) -> None:
    low, high = found.interval
    figures = {"accuracy": found.accuracy, "95 % interval": f"{low:.4f} to {high:.4f}"}
    figures |= {"mean over classes": found.balanced_accuracy, "loss": found.loss, "images": len(found.labels)}
    print_result(figures, as_json=False)
    shares, rows = found.class_accuracies, found.confusion.tolist()
    columns = [f"as {name}" for name in found.class_names] if len(rows) <= MATRIX else []
    typer.echo("")
    print_table(
        ("class", "accuracy", *columns),
        ((name, shares.get(name, ""), *row[: len(columns)]) for name, row in zip(found.class_names, rows, strict=True)),
    )
