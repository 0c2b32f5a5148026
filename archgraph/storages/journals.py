"""Journals: studies in an append-only file, which workers on one machine or on a shared disk can share."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import optuna
from optuna.storages.journal import BaseJournalBackend, JournalFileBackend, JournalFileSymlinkLock, JournalStorage
from optuna.trial import FrozenTrial, TrialState

from archgraph._compat import journal_trials, link_to, storage_of
from archgraph.errors import InputError
from archgraph.persistence.files import check_plain

JOURNAL = "journal:"
_HEAD = b'{"op_code":'  # how every line of Optuna's journals begins


class JournalFile(JournalFileBackend):
    """A journal file that many workers write, any of which may be killed while it does.

    What is left of a line that a killed worker had begun is cut off before the next one is written.

    Args:
        path: the file; created if missing.

    Raises:
        InputError: it is a folder or a file of another kind, which is left as it is; or its folder is missing.
    """

    def __init__(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise InputError(f"cannot open storage {JOURNAL}{path}: there is no folder {path.parent}; create it")
        if path.is_dir():
            raise InputError(f"cannot open storage {JOURNAL}{path}: it is a folder; name a file in it")
        check_plain(path)
        if path.exists():
            with path.open("rb") as file:
                if not _HEAD.startswith(file.read(len(_HEAD))):
                    reason = "it is no journal of studies; name another file"
                    raise InputError(f"cannot open storage {JOURNAL}{path}: {reason}")
        self.path = path
        super().__init__(str(path), _WholeLines(path))


class _WholeLines(JournalFileSymlinkLock):
    """Optuna's lock of a journal; who gets it finds whole lines only.

    What a killed worker locked is free when the journal has not changed for half a minute.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        link_to(self, path.name)
        self._path = path

    def acquire(self) -> bool:
        held = super().acquire()
        try:
            _cut(self._path)
        except BaseException:
            self.release()
            raise
        return held


def _cut(path: Path) -> None:
    """Cut off what stands behind the last end of a line."""
    with path.open("rb+") as file:
        end = size = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65536)
            file.seek(start)
            line = file.read(end - start).rfind(b"\n") + 1
            end = start + line
            if line:
                break
        if end < size:
            file.truncate(end)


class HeldJournal(BaseJournalBackend):
    """A journal file with a single writer, which writes only when asked to; for trials that cost less than a write.

    Args:
        path: the file; created if missing.
    """

    def __init__(self, path: Path) -> None:
        self._file = JournalFile(path)
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


class StoredJournal(JournalStorage):
    """Studies in a journal; to read all trials of one costs a quarter of what it does in Optuna's.

    Args:
        log_storage: the journal.
    """

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        if deepcopy or states is not None:
            return super().get_all_trials(study_id, deepcopy, states)
        return journal_trials(self, study_id)


class HeldStorage(StoredJournal):
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
