"""A storage of your own: a folder with a small file for each change, which any number of workers can share.

    from my_storage import FolderBackend
    from optuna.storages import JournalStorage
    from search import open_study

    study = open_study(JournalStorage(FolderBackend("studies")), "mine", {"seed": 0})

Whether it keeps what a storage promises tells `archgraph.testing.StorageContract`.
"""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from optuna.storages.journal import BaseJournalBackend


class FolderBackend(BaseJournalBackend):
    """The changes of an Optuna journal as numbered files.

    A file is written under another name first and gets its number by a hard link, which only one worker can make.

    Args:
        folder: of the files; created if missing.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._next = 0  # no file with this number was there when it was last looked for

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """The changes from one number on, in the order in which they were made."""
        number = log_number_from
        while (path := self.folder / f"{number}.json").is_file():
            yield json.loads(path.read_text(encoding="utf-8"))
            number += 1

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write changes behind all others."""
        for log in logs:
            with tempfile.NamedTemporaryFile("w", dir=self.folder, encoding="utf-8") as file:
                json.dump(log, file)
                file.flush()
                while not self._linked(file.name):
                    self._next += 1

    def _linked(self, name: str) -> bool:
        try:
            os.link(name, self.folder / f"{self._next}.json")
        except FileExistsError:
            return False
        return True
