"""Labelled images, split once into train, validation and test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from archgraph.checks import check_choice, check_whole
from archgraph.errors import InputError
from archgraph.networks.macro_skeleton import MacroSkeleton
from archgraph.texts import printable
from supernet.images.listing import counted, some
from supernet.images.preprocessing import Preprocessing
from supernet.images.stratified import LEAST_IMAGES, LEAST_OF_CLASS, folds

IN_ORDER = 256
"""Images of a batch where order is all that matters."""
LISTED = 12
"""Classes whose images are counted one by one."""


class ImagePart(ABC):
    """One part of a data set: images in memory, or decoded as they are needed; both give the same batches.

    Attributes:
        labels: [N] int64.
    """

    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""

    @property
    @abstractmethod
    def batch_device(self) -> torch.device:
        """The device where batches are used."""

    @abstractmethod
    def take(self, rows: Tensor | slice) -> ImagePart:
        """The images of `rows`."""

    @abstractmethod
    def joined(self, other: ImagePart) -> ImagePart:
        """These images, then those of `other`, which is of the same kind."""

    @abstractmethod
    def to(self, device: torch.device | str) -> ImagePart:
        """The same images for use on `device`."""

    @abstractmethod
    def batches(self, rows: Sequence[Tensor | slice]) -> Iterator[Images]:
        """The images of each of `rows`, where they are used."""

    def batch(self, rows: Tensor | slice) -> Images:
        """The images of `rows` where they are used."""
        return next(self.batches([rows]))

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[Images]:
        """Shuffled batches of exactly `batch_size` images; the remainder waits for the next epoch's order."""
        order = torch.randperm(len(self), generator=generator).to(self.labels.device)
        size = min(batch_size, len(self))
        yield from self.batches([order[start : start + size] for start in range(0, len(self) - size + 1, size)])

    def forever(self, batch_size: int, generator: torch.Generator) -> Iterator[Images]:
        """Epoch after epoch, without end."""
        while True:
            yield from self.epoch(batch_size, generator)

    def in_order(self, batch_size: int = IN_ORDER) -> Iterator[Images]:
        """All images once, in order."""
        return self.batches([slice(start, start + batch_size) for start in range(0, len(self), batch_size)])


@dataclass(frozen=True)
class Images(ImagePart):
    """Images in memory.

    Args:
        images: [N, channels, height, width] float32, standardised with the training part's mean and deviation.
        labels: [N] int64.
        device: where batches are used, if not where the images lie.
    """

    images: Tensor
    labels: Tensor
    device: torch.device | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    @property
    def batch_device(self) -> torch.device:
        """The device where batches are used."""
        return self.device or self.labels.device

    def take(self, rows: Tensor | slice) -> Images:
        """The images of `rows`."""
        return Images(self.images[rows], self.labels[rows], self.device)

    def joined(self, other: ImagePart) -> Images:
        """These images, then those of `other`, also in memory."""
        assert isinstance(other, Images)
        images, labels = torch.cat([self.images, other.images]), torch.cat([self.labels, other.labels])
        return Images(images, labels, self.device)

    def to(self, device: torch.device | str) -> Images:
        """The same images on `device`; what does not fit into half its free memory stays, and batches travel."""
        target = torch.device(device)
        if target.type == "cuda" and self.images.nbytes > torch.cuda.mem_get_info(target)[0] // 2:
            return Images(self.images, self.labels, target)
        return Images(self.images.to(target), self.labels.to(target))

    def batches(self, rows: Sequence[Tensor | slice]) -> Iterator[Images]:
        """The images of each of `rows`, where they are used."""
        for each in rows:
            yield Images(self.images[each].to(self.batch_device), self.labels[each].to(self.batch_device))


@dataclass(frozen=True)
class ImageSplits:
    """A data set: train to fit weights, validation for every choice, test for the final figure only.

    Args:
        name: as the command line calls it.
        train: in random order.
        validation: drawn from the same pictures, or a part that was given.
        test: likewise.
        class_names: in the order of the outputs of a network.
        preprocessing: what turns a picture's file into an image of these parts.
        mirrored: an image's mirror image is of the same class, so augmentation may flip it.
        notes: what was passed over when it was read, and what was decided.
        fingerprint: of the pictures of files that were read; empty where the name says all.

    Example:
        >>> from supernet import load_images
        >>> images = load_images("digits")
        >>> images.shape, images.classes, {name: len(part) for name, part in images.parts.items()}
        ((1, 8, 8), 10, {'train': 1077, 'validation': 360, 'test': 360})
    """

    name: str
    train: ImagePart
    validation: ImagePart
    test: ImagePart
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    mirrored: bool = False
    notes: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        return self.train.shape

    @property
    def parts(self) -> dict[str, ImagePart]:
        """Its parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def part(self, name: str) -> ImagePart:
        """The part of that name; `all` is all of them, one after the other.

        Raises:
            InputError: there is none of that name.
        """
        check_choice((*self.parts, "all"), part=name)
        return self.parts.get(name) or self.train.joined(self.validation).joined(self.test)

    def counts(self, part: ImagePart) -> list[int]:
        """Images of each class in a part."""
        found: list[int] = part.labels.cpu().bincount(minlength=self.classes).tolist()
        return found

    def described(self) -> str:
        """One line: what was read, how it was split, what was passed over, and what is too small."""
        channels, height, width = self.shape
        said = [
            f"{printable(self.name)}: {self.classes} classes, {'grey' if channels == 1 else 'colour'} {height}x{width}"
        ]
        said += [f"{name} {self._counted(part)}" for name, part in self.parts.items()]
        return "; ".join([*said, *self.notes, *filter(None, [self.shortage()])])

    def shortage(self) -> str | None:
        """Why the validation part is too small to decide by, and what to do; None where it is not."""
        counts = self.counts(self.validation)
        least = min(counts)
        if len(self.validation) >= LEAST_IMAGES and least >= LEAST_OF_CLASS:
            return None
        return (
            f"{counted(len(self.validation), 'validation image')}, {least} of class "
            f"{some([self.class_names[counts.index(least)]])}, are too few to decide by ({LEAST_IMAGES}, and "
            f"{LEAST_OF_CLASS} of each class, would do): use folds (--folds)"
        )

    def limit_train(self, size: int) -> ImageSplits:
        """The same data with only the first `size` training images (their order is random already).

        Raises:
            InputError: the size is none.
        """
        check_whole(1, size=size)
        return replace(self, train=self.train.take(slice(0, size)))

    def folds(self, count: int) -> Iterator[ImageSplits]:
        """Cross-validation: `count` splits of train and validation part together, stratified; the test part is kept.

        Each image validates once, but for a class's only one, which always trains. Images stay standardised as they
        are, so that one preprocessing serves all.

        Raises:
            InputError: fewer than 2 folds, or more than a fold's images.
        """
        check_whole(2, len(self.train) + len(self.validation), folds=count)
        every = self.train.joined(self.validation)
        labels = every.labels.cpu()
        for rows in folds(labels, count):
            stays = torch.ones(len(labels), dtype=torch.bool)
            stays[rows] = False
            order = torch.randperm(int(stays.sum()), generator=torch.Generator().manual_seed(0))
            train = every.take(stays.nonzero().flatten()[order].to(every.labels.device))
            yield replace(self, train=train, validation=every.take(rows.to(every.labels.device)))

    def to(self, device: torch.device | str) -> ImageSplits:
        """The same data on `device`."""
        train, validation, test = (part.to(device) for part in self.parts.values())
        return replace(self, train=train, validation=validation, test=test)

    def _counted(self, part: ImagePart) -> str:
        counts = dict(zip(map(printable, self.class_names), self.counts(part), strict=True))
        if self.classes <= LISTED:
            return f"{len(part):,} ({', '.join(f'{name} {count:,}' for name, count in counts.items())})"
        none = [name for name, count in counts.items() if not count]
        least, most = min(counts.values()), max(counts.values())
        return f"{len(part):,} ({least:,} to {most:,} of a class{'; none of ' + some(none) if none else ''})"


def check_images(skeleton: MacroSkeleton, images: ImagePart) -> None:
    """Check that networks of a macro skeleton take these images.

    Raises:
        InputError: they have another shape, or more classes.
    """
    if images.shape != tuple(skeleton.image):
        raise InputError(f"the macro skeleton takes images of shape {tuple(skeleton.image)}, but got {images.shape}")
    if (classes := int(images.labels.max()) + 1) > skeleton.classes:
        raise InputError(f"the macro skeleton has {skeleton.classes} classes, but the images are of {classes}")
