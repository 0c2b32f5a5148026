"""Images from files: Parquet in Hugging Face's image layout, and folders with one subfolder a class."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from archgraph.errors import InputError

Part = tuple[Tensor, Tensor]
"""Images [N, channels, height, width] uint8 and labels [N]."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
MAX_BYTES = 16 << 30
"""Largest data set that is read, decoded."""


def read_parquet(folder: Path, size: int | None) -> tuple[Part, Part]:
    """The train and test parts of a folder with `train*.parquet` and `test*.parquet`.

    Each file has the columns `image: struct<bytes, path>` and `label: int64`.

    Args:
        size: side to which images are scaled; None for none.

    Raises:
        InputError: a file is missing or malformed; the text names it and the row.
    """
    return _alike(_parquet_part(folder, "train", size), _parquet_part(folder, "test", size), str(folder))


def read_folder(folder: Path, size: int | None) -> tuple[Part, Part]:
    """The train and test parts of a folder: `train/CLASS/*.png`, `test/CLASS/*.png`.

    A folder without `train` and `test` holds the classes themselves; then every fifth image of a class tests.

    Raises:
        InputError: no images, or one cannot be read; the text names it.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; folder:DIR names one with train and test, a subfolder a class in each")
    parts = [folder / "train", folder / "test"]
    whole = not all(part.is_dir() for part in parts)
    names = sorted(p.name for p in (folder if whole else parts[0]).iterdir() if p.is_dir())
    listed = [[_files(part / name) for name in names] for part in ([folder] if whole else parts)]
    if whole:
        listed = [[[f for i, f in enumerate(c) if (i % 5 == 4) == t] for c in listed[0]] for t in (False, True)]
    elif extra := sorted({p.name for p in parts[1].iterdir() if p.is_dir()} - set(names)):
        raise InputError(f"{parts[1]} has the class {extra[0]}, of which {parts[0]} has no images")
    read = []
    for classes in listed:
        files = [(file, label) for label, found in enumerate(classes) for file in found]
        if not files:
            raise InputError(f"no images ({', '.join(SUFFIXES)}) in {folder}; folder:DIR has a subfolder a class")
        images = _stack([_decode(file.read_bytes(), str(file), size) for file, _ in files], str(folder))
        read.append((images, torch.tensor([label for _, label in files])))
    return _alike(read[0], read[1], str(folder))


def _parquet_part(folder: Path, part: str, size: int | None) -> Part:
    files = sorted([*folder.glob(f"{part}.parquet"), *folder.glob(f"{part}-*.parquet")])
    if not files:
        raise InputError(f"no {part}.parquet in {folder}; hf:DIR names a folder with train.parquet and test.parquet")
    images: list[Tensor] = []
    labels: list[int] = []
    for file in files:
        try:
            table = pq.read_table(file, columns=["image", "label"])
            encoded = table["image"].combine_chunks().field("bytes").to_pylist()
            labels += table["label"].cast(pa.int64()).to_pylist()
        except (OSError, pa.ArrowException, KeyError, AttributeError, ValueError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(
                f"{file}: expected the columns image: struct<bytes, path> and label: int64, but {reason}"
            ) from error
        images += (_decode(data, f"{file}, row {row}", size) for row, data in enumerate(encoded))
    if any(label is None or not 0 <= label < 1 << 16 for label in labels):
        raise InputError(f"{files[0]}: labels are numbers from 0, each given")
    return _stack(images, str(folder)), torch.tensor(labels)


def _decode(data: bytes | None, where: str, size: int | None) -> Tensor:
    """One image, [1 or 3, height, width] uint8."""
    try:
        with Image.open(io.BytesIO(data or b"")) as image:
            pixels = torch.from_numpy(_pixels(image))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{where}: cannot read this image") from error
    image_tensor = pixels[None] if pixels.dim() == 2 else pixels.permute(2, 0, 1)
    if size is None:
        return image_tensor
    return transforms.resize(image_tensor, [size, size], antialias=True)


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Grey [height, width] or colour [height, width, 3]; of 16 bits the upper 8, where Pillow would cut off at 255."""
    if image.mode.startswith("I"):
        return (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
    return np.array(image.convert("L" if image.mode in ("1", "L") else "RGB"))


def _stack(images: Sequence[Tensor], where: str) -> Tensor:
    """All images as one tensor; where grey and colour are mixed, all become colour."""
    if any(image.shape[0] == 3 for image in images):
        images = [image.expand(3, -1, -1) for image in images]
    shapes = {tuple(image.shape) for image in images}
    if len(shapes) > 1:
        sizes = ", ".join(f"{h}x{w}" for _, h, w in sorted(shapes)[:4])
        raise InputError(f"{where} has images of several sizes ({sizes}); give one to scale them to (--size)")
    if images[0].numel() * len(images) * 4 > MAX_BYTES:
        raise InputError(f"{where} takes more than {MAX_BYTES >> 30} GiB of memory; scale the images (--size)")
    return torch.stack(list(images))


def _alike(train: Part, test: Part, where: str) -> tuple[Part, Part]:
    """Both parts in the same form: colour where either has it.

    Raises:
        InputError: their images have different sizes.
    """
    if train[0].shape[2:] != test[0].shape[2:]:
        sizes = " and ".join(f"{h}x{w}" for h, w in (train[0].shape[2:], test[0].shape[2:]))
        raise InputError(f"{where} has images of {sizes} in train and test; give one size to scale them to (--size)")
    channels = max(train[0].shape[1], test[0].shape[1])
    first, second = ((images.expand(-1, channels, -1, -1), labels) for images, labels in (train, test))
    return first, second


def _files(folder: Path) -> list[Path]:
    found: Iterable[Path] = folder.iterdir() if folder.is_dir() else ()
    return sorted(file for file in found if file.suffix.lower() in SUFFIXES)
