"""Folders of pictures: a folder a class, with or without parts, pictures in folders below their class too."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archgraph.errors import InputError
from supernet.images.listing import (
    PARTS,
    TRAIN,
    LabelledPictures,
    Listing,
    counted,
    endings,
    part_called,
    some,
)

SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("png", "apng", "jpg", "jpeg", "jpe", "jfif", "bmp", "dib", "gif", "webp", "tif", "tiff"),
        *("ppm", "pgm", "pbm", "pnm", "jp2", "j2k", "avif"),
    )
)
"""Endings of pictures, in any case; what they hold follows from their content."""
SYSTEM = frozenset({"__macosx", "$recycle.bin", "system volume information", "lost+found", "@eadir", "__pycache__"})
SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})


@dataclass
class _Passed:
    """What was passed over."""

    hidden: list[str] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    loose: int = 0

    def notes(self) -> Iterator[str]:
        if self.hidden:
            entries = f"{len(self.hidden)} hidden or system {'entry' if len(self.hidden) == 1 else 'entries'}"
            yield f"passed over {entries} ({some(sorted(set(self.hidden)))})"
        if self.others:
            yield f"passed over {counted(len(self.others), 'file')} of other kinds ({endings(self.others)})"
        if self.loose:
            yield f"passed over {counted(self.loose, 'picture')} outside of class folders"


def read_folder(folder: Path) -> Listing:
    """The pictures of a folder: `train/CLASS/*.png`, `val/CLASS/*.png`, `test/CLASS/*.png`, by any usual name.

    A folder without parts holds the classes themselves.

    Raises:
        InputError: no pictures, a link to nothing, two folders of one part, or one that is no part; the text names it.
    """
    if not folder.is_dir():
        raise InputError(
            f"no folder {folder}; folder:DIR has a subfolder a class, in each of train and test if it has parts"
        )
    passed = _Passed()
    try:
        parts = _parts(folder, passed)
        found = {part: _classes(found_in, passed) for part, found_in in parts.items()}
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror})") from error
    for part, classes in found.items():
        if not any(classes.values()):
            raise InputError(
                f"no images ({', '.join(sorted(SUFFIXES))}) in {parts[part]}; folder:DIR has a subfolder a class"
            )
    seen = {name for classes in found.values() for name, pictures in classes.items() if pictures}
    empty = sorted({name for classes in found.values() for name in classes} - seen)
    notes = (*passed.notes(), *([f"no pictures of class {some(empty)}: left out"] if empty else []))
    return Listing(folder, {part: _labelled(classes) for part, classes in found.items()}, None, notes)


def pictures_below(folder: Path) -> list[Path]:
    """The pictures of a folder and of those below it, in order; what is hidden or the system's own is passed over.

    Raises:
        InputError: there are none, a folder cannot be read, or a link leads nowhere; the text names it.
    """
    try:
        found = _pictures(folder, _Passed(), ())
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror})") from error
    if not found:
        raise InputError(f"no images ({', '.join(sorted(SUFFIXES))}) in {folder}")
    return found


def _parts(folder: Path, passed: _Passed) -> dict[str, Path]:
    """The folder of each part; the folder itself as the training part where it has none."""
    beside = _Passed()
    children = _children(folder, beside)
    named = {child: part_called(child.name) for child in children if child.is_dir()}
    training = [child for child, part in named.items() if part == TRAIN and any(c.is_dir() for c in child.iterdir())]
    others = [child for child, part in named.items() if part is None and _has_pictures(child)]
    if not training or (others and set(named.values()) == {TRAIN, None}):
        return {TRAIN: folder}  # a class may be called `train`, if nothing else looks like a part
    if others:
        raise InputError(f"{others[0]} is no part beside {training[0].name}; parts are called {', '.join(PARTS)}")
    parts: dict[str, Path] = {}
    for child, part in named.items():
        if part in parts:
            raise InputError(f"{folder} has two {part} parts, {parts[part].name} and {child.name}; put them together")
        if part is not None:
            parts[part] = child
    passed.hidden += beside.hidden
    for child in children:
        passed.loose += child not in named and _is_picture(child)
    passed.others += [child for child in children if child not in named and not _is_picture(child)]
    return {part: parts[part] for part in PARTS if part in parts}


def _classes(folder: Path, passed: _Passed) -> dict[str, list[Path]]:
    """The pictures below each class's folder."""
    found: dict[str, list[Path]] = {}
    for child in _children(folder, passed):
        if child.is_dir():
            found.setdefault(_class_name(child), []).extend(_pictures(child, passed, ()))
        elif _is_picture(child):
            passed.loose += 1
        else:
            passed.others.append(child)
    return found


def _labelled(classes: dict[str, list[Path]]) -> LabelledPictures:
    pairs = [(picture, name) for name in sorted(classes) for picture in classes[name]]
    return LabelledPictures([picture for picture, _ in pairs], [name for _, name in pairs])


def _class_name(folder: Path) -> str:
    """The folder's name, composed: some systems write an accent as a letter of its own."""
    name = unicodedata.normalize("NFC", folder.name)
    if not name.isprintable():
        raise InputError(f"{folder}: a class's name is printable UTF-8; rename the folder")
    return name


def _pictures(folder: Path, passed: _Passed, above: tuple[tuple[int, int], ...]) -> list[Path]:
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        raise InputError(f"{folder} is a link to a folder that it lies in; remove it")
    found = []
    for child in _children(folder, passed):
        if child.is_dir():
            found += _pictures(child, passed, (*above, here))
        elif not _is_picture(child):
            passed.others.append(child)
        elif child.is_symlink() and not child.exists():
            raise InputError(f"{child} is a link to nothing; remove it or restore the picture")
        elif not child.is_file():
            raise InputError(f"{child} is no regular file; remove it")
        else:
            found.append(child)
    return found


def _children(folder: Path, passed: _Passed) -> list[Path]:
    """What a folder holds, in order, but for what is hidden or the system's own."""
    found = []
    for child in sorted(folder.iterdir()):
        if child.name.startswith(".") or child.name.lower() in SYSTEM | SYSTEM_FILES:
            passed.hidden.append(child.name)
        else:
            found.append(child)
    return found


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES


def _has_pictures(folder: Path) -> bool:
    walked = os.walk(folder, followlinks=False)
    return any(Path(name).suffix.lower() in SUFFIXES for _, _, names in walked for name in names)
