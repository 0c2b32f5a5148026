"""The labelled pictures that files hold, still encoded: what readers of folders and of tables give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archgraph.errors import InputError
from archgraph.texts import printable
from supernet.images.pictures import EncodedPicture

TRAIN, VALIDATION, TEST = PARTS = ("train", "validation", "test")
_PART_NAMES = {
    TRAIN: ("train", "training", "trn"),
    VALIDATION: ("validation", "valid", "val", "dev"),
    TEST: ("test", "testing", "tst"),
}


def part_called(name: str) -> str | None:
    """Which of `PARTS` goes by this name, in any case; None for none."""
    return next((part for part, names in _PART_NAMES.items() if name.lower() in names), None)


@dataclass(frozen=True)
class LabelledPictures:
    """EncodedPicture pictures, each with its class's name or number."""

    pictures: Sequence[EncodedPicture]
    labels: Sequence[Any]


@dataclass(frozen=True)
class Listing:
    """What a folder holds.

    Args:
        where: the folder.
        parts: by name of `PARTS`; only `train` where the files have no parts.
        names: names of the numbers from 0, where labels are numbers and have names.
        notes: what was passed over, and what was decided.
    """

    where: Path
    parts: dict[str, LabelledPictures]
    names: Sequence[str] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classes:
    """The classes that are told apart.

    Args:
        names: in the order of a network's outputs.
        labels: of each part, counted from 0.
        notes: what became of labels.
    """

    names: tuple[str, ...]
    labels: dict[str, list[int]]
    notes: tuple[str, ...]


def classes_of(listing: Listing) -> Classes:
    """The classes that the training part has, in sorted order.

    Raises:
        InputError: fewer than two; or one is in only one of several parts, or has no name; the text names it.
    """
    found = {part: set(pictures.labels) for part, pictures in listing.parts.items()}
    values = sorted(found[TRAIN])
    for part in listing.parts:
        if strange := sorted(found[part] - found[TRAIN]):
            raise InputError(
                f"{listing.where}: the {part} part has pictures of class {strange[0]}, of which the train part has none"
            )
    if len(found) > 1 and (lonely := sorted(found[TRAIN] - set().union(*(found[p] for p in found if p != TRAIN)))):
        raise InputError(
            f"{listing.where}: pictures of class {lonely[0]} are in the train part alone; put "
            "some into the others, or give one folder without parts, and it is split"
        )
    if len(values) < 2:
        raise InputError(f"{listing.where} has a single class; give at least two")
    names, notes = _names(listing, values)
    number = {value: i for i, value in enumerate(values)}
    labels = {part: [number[label] for label in pictures.labels] for part, pictures in listing.parts.items()}
    return Classes(names, labels, notes)


def _names(listing: Listing, values: Sequence[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if listing.names is not None:
        if strange := [value for value in values if not 0 <= value < len(listing.names)]:
            raise InputError(
                f"{listing.where}: label {strange[0]} has no name; the file names those from 0 to "
                f"{len(listing.names) - 1}"
            )
        absent = [name for i, name in enumerate(listing.names) if i not in set(values)]
        names = tuple(listing.names[value] for value in values)
        return names, (f"no pictures of class {some(absent)}: left out",) if absent else ()
    names = tuple(str(value) for value in values)
    if isinstance(values[0], int) and list(values) != list(range(len(values))):
        return names, (f"labels {some(names)} are the classes 0 to {len(values) - 1}",)
    return names, ()


def some(names: Sequence[str], most: int = 4) -> str:
    """The first few of many names."""
    shown = ", ".join(printable(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def counted(number: int, what: str) -> str:
    """As in 1 folder, 2 folders."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def endings(files: Sequence[Path]) -> str:
    """Which endings files have, the commonest first."""
    found = Counter(file.suffix.lower() or "no ending" for file in files)
    return some([ending for ending, _ in found.most_common()])
