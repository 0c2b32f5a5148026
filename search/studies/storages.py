"""Where studies live: SQLite and PostgreSQL by URL, an append-only journal file by its name, or memory."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage, InMemoryStorage, get_storage
from optuna.storages.journal import BaseJournalBackend, JournalFileBackend, JournalFileSymlinkLock, JournalStorage

from archgraph._compat import storage_of
from archgraph.errors import InputError

JOURNAL = "journal:"
_LIKE = "sqlite:///archgraph.db, postgresql://user@host/name or journal:studies.log"
_HEAD = b'{"op_code":'  # how every line of Optuna's journals begins


def open_storage(url: str | None) -> BaseStorage:
    """The storage that a URL names; None keeps studies in memory.

    `journal:FILE` is Optuna's journal file, which many workers can share; the others are the URLs of SQLAlchemy.

    Raises:
        InputError: the storage cannot be opened.
    """
    if url is None:
        return InMemoryStorage()
    try:
        if url.startswith(JOURNAL):
            return JournalStorage(JournalFileBackend(str(_journal(Path(url.removeprefix(JOURNAL))))))
        if "://" not in url:
            raise InputError(f"cannot open storage {url[:128]}: a storage is written like {_LIKE}")
        return get_storage(url)
    except InputError:
        raise
    except Exception as error:  # SQLAlchemy's, the driver's or Optuna's, as the URL has it
        shown = shown_url(url)
        reason = (str(error).splitlines() or [""])[0]
        raise InputError(f"cannot open storage {shown}: {reason}; a storage is written like {_LIKE}") from error


def shown_url(url: str) -> str:
    """A URL without its user and password."""
    return re.sub(r"//[^@/]*@", "//…@", url)


def open_existing(url: str) -> BaseStorage:
    """The storage that a URL names, if it is there already.

    Raises:
        InputError: it is not, or cannot be opened.
    """
    for kind in (JOURNAL, "sqlite:///"):
        if url.startswith(kind) and not Path(url.removeprefix(kind)).is_file():
            raise InputError(f"no storage {url}; check the name")
    return open_storage(url)


def _journal(path: Path) -> Path:
    """The journal, without the beginning of a line that a killed worker may have left at its end.

    Raises:
        InputError: it is a folder or a file of another kind, which is left as it is; or its folder is missing.
    """
    if not path.parent.is_dir():
        raise InputError(f"cannot open storage {JOURNAL}{path}: there is no folder {path.parent}; create it")
    if path.is_dir():
        raise InputError(f"cannot open storage {JOURNAL}{path}: it is a folder; name a file in it")
    if not path.exists():
        return path
    lock = JournalFileSymlinkLock(str(path))
    lock.acquire()
    try:
        with path.open("rb+") as file:
            if not _HEAD.startswith(file.read(len(_HEAD))):
                raise InputError(f"cannot open storage {JOURNAL}{path}: it is no journal of studies; name another file")
            size = file.seek(0, os.SEEK_END)
            tail = b""
            while size > len(tail) and b"\n" not in tail:
                file.seek(max(0, size - len(tail) - 65536))
                tail = file.read()
            file.truncate(size - len(tail) + tail.rfind(b"\n") + 1)
    finally:
        lock.release()
    return path


class HeldJournal(BaseJournalBackend):
    """A journal file with a single writer, which writes only when asked to; for trials that cost less than a write.

    Args:
        path: the file; created if missing.
    """

    def __init__(self, path: Path) -> None:
        self._file = JournalFileBackend(str(_journal(path)))
        self._unwritten: list[dict[str, Any]] = []
        self._unread: list[dict[str, Any]] | None = None

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """What is new to the storage: the file at first, afterwards what it has appended itself."""
        unread = self._file.read_logs(log_number_from) if self._unread is None else self._unread
        self._unread = []
        yield from unread

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Keep changes in memory."""
        self._unwritten += logs
        assert self._unread is not None, "a storage reads before it writes"
        self._unread += logs

    def flush(self) -> None:
        """Write what is kept, in one piece."""
        if self._unwritten:
            self._file.append_logs(self._unwritten)
            self._unwritten = []


class HeldStorage(JournalStorage):
    """Studies in a journal that is written only when it is flushed.

    Args:
        path: the file; created if missing.
    """

    def __init__(self, path: Path) -> None:
        self._held = HeldJournal(path)
        super().__init__(self._held)

    def flush(self) -> None:
        """Write what is kept, in one piece."""
        self._held.flush()


def flush(study: optuna.Study) -> None:
    """Write what the study's storage holds back, if it does."""
    storage = storage_of(study)
    if isinstance(storage, HeldStorage):
        storage.flush()


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Without Optuna's messages about each study and trial; its level is afterwards as it was."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)
