"""One picture: its encoded bytes to pixels, as a person sees it.

EXIF orientation is applied; transparency is composed on a background, where it is not the same all over; palettes and
CMYK become RGB. Of 16-bit pictures no value is lost: Pillow would cut those of a colour PNG to their upper 8 bits.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from archgraph.errors import InputError

Image.init()
FORMATS: list[str] = [
    f for f in ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "JPEG2000", "AVIF") if f in Image.OPEN
]
"""Formats that are opened; others, such as EPS, start programs of their own."""
MAX_ENCODED = 1 << 28
"""Bytes of the largest encoded picture that is read."""
MAX_PIXELS = 89_478_485
"""Pixels of the largest picture that is decoded: Pillow's own limit."""
MAX_DEEP = 100_000_000
"""Values of the largest picture of more than 8 bits that is decoded."""
_LOOKED_AT = 1 << 20
"""Pixels that are looked at for what is seen of a transparent picture."""
_BAND = 1 << 20
"""Pixels that are composed at a time."""
BACKGROUNDS = (255, 0, 128)
"""Greys that transparent pictures are composed on, the first on which they can be seen."""
_LOWER = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
"""Pillow's raw mode of a 16-bit PNG -> that which gives the lower bytes."""
DEPTHS = (1, 255, 1023, 4095, 16383, 65535)
"""Largest values of whole pictures of more than 8 bits: the first that a data set's values do not exceed."""
_GREY = ("1", "L", "LA", "La", "I", "F")
_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x112


class EncodedPicture(Protocol):
    """An encoded picture, as a `pathlib.Path` to one; `str` says where it lies."""

    def read_bytes(self) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class PixelFormat:
    """What pictures are decoded to.

    Args:
        channels: 1 (grey) or 3 (colour).
        height: in pixels.
        width: in pixels.
        depth: value of a picture of more than 8 bits that is white; None for what suits each picture.
        background: grey that transparent pictures are composed on, 0 to 255.
    """

    channels: int
    height: int
    width: int
    depth: int | None = None
    background: int = BACKGROUNDS[0]


@dataclass(frozen=True)
class PictureInfo:
    """What is known of a picture before it is decoded for training.

    Args:
        height: in pixels, turned as EXIF says.
        width: in pixels.
        colour: it has colours, or a palette.
        largest: its largest value, of pictures of more than 8 bits.
        unseen: whether nothing is seen of it on each of `BACKGROUNDS`, of transparent pictures.
        several: it has more frames or pages than the first, which is read.
    """

    height: int
    width: int
    colour: bool
    largest: float | None = None
    unseen: tuple[bool, ...] | None = None
    several: bool = False


def picture_info(picture: EncodedPicture) -> PictureInfo:
    """Size, colours, depth and transparency of a picture; only what is deep or transparent is decoded.

    Raises:
        InputError: it cannot be read; the text names it.
    """
    with _opened(picture) as (image, data):
        width, height = image.size
        if image.format != "TIFF" and _orientation(image) >= 5:
            width, height = height, width
        several = bool(getattr(image, "is_animated", False))
        if not _is_deep(image, data):
            colour, unseen = image.mode not in _GREY, None
            if _has_alpha(image):
                step = _step(image.height, image.width)
                some = image.resize((-(-image.width // step), -(-image.height // step)), Image.Resampling.NEAREST)
                unseen = _unseen(np.asarray(some.convert("RGBA"), np.float32).transpose(2, 0, 1) / np.float32(255))
            return PictureInfo(height, width, colour, None, unseen, several)
        planes = _deep_planes(image, data)
        largest = float(planes.max())
        unseen, step = None, _step(*planes.shape[1:])
        if len(planes) in (2, 4):
            unseen = _unseen(np.asarray(planes[:, ::step, ::step], np.float32) / np.float32(depth_of(largest)))
        return PictureInfo(height, width, len(planes) > 2, largest, unseen, several)


def decode(picture: EncodedPicture, form: PixelFormat) -> Tensor:
    """Pixels from 0 to 255, [channels, height, width]: uint8, or float32 of pictures of more than 8 bits.

    Raises:
        InputError: it cannot be read; the text names it.
    """
    with _opened(picture) as (image, data):
        return _deep(_deep_planes(image, data), form) if _is_deep(image, data) else _shallow(image, form)


def depth_of(largest: float) -> int:
    """The value that is white where none exceeds `largest`."""
    return next(depth for depth in DEPTHS if largest <= depth)


@contextmanager
def _opened(picture: EncodedPicture) -> Iterator[tuple[Image.Image, bytes]]:
    """The picture before its pixels are decoded, and its encoded bytes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = picture.read_bytes()
            if len(data) > MAX_ENCODED:
                raise InputError(f"an image of more than {MAX_ENCODED >> 20} MiB is not read; scale it")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                yield image, data
    except InputError as error:
        raise InputError(f"{picture}: {error}") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{picture}: cannot read this image; none of {', '.join(FORMATS)}") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{picture}: an image of so many pixels is not read; scale it") from error
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError, TypeError, IndexError, struct.error) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{picture}: cannot read this image ({reason})") from error


def _step(height: int, width: int) -> int:
    """Of how many rows, and of how many columns, of a picture one is looked at."""
    return 1 + math.isqrt(max(height * width - 1, 0) // _LOOKED_AT)


def _is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether it has more than 8 bits a channel; of colour PNGs Pillow does not say so, but their header does."""
    return image.mode[0] in "IF" or (image.format == "PNG" and data[24] == 16)


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in _ALPHA or "transparency" in image.info


def _orientation(image: Image.Image) -> int:
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    return int(image.getexif().get(_ORIENTATION, 1))


def _shallow(image: Image.Image, form: PixelFormat) -> Tensor:
    image.load()  # of some formats the orientation comes after the pixels
    if _orientation(image) != 1:
        image = ImageOps.exif_transpose(image)
    if _has_alpha(image):
        image = _in_mode(image, "RGBA")
        least, most = image.getchannel("A").getextrema()
        if least != most:
            image = _on_grey(image, form.background)
        image = _in_mode(image, "RGB")
    image = _in_mode(image, "L" if form.channels == 1 else "RGB")
    return transforms.pil_to_tensor(_resized(image, form))


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """The picture in a mode, itself where it has it: Pillow would copy it."""
    return image if image.mode == mode else image.convert(mode)


def _on_grey(image: Image.Image, grey: int) -> Image.Image:
    """An RGBA picture composed on a grey, in RGB; a band at a time, since all at once takes four times its memory."""
    made, rows = Image.new("RGB", image.size), max(1, _BAND // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        behind = Image.new("RGBA", band.size, (grey, grey, grey, 255))
        made.paste(Image.alpha_composite(behind, band).convert("RGB"), (0, top))
    return made


def _deep_planes(image: Image.Image, data: bytes) -> NDArray[Any]:
    """Its values, [1 to 4, height, width]: grey or colour, then alpha.

    Raises:
        InputError: values below 0, above 65535, or none at all; or too many.
    """
    if image.width * image.height * len(image.getbands()) > MAX_DEEP:
        raise InputError(f"an image of more than {MAX_DEEP:,} values of more than 8 bits is not read; scale it")
    if image.format == "PNG":
        planes: NDArray[Any] = _deep_png(data)
        turn = _TURNS.get(_orientation(image))
        if turn is not None:
            planes = np.stack([np.asarray(Image.fromarray(plane).transpose(turn)) for plane in planes])
    else:
        turned = ImageOps.exif_transpose(image.convert("I") if image.mode.startswith("I;") else image)
        planes = np.asarray(turned, np.float32)[None]
    least, most = float(planes.min()), float(planes.max())  # of values that are no numbers they are none either
    if not 0 <= least <= most <= DEPTHS[-1]:
        raise InputError(f"an image of values from {least:g} to {most:g}; 0 to {DEPTHS[-1]} are read")
    return planes


def _deep_png(data: bytes) -> NDArray[np.uint16]:
    """Values of a 16-bit PNG, [1 to 4, height, width]: grey or colour, then alpha.

    By Pillow, since the decoder of torchvision ends the process at a damaged file. Of several channels modes hold 8
    bits: the other order of bytes gives the lower ones, and two bytes each of grey and alpha are four of 8 bits.
    """
    raw = _raw_mode(data)
    if raw == "I;16B":
        return _unpacked(data, raw)[None].astype(np.uint16)
    if raw == "LA;16B":
        values = _unpacked(data, "RGBA")
        upper, lower = values[..., 0::2], values[..., 1::2]
    else:
        upper, lower = _unpacked(data, raw), _unpacked(data, _LOWER[raw])
    planes = upper.astype(np.uint16)
    planes <<= 8
    planes |= lower
    return planes.transpose(2, 0, 1)


def _raw_mode(data: bytes) -> str:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        return str(image.tile[0][3])


def _unpacked(data: bytes, raw: str) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image.tile = [tile._replace(args=raw) for tile in image.tile]
        return np.asarray(image)


def _deep(planes: NDArray[Any], form: PixelFormat) -> Tensor:
    depth = np.float32(depth_of(float(planes.max())) if form.depth is None else form.depth)
    colours, alpha = planes, None
    if len(planes) in (2, 4):
        colours, opaque = planes[:-1], planes[-1]
        alpha = None if opaque.min() == opaque.max() else opaque
    scaled = [_resized(Image.fromarray(_shown(plane, alpha, depth, form.background)), form) for plane in colours]
    values = np.stack([np.asarray(plane) for plane in scaled])
    if form.channels == 1 and len(values) == 3:
        values = np.tensordot(_LUMA, values, 1)[None]
    return torch.from_numpy(values).expand(form.channels, -1, -1).contiguous()


def _shown(plane: NDArray[Any], alpha: NDArray[Any] | None, depth: np.float32, background: int) -> NDArray[np.float32]:
    """Values from 0 to 255, [height, width], of one plane on a background; a band at a time."""
    made, rows = np.empty(plane.shape, np.float32), max(1, _BAND // plane.shape[1])
    for top in range(0, len(plane), rows):
        band = slice(top, top + rows)
        values = (plane[band] / depth).clip(max=1)
        if alpha is not None:
            seen = (alpha[band] / depth).clip(max=1)
            values = seen * values + (1 - seen) * np.float32(background / 255)
        made[band] = values * 255
    return made


def _composed(planes: NDArray[np.float32], background: int) -> NDArray[np.float32]:
    """Values from 0 to 1 of transparent planes without their alpha plane."""
    colours, alpha = planes[:-1], planes[-1:]
    if alpha.min() == alpha.max():
        return colours
    return np.asarray(alpha * colours + (1 - alpha) * np.float32(background / 255), np.float32)


def _unseen(planes: NDArray[np.float32]) -> tuple[bool, ...]:
    return tuple(bool(_composed(planes, grey).std((1, 2)).max() < 2 / 255) for grey in BACKGROUNDS)


def _resized(image: Image.Image, form: PixelFormat) -> Image.Image:
    """The image in the format's size, by Pillow's bilinear filter."""
    if image.size == (form.width, form.height):
        return image
    scaled: Image.Image = transforms.resize(image, [form.height, form.width])
    return scaled
