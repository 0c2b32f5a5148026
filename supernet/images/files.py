"""Listed pictures become a data set: surveyed, split, and decoded into memory if they fit."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from archgraph.errors import InputError
from archgraph.persistence.fingerprints import fingerprint
from supernet.images.listing import TEST, TRAIN, VALIDATION, Classes, Listing, classes_of
from supernet.images.memory import available_memory
from supernet.images.pictures import EncodedPicture, PixelFormat
from supernet.images.preprocessing import Preprocessing, fitted
from supernet.images.splits import IN_ORDER, ImagePart, Images, ImageSplits
from supernet.images.stratified import hold_out
from supernet.images.streamed import StreamedImages, decoded_in_order
from supernet.images.survey import common_format

_SOME = 64  # pictures of a part that are read for its fingerprint
Part = tuple[Sequence[EncodedPicture], Tensor]
"""EncodedPicture pictures and labels [N]."""


def splits_of(
    name: str,
    listing: Listing,
    size: int | None = None,
    mirrored: bool = False,
    memory: int | None = None,
    workers: int | None = None,
    preprocessing: Preprocessing | None = None,
) -> ImageSplits:
    """The data set of listed pictures.

    Parts that are given stay; others are drawn from the training part, by each class's share. All pictures are decoded
    once here, so that what is damaged is found before anything is trained.

    Args:
        name: as the command line calls it.
        listing: its pictures.
        size: side that they are scaled to; default as `common_format` decides.
        mirrored: augmentation may flip them.
        memory: bytes that decoded images may take; larger sets are decoded batch by batch. Default half of what is
            available.
        workers: processes that decode.
        preprocessing: of a model that is to see them; default that of the training part.

    Raises:
        InputError: a picture cannot be read, there are too few, or fewer than two classes; the text names it.
    """
    classes = classes_of(listing)
    every = [picture for part in listing.parts.values() for picture in part.pictures]
    form, decided = common_format(every, size, workers) if preprocessing is None else (preprocessing, ())
    given = {part: (pictures.pictures, torch.tensor(classes.labels[part])) for part, pictures in listing.parts.items()}
    parts, drawn = _all_parts(name, given)
    bound = available_memory() // 2 if memory is None else memory
    in_memory = 4 * form.channels * form.height * form.width * len(every) <= bound
    preprocessing, made = (_in_memory if in_memory else _streamed)(parts, form, workers, preprocessing)
    streamed = () if in_memory else ("decoded batch by batch, as it does not fit into memory",)
    notes = (*listing.notes, *classes.notes, *decided, *drawn, *streamed)
    train, validation, test = (made[part] for part in (TRAIN, VALIDATION, TEST))
    return ImageSplits(
        name, train, validation, test, classes.names, preprocessing, mirrored, notes, _fingerprint(listing, classes)
    )


def _fingerprint(listing: Listing, classes: Classes) -> str:
    """Of the classes, all labels, and the files of some pictures that lie evenly among all."""
    found = ["\n".join(classes.names).encode()]
    for part, pictures in sorted(listing.parts.items()):
        found += [part.encode(), bytes(torch.tensor(classes.labels[part]).numpy())]
        step = max(1, len(pictures.pictures) // _SOME)
        found += [picture.read_bytes() for picture in pictures.pictures[::step]]
    return fingerprint(found)


def _all_parts(name: str, given: dict[str, Part]) -> tuple[dict[str, Part], tuple[str, ...]]:
    """Train, validation and test part, and how those that were not given are drawn.

    Raises:
        InputError: too few images to draw from.
    """
    parts, missing = dict(given), [part for part in (TEST, VALIDATION) if part not in given]
    for number, part in enumerate(missing):
        pictures, labels = parts[TRAIN]
        stays, held_out = hold_out(labels, leave=len(missing) - number)
        if not len(stays) or not len(held_out):
            raise InputError(f"{name} has too few images to draw a {part} part from: {len(labels)}")
        rows = held_out.sort().values if part == TEST else held_out
        parts[TRAIN], parts[part] = _rows(pictures, labels, stays), _rows(pictures, labels, rows)
    if not missing:
        order = torch.randperm(len(parts[TRAIN][1]), generator=torch.Generator().manual_seed(0))
        parts[TRAIN] = _rows(*parts[TRAIN], order)
    drawn = f"{' and '.join(sorted(missing))} drawn from train, balanced by class"
    return parts, (drawn,) if missing else ()


def _rows(pictures: Sequence[EncodedPicture], labels: Tensor, rows: Tensor) -> Part:
    return [pictures[row] for row in rows.tolist()], labels[rows]


def _in_memory(
    parts: dict[str, Part], form: PixelFormat, workers: int | None, given: Preprocessing | None
) -> tuple[Preprocessing, dict[str, ImagePart]]:
    pixels = {part: _pixels(pictures, form, workers) for part, (pictures, _) in parts.items()}
    preprocessing = given or fitted(form, pixels[TRAIN].split(IN_ORDER))
    made: dict[str, ImagePart] = {}
    for part, (_, labels) in parts.items():
        for batch in pixels[part].split(IN_ORDER):
            batch.copy_(preprocessing.standardise(batch))
        made[part] = Images(pixels[part], labels)
    return preprocessing, made


def _pixels(pictures: Sequence[EncodedPicture], form: PixelFormat, workers: int | None) -> Tensor:
    """Pixels from 0 to 255 of all pictures, [N, channels, height, width] float32."""
    pixels = torch.empty(len(pictures), form.channels, form.height, form.width)
    for batch, found in zip(pixels.split(IN_ORDER), decoded_in_order(pictures, form, workers), strict=True):
        batch.copy_(found)
    return pixels


def _streamed(
    parts: dict[str, Part], form: PixelFormat, workers: int | None, given: Preprocessing | None
) -> tuple[Preprocessing, dict[str, ImagePart]]:
    preprocessing = given or fitted(form, decoded_in_order(parts[TRAIN][0], form, workers))
    for part in (VALIDATION, TEST) if given is None else (TRAIN, VALIDATION, TEST):
        for _ in decoded_in_order(parts[part][0], form, workers):
            pass  # what is damaged is refused here
    made: dict[str, ImagePart] = {
        part: StreamedImages(pictures, labels, preprocessing, workers=workers)
        for part, (pictures, labels) in parts.items()
    }
    return preprocessing, made
