"""Data sets by name: `load_images("cifar10", root="data", download=True)`."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

from archgraph.checks import check_whole
from archgraph.errors import InputError
from supernet.images.files import splits_of
from supernet.images.folders import read_folder
from supernet.images.parquet import read_parquet
from supernet.images.pictures import PixelFormat
from supernet.images.preprocessing import Preprocessing, fitted
from supernet.images.splits import IN_ORDER, Images, ImageSplits
from supernet.images.stratified import hold_out

TORCHVISION = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "cifar10": "CIFAR10", "cifar100": "CIFAR100"}
"""Name -> class in torchvision.datasets."""
MIRRORED = {"fashion_mnist", "cifar10", "cifar100"}
DIGITS = tuple("0123456789")
WHITE = 16
"""Largest value of scikit-learn's digits."""
CHOICES = ("digits", *TORCHVISION, "hf:DIR", "folder:DIR")


def load_images(
    name: str,
    root: Path | str = "images",
    download: bool = False,
    size: int | None = None,
    mirrored: bool = False,
    memory: int | None = None,
    workers: int | None = None,
    preprocessing: Preprocessing | None = None,
) -> ImageSplits:
    """The data set called `name`; `described()` says in one line what was read.

    Args:
        name: `digits`, a set of torchvision's, `hf:DIR` (Parquet in Hugging Face's image layout) or `folder:DIR`
            (a folder a class).
        root: where torchvision's sets lie.
        download: fetch a set of torchvision's that is not there; it checks what it fetches against known checksums.
        size: side to which all images are scaled; default as they are where they are of one size of at most 256
            pixels, else squares of their median side, at most 64.
        mirrored: images of `hf:DIR` and `folder:DIR` may be flipped by augmentation.
        memory: bytes that decoded images of `hf:DIR` and `folder:DIR` may take; larger sets are decoded batch by
            batch, with the same numbers. Default half of what is available.
        workers: processes that decode; default one a core for many pictures, none for few.
        preprocessing: of a model that is to see the images; default that of the training part.

    Raises:
        InputError: no such data set, the text lists the choices; or it is not there or cannot be read, or a model's
            preprocessing is of images of another shape.

    Example:
        >>> from supernet import load_images
        >>> load_images("digits").described()[:49]
        'digits: 10 classes, grey 8x8; train 1,077 (0 107,'
    """
    kind, _, folder = name.partition(":")
    if kind in ("hf", "folder") and folder:
        if size is not None:
            check_whole(1, 4096, size=size)
        read = read_parquet if kind == "hf" else read_folder
        return splits_of(name, read(Path(folder)), size, mirrored, memory, workers, preprocessing)
    if size is not None:
        raise InputError(f"a size is for hf:DIR and folder:DIR; the images of {name[:64]} have one already")
    if name == "digits":
        return digits(preprocessing)
    if name in TORCHVISION:
        return _torchvision(name, Path(root), download, preprocessing)
    raise InputError(f"unknown data set {name[:64]!r}; choose from {', '.join(CHOICES)}")


def digits(preprocessing: Preprocessing | None = None) -> ImageSplits:
    """scikit-learn's 1,797 handwritten digits, 8x8 grey, 10 classes; 1,077 train, 360 validation, 360 test.

    The split is fixed (stratified, seed 0), so that figures of different runs compare.
    """
    data = load_digits()
    images = torch.tensor(data.images, dtype=torch.float32)[:, None]
    labels = torch.tensor(data.target, dtype=torch.int64)
    rest, test = train_test_split(np.arange(len(labels)), test_size=360, random_state=0, stratify=labels)
    train, validation = train_test_split(rest, test_size=360, random_state=0, stratify=labels[rest])
    raw = images[train]
    if preprocessing is None:
        mean, deviation = (value.item() / WHITE for value in (raw.mean(), raw.std()))
        preprocessing = Preprocessing(channels=1, height=8, width=8, mean=(mean,), deviation=(deviation,))
    _check_shape("digits", (1, 8, 8), preprocessing)
    own, held_out, last = (
        Images(preprocessing.standardise(images[rows], WHITE), labels[rows]) for rows in (train, validation, test)
    )
    return ImageSplits("digits", own, held_out, last, DIGITS, preprocessing)


def _check_shape(name: str, shape: tuple[int, ...], wanted: Preprocessing) -> None:
    """Check that images of a set that has one shape are those that a model takes."""
    takes = wanted.channels, wanted.height, wanted.width
    if shape != takes:
        raise InputError(f"the model takes images of shape {takes}, but those of {name} are {shape}")


def _torchvision(name: str, root: Path, download: bool, preprocessing: Preprocessing | None) -> ImageSplits:
    from torchvision import datasets

    make = getattr(datasets, TORCHVISION[name])
    try:
        parts = [make(str(root), train=train, download=download) for train in (True, False)]
    except (TimeoutError, URLError, ConnectionError) as error:
        raise InputError(f"cannot download {name}: {error}; fetch it elsewhere and copy it to {root}") from error
    except (RuntimeError, OSError) as error:
        if download:
            raise InputError(f"cannot download {name} to {root}: {_first_line(error)}") from error
        raise InputError(f"{name} is not in {root} or is damaged; give its folder (--root) or --download it") from error
    names = DIGITS if name == "mnist" else tuple(parts[0].classes)
    train, test = ((_stack(part.data), torch.as_tensor(part.targets)) for part in parts)
    if preprocessing is not None:
        _check_shape(name, tuple(train[0].shape[1:]), preprocessing)
    return split_and_standardise(name, train, test, names, name in MIRRORED, preprocessing)


def split_and_standardise(
    name: str,
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    class_names: tuple[str, ...],
    mirrored: bool = False,
    preprocessing: Preprocessing | None = None,
) -> ImageSplits:
    """A data set from raw images [N, channels, height, width] uint8 and labels [N] of its two published parts.

    The validation part is drawn from the training part, always the same one; images are standardised by the mean and
    deviation of each channel over what remains, or by a given preprocessing.

    Raises:
        InputError: fewer than two classes, or too few images.
    """
    (images, labels), (_, test_labels) = train, test
    if len(class_names) < 2:
        raise InputError(f"{name} has a single class; give at least two")
    if len(labels) < 2 or not len(test_labels):
        raise InputError(f"{name} has too few images: {len(labels)} to train on and {len(test_labels)} to test")
    stays, held_out = hold_out(labels.long())
    channels, height, width = images.shape[1:]
    form = PixelFormat(channels=channels, height=height, width=width)
    own = images[stays]
    preprocessing = preprocessing or fitted(form, own.split(IN_ORDER))
    parts = (own, labels[stays]), (images[held_out], labels[held_out]), test
    first, second, third = (Images(preprocessing.standardise(part), numbers.long()) for part, numbers in parts)
    notes = ("validation drawn from train, balanced by class",)
    return ImageSplits(name, first, second, third, class_names, preprocessing, mirrored, notes)


def _stack(data: Tensor | np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    """torchvision's [N, height, width] or [N, height, width, 3] -> [N, channels, height, width]."""
    images = torch.as_tensor(data)
    return images[:, None] if images.dim() == 3 else images.permute(0, 3, 1, 2)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
