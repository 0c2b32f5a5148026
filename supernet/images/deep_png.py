"""The values of 16-bit PNGs by Pillow alone, whose modes hold the upper 8 bits of those with several channels.

A PNG's bytes are unpacked by a raw mode. The other order of bytes gives the lower 8 bits, and two bytes each of grey
and alpha are four of 8 bits. torchvision reads all 16 at once, but a damaged file ends its process.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_LOWER = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}


def deep_png(data: bytes) -> NDArray[np.uint16]:
    """Values of a 16-bit PNG, [1 to 4, height, width]: grey or colour, then alpha.

    Args:
        data: the encoded picture.

    Raises:
        OSError: it is damaged, as other errors of Pillow.
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
