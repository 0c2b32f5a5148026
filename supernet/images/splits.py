"""Labelled images in memory, split once into train, validation and test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.networks.macro_skeleton import MacroSkeleton


@dataclass(frozen=True)
class Images:
    """One part of a data set.

    Args:
        images: [N, channels, height, width] float32, standardised with the training part's mean and deviation.
        labels: [N] int64.
        device: where batches are used, if not where the images lie.
    """

    images: Tensor
    labels: Tensor
    device: torch.device | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def batch_device(self) -> torch.device:
        """The device where batches are used."""
        return self.device or self.labels.device

    def take(self, rows: Tensor | slice) -> Images:
        """The images of `rows`."""
        return Images(self.images[rows], self.labels[rows], self.device)

    def to(self, device: torch.device | str) -> Images:
        """The same images on `device`; what does not fit into half its free memory stays, and batches travel."""
        where = torch.device(device)
        if where.type == "cuda" and self.images.nbytes > torch.cuda.mem_get_info(where)[0] // 2:
            return Images(self.images, self.labels, where)
        return Images(self.images.to(where), self.labels.to(where))

    def batch(self, rows: Tensor | slice) -> Images:
        """The images of `rows` where they are used."""
        return Images(self.images[rows].to(self.batch_device), self.labels[rows].to(self.batch_device))

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[Images]:
        """Shuffled batches of exactly `batch_size` images; the remainder waits for the next epoch's order."""
        order = torch.randperm(len(self), generator=generator).to(self.labels.device)
        size = min(batch_size, len(self))
        for start in range(0, len(self) - size + 1, size):
            yield self.batch(order[start : start + size])

    def forever(self, batch_size: int, generator: torch.Generator) -> Iterator[Images]:
        """Epoch after epoch, without end."""
        while True:
            yield from self.epoch(batch_size, generator)

    def in_order(self, batch_size: int = 256) -> Iterator[Images]:
        """All images once, in order."""
        for start in range(0, len(self), batch_size):
            yield self.batch(slice(start, start + batch_size))


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
        """The same data with only the first `size` training images (their order is random already).

        Raises:
            InputError: the size is none.
        """
        check_whole(1, size=size)
        return replace(self, train=self.train.take(slice(0, size)))

    def to(self, device: torch.device | str) -> ImageSplits:
        """The same data on `device`."""
        parts = {name: getattr(self, name).to(device) for name in ("train", "validation", "test")}
        return replace(self, **parts)


def split_and_standardise(
    name: str,
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    mirrored: bool = False,
    validation: int | None = None,
) -> ImageSplits:
    """A data set from raw images [N, channels, height, width] and labels [N] of its two published parts.

    The validation part is drawn from the training part, always the same one (seed 0), in random order; images are
    standardised by the mean and deviation of each channel over what remains.

    Args:
        validation: its size; default a tenth.

    Raises:
        InputError: fewer than two classes, or too few images.
    """
    images, labels = train
    size = max(len(labels) // 10, 1) if validation is None else validation
    if len(labels) - size < 1 or not len(test[1]):
        raise InputError(f"{name} has too few images: {len(labels)} to train on and {len(test[1])} to test")
    classes = int(torch.cat([labels, test[1]]).max()) + 1
    if classes < 2:
        raise InputError(f"{name} has a single class; give at least two")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    own = images[order[size:]]
    mean = own.mean((0, 2, 3), dtype=torch.float32, keepdim=True) if own.is_floating_point() else _mean(own)
    deviation = own.float().sub_(mean).square_().mean((0, 2, 3), keepdim=True).sqrt().clamp(min=1e-6)
    parts = [(own, labels[order[size:]]), (images[order[:size]], labels[order[:size]]), test]
    own_part, held_out, last = (Images(i.float().sub_(mean).div_(deviation), t.long()) for i, t in parts)
    return ImageSplits(name, classes, own_part, held_out, last, mirrored)


def _mean(images: Tensor) -> Tensor:
    return images.double().mean((0, 2, 3), keepdim=True).float()


def check_images(skeleton: MacroSkeleton, images: Images) -> None:
    """Check that networks of a macro skeleton take these images.

    Raises:
        InputError: they have another shape, or more classes.
    """
    if (shape := tuple(images.images.shape[1:])) != tuple(skeleton.image):
        raise InputError(f"the macro skeleton takes images of shape {tuple(skeleton.image)}, but got {shape}")
    if (classes := int(images.labels.max()) + 1) > skeleton.classes:
        raise InputError(f"the macro skeleton has {skeleton.classes} classes, but the images are of {classes}")
