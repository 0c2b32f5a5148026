"""Journal: finished work, a line each, kept beside the output until that is written.

A line is on disk before the next piece of work begins; a line cut short by a crash is dropped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from archgraph.errors import InputError
from archgraph.persistence.files import atomic_path, probe
from archgraph.persistence.plain_json import parse_json
from archgraph.persistence.same_settings import check_same_settings


class Journal:
    """The lines of one run.

    Args:
        path: the journal's file.
        settings: what the run depends on; a journal is only continued under the settings it was begun with.

    Attributes:
        entries: the lines so far.

    Raises:
        InputError: the file is of a run with other settings, is damaged, or cannot be written.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        self.path = path
        self.entries: list[dict[str, Any]] = []
        head = json.dumps(dict(settings), sort_keys=True)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True) if path.is_file() else []
        if lines:
            check_same_settings(lines[0], settings, str(path))
        try:
            self.entries += [parse_json(line) for line in lines[1:] if line.endswith("\n")]
        except ValueError as error:
            raise InputError(f"{path} is damaged; remove it to do the work anew") from error
        probe(path)
        with atomic_path(path) as temporary:
            kept = [head + "\n", *(json.dumps(entry) + "\n" for entry in self.entries)]
            temporary.write_text("".join(kept), encoding="utf-8")

    def add(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Write lines and wait until they are on disk."""
        new = [dict(entry) for entry in entries]
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(entry) + "\n" for entry in new))
            file.flush()
            os.fsync(file.fileno())
        self.entries += new

    def close(self) -> None:
        """Remove the file; the output holds everything now."""
        self.path.unlink(missing_ok=True)
