"""Images that are decoded batch by batch: sets larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from supernet.images.loader import in_batches, in_turns
from supernet.images.pictures import EncodedPicture, PixelFormat, decode
from supernet.images.preprocessing import Preprocessing
from supernet.images.splits import IN_ORDER, ImagePart, Images


@dataclass(frozen=True)
class StreamedImages(ImagePart):
    """EncodedPicture pictures, decoded by the workers of a DataLoader and standardised where they are used.

    Args:
        pictures: N files, or rows of tables.
        labels: [N] int64, on the CPU.
        preprocessing: what turns a picture into an image.
        device: where batches are used.
        workers: processes that decode; default one a core for many pictures, none for few.
    """

    pictures: Sequence[EncodedPicture]
    labels: Tensor
    preprocessing: Preprocessing
    device: torch.device | str = "cpu"
    workers: int | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        return self.preprocessing.channels, self.preprocessing.height, self.preprocessing.width

    @property
    def batch_device(self) -> torch.device:
        """The device where batches are used."""
        return torch.device(self.device)

    def take(self, rows: Tensor | slice) -> StreamedImages:
        """The images of `rows`."""
        pictures = [self.pictures[row] for row in self._numbers(rows)]
        return replace(self, pictures=pictures, labels=self.labels[rows])

    def joined(self, other: ImagePart) -> StreamedImages:
        """These images, then those of `other`, also decoded as they are needed."""
        assert isinstance(other, StreamedImages)
        labels = torch.cat([self.labels, other.labels])
        return replace(self, pictures=[*self.pictures, *other.pictures], labels=labels)

    def to(self, device: torch.device | str) -> StreamedImages:
        """The same images; batches are standardised on `device`."""
        return replace(self, device=device)

    def batches(self, rows: Sequence[Tensor | slice]) -> Iterator[Images]:
        """The images of each of `rows`, where they are used.

        Raises:
            InputError: a picture cannot be read any more; the text names it.
        """
        numbers = [self._numbers(each) for each in rows]
        device = self.batch_device
        pin = device.type == "cuda"
        found = decoded(self.pictures, self.preprocessing, numbers, self.workers, pin)
        for each, pixels in zip(rows, found, strict=True):
            images = self.preprocessing.standardise(pixels.to(device, non_blocking=pin))
            yield Images(images, self.labels[each].to(device))

    def _numbers(self, rows: Tensor | slice) -> list[int]:
        numbers: list[int] = torch.arange(len(self))[rows].tolist()
        return numbers


def decoded(
    pictures: Sequence[EncodedPicture],
    form: PixelFormat,
    batches: Sequence[Sequence[int]],
    workers: int | None = None,
    pin: bool = False,
) -> Iterator[Tensor]:
    """Pixels from 0 to 255 of each batch, [batch, channels, height, width]."""
    return in_batches(pictures, partial(decode, form=form), batches, workers, pin)


def decoded_in_order(
    pictures: Sequence[EncodedPicture], form: PixelFormat, workers: int | None = None
) -> Iterator[Tensor]:
    """Pixels from 0 to 255 of all pictures, in batches of `IN_ORDER`."""
    return decoded(pictures, form, in_turns(len(pictures), IN_ORDER), workers)
