"""Stages of a long run: each result is a JSON file, made once and read ever after."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archgraph.errors import InputError
from archgraph.persistence.files import writable_folder, write_text
from archgraph.persistence.plain_json import parse_json
from archgraph.persistence.same_settings import check_same_settings


class Stages:
    """The folder of a run that can be stopped at any moment and goes on where it was.

    Args:
        folder: created if missing.
        settings: what the run depends on; a folder is only continued under the settings it was begun with.

    Raises:
        InputError: the folder cannot be written, holds other files, or was begun with other settings.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        held = folder.is_dir() and any(not file.name.startswith(".") for file in folder.iterdir())
        known = folder / "settings.json"
        if held and not known.is_file():
            raise InputError(f"folder {folder} holds other files; choose an empty or new folder with -o")
        if held:
            check_same_settings(known.read_text(encoding="utf-8", errors="replace"), settings, f"folder {folder}")
        self.folder = writable_folder(folder)
        write_text(known, json.dumps(dict(settings), indent=2) + "\n")

    def once(self, name: str, compute: Callable[[], Any]) -> Any:
        """The result `name`, computed if there is no file of it yet.

        Args:
            compute: gives something that JSON can hold; numbers come back exactly as they went.

        Raises:
            InputError: its file is damaged.
        """
        path = self.folder / f"{name}.json"
        if not path.is_file():
            write_text(path, json.dumps(compute(), indent=1) + "\n")
        with read_back(path):
            return parse_json(path.read_bytes())


@contextmanager
def read_back(path: Path) -> Iterator[None]:
    """While what a run has written of a part that is done is read again.

    Raises:
        InputError: it is damaged.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}); remove it to do this part anew") from error
