"""Pictures to be classified, as a person names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archgraph.errors import InputError
from supernet.images.folders import pictures_below


def pictures_of(paths: Sequence[Path]) -> list[Path]:
    """The files among `paths`, and the pictures of the folders among them, in order.

    Raises:
        InputError: one is not there, or a folder holds no pictures.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"no file or folder {path}; check the name")
        found += pictures_below(path) if path.is_dir() else [path]
    return found
