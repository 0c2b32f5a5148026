"""What turns any picture into a network's input, exactly as in its training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from archgraph.errors import InputError
from supernet.images.pictures import EncodedPicture, PixelFormat, decode

LEAST_DEVIATION = 1e-6
"""Of pictures that are all of one colour, on the scale 0 to 255."""


@dataclass(frozen=True, kw_only=True)
class Preprocessing(PixelFormat):
    """Pictures are decoded to a format, and standardised by mean and deviation of each channel.

    Args:
        mean: of each channel over the training part, on the scale 0 to 1.
        deviation: of each channel, on the same scale.

    Example:
        >>> data.preprocessing.apply(Path("cat.jpg"))  # standardised, [channels, height, width]
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def apply(self, picture: Path | bytes) -> Tensor:
        """The standardised input of a picture's file or encoded bytes, float32 [channels, height, width].

        Raises:
            InputError: it cannot be read; the text names it.
        """
        return self.standardise(decode(_encoded(picture), self)[None])[0]

    def unit(self, picture: Path | bytes) -> Tensor:
        """The input of an exported network, which standardises itself: 0 to 1, float32 [channels, height, width].

        Raises:
            InputError: it cannot be read; the text names it.
        """
        return decode(_encoded(picture), self).float() / 255

    def standardise(self, pixels: Tensor, white: float = 255) -> Tensor:
        """Pixels [N, channels, height, width], from 0 to `white`, to float32 of mean 0 and deviation 1."""
        mean, deviation = (self._constant(values, white, pixels) for values in (self.mean, self.deviation))
        return (pixels.float() if pixels.dtype != torch.float32 else pixels.clone()).sub_(mean).div_(deviation)

    def pixels(self, images: Tensor) -> Tensor:
        """Standardised images [N, channels, height, width] back to pixels from 0 to 255, float32."""
        mean, deviation = (self._constant(values, 255, images) for values in (self.mean, self.deviation))
        return images * deviation + mean

    def to_dict(self) -> dict[str, Any]:
        """All of it in words that JSON has, for a model's `config.json`."""
        return {
            "channels": self.channels,
            "size": [self.height, self.width],
            "resize": "bilinear",
            "scale": {"8 bits": 255, "16 bits": self.depth},
            "background": self.background,
            "mean": list(self.mean),
            "deviation": list(self.deviation),
        }

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> Preprocessing:
        """What `to_dict` gave.

        Raises:
            InputError: a setting is missing or makes no sense.
        """
        try:
            height, width = settings["size"]
            depth, background = settings["scale"]["16 bits"], settings["background"]
            mean, deviation = (tuple(map(float, settings[name])) for name in ("mean", "deviation"))
            made = cls(
                channels=settings["channels"],
                height=height,
                width=width,
                depth=depth,
                background=background,
                mean=mean,
                deviation=deviation,
            )
            whole = [made.channels, height, width, background, *([] if depth is None else [depth])]
            sound = (
                all(type(value) is int for value in whole)
                and made.channels in (1, 3)
                and min(height, width, 1 if depth is None else depth) > 0
                and 0 <= background <= 255
                and settings["resize"] == "bilinear"
                and settings["scale"]["8 bits"] == 255
                and len(mean) == len(deviation) == made.channels
                and all(map(math.isfinite, (*mean, *deviation)))
                and min(deviation) > 0
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the preprocessing has no proper {error}") from error
        if not sound:
            raise InputError("the preprocessing makes no sense: channels, size, scale, mean or deviation are damaged")
        return made

    def _constant(self, values: tuple[float, ...], white: float, beside: Tensor) -> Tensor:
        scaled = torch.tensor([value * white for value in values], dtype=torch.float32)
        return scaled.to(beside.device).view(1, -1, 1, 1)


def fitted(form: PixelFormat, batches: Iterable[Tensor]) -> Preprocessing:
    """The preprocessing of pictures of a format, by the pixels of the training part; see `statistics`."""
    mean, deviation = statistics(batches)
    return Preprocessing(**asdict(form), mean=mean, deviation=deviation)


def statistics(batches: Iterable[Tensor]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel over pixels from 0 to 255, on the scale 0 to 1.

    Args:
        batches: pixels, each [N, channels, height, width]; sums of 8-bit pixels are exact, in any batches.
    """
    count, first, second = 0, torch.zeros((), dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    for batch in batches:
        pixels = batch.double()
        count += pixels[:, 0].numel()
        first = first + pixels.sum((0, 2, 3))
        second = second + pixels.square_().sum((0, 2, 3))
    mean = first / count
    deviation = (second / count - mean.square()).clamp(min=0).sqrt().clamp(min=LEAST_DEVIATION)
    return tuple((mean / 255).tolist()), tuple((deviation / 255).tolist())


@dataclass(frozen=True)
class EncodedBytes:
    """A picture in memory."""

    data: bytes

    def read_bytes(self) -> bytes:
        """Its encoded bytes."""
        return self.data

    def __str__(self) -> str:
        return f"a picture of {len(self.data)} bytes"


def _encoded(picture: Path | bytes) -> EncodedPicture:
    return EncodedBytes(picture) if isinstance(picture, bytes) else picture
