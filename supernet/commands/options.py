"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archgraph.checks import check_once
from archgraph.errors import InputError

if TYPE_CHECKING:
    from archgraph.networks.choice import NetworkChoice
    from archgraph.networks.steps import Shape
    from archgraph.spaces import Space
    from archgraph.table.table import ArchTable
    from supernet.images.splits import ImageSplits
    from supernet.imported.space import NetworkSpace

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
    str | None,
    typer.Option(
        "--network",
        help="published (the space's own; default), rows (FaDE's) or pooled (trained in little time), where the graphs "
        "do not say in which network they were found.",
    ),
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Change to the network, as in channels=8; repeat for more.")
]
IdOption = Annotated[str | None, typer.Option("--id", help="The architecture; not needed where there is one.")]
SHOWN = ("test_accuracy", "test_interval", "validation_accuracy", "params", "flops", "latency_ms")
"""Figures of a model that go to stdout."""
ModelFolder = Annotated[Path, typer.Argument(help="Folder of a model that `fit` wrote.", metavar="MODEL")]


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


def network_choice(
    kind: str | None, changes: list[str] | None, found: Mapping[str, Any] | None = None
) -> NetworkChoice:
    """The network that --network and --set name.

    Args:
        kind: what --network says.
        changes: what --set says, as in channels=8.
        found: the network in which a search found the graph, from its `meta`; --set changes it, --network replaces it.

    Raises:
        InputError: an option is not of this form or given twice, or there is no such network.
    """
    from archgraph.networks.choice import NetworkChoice

    settings: dict[str, int] = {}
    for option in changes or ():
        name, _, value = option.partition("=")
        if not name or not value.isdecimal() or len(value) > 9:
            raise InputError(f"--set is written as in channels=8, but got {option[:64]!r}")
        check_once(name, settings)
        settings[name] = int(value)
    if kind is not None:
        return NetworkChoice(kind, settings)
    known = NetworkChoice.from_dict(found or {})
    return NetworkChoice(known.kind, {**known.settings, **settings})


def found_network(table: ArchTable) -> Mapping[str, Any] | None:
    """The network in which a search found the graphs, from their `meta`; None where they do not say.

    Raises:
        InputError: they were found in different ones.
    """
    found = [meta.get("network") for meta in table.meta] if table.meta_texts is not None else [None]
    if any(network != found[0] for network in found):
        raise InputError("the graphs were found in different networks; name one for all with --network")
    return found[0]


def row_called(name: str | None, table: ArchTable, graphs: Path) -> int:
    """The row of the architecture of that id; of the only one where none is given.

    Raises:
        InputError: there is none, or there are several.
    """
    ids = list(map(str, table.ids))
    rows = [row for row, known in enumerate(ids) if name in (None, known)]
    if len(rows) == 1:
        return rows[0]
    if name is not None and rows:
        raise InputError(
            f"{graphs}: rows {rows[0]} and {rows[1]} are both called {name[:64]!r}; give them ids of their own"
        )
    some = ", ".join(repr(known[:64]) for known in ids[:3]) + (", ..." if len(ids) > 3 else "")
    called = "" if name is None else f" called {name[:64]!r}"
    raise InputError(f"{graphs} holds {len(rows)} architectures{called}; name one with --id: {some}")


def shown_metrics(metrics: Mapping[str, Any], as_json: bool) -> dict[str, Any]:
    """The figures of a model that go to stdout."""
    low, high = metrics["test_interval"]
    found = {name: metrics[name] for name in SHOWN}
    return found if as_json else found | {"test_interval": f"{low:.4f} to {high:.4f} (95 %)"}


def image_shape(text: str) -> Shape:
    """What --image says, as in 3x32x32.

    Raises:
        InputError: it is not of this form.
    """
    if not (match := re.fullmatch(r"(\d{1,4})x(\d{1,4})x(\d{1,4})", text)):
        raise InputError(f"--image is written as 3x32x32, but got {text[:32]!r}")
    channels, height, width = map(int, match.groups())
    return channels, height, width


def space_around_network(table: ArchTable, row: int) -> Space | None:
    """The space of a graph, where that stands around a network whose weights are inherited; None elsewhere.

    Raises:
        InputError: its file is missing or malformed.
    """
    from archgraph import spaces

    name = str(table.space[row])
    space = spaces.get(name) if name.partition(":")[0] in spaces.SPACES else None
    return None if space is None or space.network is None else space


def network_around(table: ArchTable, row: int) -> NetworkSpace | None:
    """The same with its network and weights.

    Raises:
        InputError: a file is missing or malformed.
    """
    from supernet.imported.space import NetworkSpace

    space = space_around_network(table, row)
    return None if space is None else NetworkSpace(space)
