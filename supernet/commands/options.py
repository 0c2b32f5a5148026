"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archgraph.errors import InputError

if TYPE_CHECKING:
    from archgraph.networks.steps import Shape
    from supernet.images.splits import ImageSplits

DatasetOption = Annotated[
    str,
    typer.Option("--dataset", help="digits, mnist, fashion_mnist, cifar10, cifar100, hf:DIR (Parquet) or folder:DIR."),
]
RootOption = Annotated[Path, typer.Option("--root", help="Folder of torchvision's data sets.")]
DownloadOption = Annotated[bool, typer.Option("--download", help="Fetch a data set that is not in --root.")]
SizeOption = Annotated[
    int | None, typer.Option("--size", help="Side to which hf: and folder: images are scaled.", min=1, max=1024)
]
TrainSizeOption = Annotated[int | None, typer.Option("--train-size", help="Training images; default all.", min=2)]
EpochsOption = Annotated[int, typer.Option("--epochs", help="Epochs over the training images.", min=1)]
BatchSizeOption = Annotated[int, typer.Option("--batch-size", help="Images a step.", min=1)]
RateOption = Annotated[float, typer.Option("--learning-rate", help="Learning rate at the start of its cosine.")]
OptimizerOption = Annotated[str, typer.Option("--optimizer", help="adam, adamw or sgd.")]
DecayOption = Annotated[float, typer.Option("--weight-decay", help="Weight decay.", min=0)]
ClipOption = Annotated[float, typer.Option("--clip", help="Largest norm of a network's gradient; 0 for any.", min=0)]
AugmentOption = Annotated[
    bool, typer.Option("--augment", help="Random crops, and flips where the data set allows them.")
]
PrecisionOption = Annotated[str, typer.Option("--precision", help="float32 or bfloat16 (mixed).")]
NetworkOption = Annotated[
    list[str] | None,
    typer.Option("--network", help="Change to the published network, as in channels=8; repeat for more."),
]


def images_of(dataset: str, root: Path, download: bool, size: int | None, train_size: int | None = None) -> ImageSplits:
    """The data set that --dataset and the options beside it name.

    Raises:
        InputError: it is not there, or has fewer training images.
    """
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
    made = {}
    for option in options or ():
        name, _, value = option.partition("=")
        if not name or not value.isdecimal() or len(value) > 9:
            raise InputError(f"--network is written as in channels=8, but got {option[:64]!r}")
        made[name] = int(value)
    return made


def image_shape(text: str) -> Shape:
    """What --image says, as in 3x32x32.

    Raises:
        InputError: it is not of this form.
    """
    if not (match := re.fullmatch(r"(\d{1,4})x(\d{1,4})x(\d{1,4})", text)):
        raise InputError(f"--image is written as 3x32x32, but got {text[:32]!r}")
    channels, height, width = map(int, match.groups())
    return channels, height, width
