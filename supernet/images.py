"""Labelled images in memory, split once into train, validation and test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

from archgraph.errors import InputError


@dataclass(frozen=True)
class Images:
    """One part of a data set.

    Args:
        images: [N, channels, height, width] float32, standardised with the training part's mean and deviation.
        labels: [N] int64.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Tensor | slice) -> Images:
        """The images of `rows`."""
        return Images(self.images[rows], self.labels[rows])

    def to(self, device: torch.device | str) -> Images:
        """The same images on `device`."""
        return Images(self.images.to(device), self.labels.to(device))

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[Images]:
        """Shuffled batches of exactly `batch_size` images; the remainder waits for the next epoch's order."""
        order = torch.randperm(len(self), generator=generator).to(self.labels.device)
        size = min(batch_size, len(self))
        for start in range(0, len(self) - size + 1, size):
            yield self.take(order[start : start + size])


@dataclass(frozen=True)
class ImageSplits:
    """A data set: train to fit weights, validation for every choice, test for the final figure only.

    Args:
        name: as the command line calls it.
        classes: number of classes.
        mirrored: an image's mirror image is of the same class, so augmentation may flip it.
    """

    name: str
    classes: int
    train: Images
    validation: Images
    test: Images
    mirrored: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        _, channels, height, width = self.train.images.shape
        return channels, height, width

    def limit_train(self, size: int) -> ImageSplits:
        """The same data with only the first `size` training images (their order is random already)."""
        return replace(self, train=self.train.take(slice(0, size)))

    def to(self, device: torch.device | str) -> ImageSplits:
        """The same data on `device`."""
        parts = {name: getattr(self, name).to(device) for name in ("train", "validation", "test")}
        return replace(self, **parts)


def digits() -> ImageSplits:
    """scikit-learn's 1,797 handwritten digits, 8x8 grey, 10 classes; 1,077 train, 360 validation, 360 test.

    The split is fixed (stratified, seed 0), so that figures of different runs compare.
    """
    data = load_digits()
    images = torch.tensor(data.images, dtype=torch.float32)[:, None]
    labels = torch.tensor(data.target, dtype=torch.int64)
    rest, test = train_test_split(np.arange(len(labels)), test_size=360, random_state=0, stratify=labels)
    train, validation = train_test_split(rest, test_size=360, random_state=0, stratify=labels[rest])
    mean, deviation = images[train].mean(), images[train].std()
    parts = [Images((images[rows] - mean) / deviation, labels[rows]) for rows in (train, validation, test)]
    return ImageSplits("digits", 10, *parts)


DATASETS = {"digits": digits}


def load_images(name: str) -> ImageSplits:
    """The data set called `name`.

    Raises:
        InputError: no such data set; the text lists the choices.
    """
    if name not in DATASETS:
        raise InputError(f"unknown data set {name[:64]!r}; choose from {', '.join(DATASETS)}")
    return DATASETS[name]()
