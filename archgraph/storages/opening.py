"""Where studies live: a database by its URL, Optuna's proxy of one, a journal file by its name, or memory."""

from __future__ import annotations

import random
import re
import sqlite3
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage, GrpcStorageProxy, InMemoryStorage
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from archgraph._compat import database
from archgraph.errors import ArchGraphError, InputError
from archgraph.persistence.files import DISK_ERRORS
from archgraph.storages import liveness
from archgraph.storages.journals import JOURNAL, JournalFile, StoredJournal

PROXY = "grpc://"
_LIKE = "sqlite:///archgraph.db, postgresql://user@host/name or journal:studies.log"
_PLACE = re.compile(r"((?P<user>[^@/?]*)@)?(?P<place>[^@:/?]*(:\d+)?(/[^@?]*)?)(\?(?P<query>[^@]*))?")
"""What follows `://`; other URLs than such are no more than guessed at, by SQLAlchemy too."""
_ESCAPED = "in a name or password @ is written %40, / %2F, : %3A and ? %3F"
_TRIES = 20  # to make the tables of a database while others do
_WAIT = 60  # seconds for a proxy to answer, which on a busy machine takes its time
_SQLITE_DISK_ERRORS = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_LOCKED = 60  # seconds that a worker waits for another one's write to a file


def open_storage(url: str | None) -> BaseStorage:
    """The storage that a URL names; None keeps studies in memory.

    `journal:FILE` is Optuna's journal file and `grpc://HOST:PORT` its proxy of a database
    (`optuna.storages.run_grpc_proxy_server`); the others are the URLs of SQLAlchemy. Many workers can share each of
    them, and open one at once that is not there yet.

    Raises:
        InputError: the storage cannot be opened.
        ArchGraphError: its disk is full or fails.
    """
    if url is None:
        return InMemoryStorage()
    try:
        if url.startswith(JOURNAL):
            return StoredJournal(JournalFile(Path(url.removeprefix(JOURNAL))))
        if "://" not in url:
            raise InputError(f"cannot open storage {shown_url(url)[:128]}: a storage is written like {_LIKE}")
        return _proxy(url) if url.startswith(PROXY) else _database(url)
    except InputError:
        raise
    except Exception as error:  # SQLAlchemy's, the driver's or Optuna's, as the URL has it
        failed = _failed(error, url) if _of_the_disk(error) else None
        message = f"cannot open storage {shown_url(url)}: {told(error, url)}; a storage is written like {_LIKE}"
    raise failed or InputError(message)  # outside, since the other error may name the password


def open_existing(url: str) -> BaseStorage:
    """The storage that a URL names, if it is there already.

    Raises:
        InputError: it is not, or cannot be opened.
    """
    for kind in (JOURNAL, "sqlite:///"):
        if url.startswith(kind) and not Path(url.removeprefix(kind)).is_file():
            raise InputError(f"no storage {shown_url(url)}; check the name")
    return open_storage(url)


@contextmanager
def in_use(storage: BaseStorage | str | None) -> Iterator[None]:
    """While work goes on in a storage: what it says when it fails is told in one line, as where a server goes away.

    Args:
        storage: or its URL.

    Raises:
        ArchGraphError: the storage has failed; what was finished before is in it.

    Example:
        >>> with in_use("postgresql://host/studies"):
        ...     study.optimize(objective)
    """
    url = storage if isinstance(storage, str) else ""
    try:
        yield
    except Exception as error:
        of_a_proxy = any(kind.__module__.startswith("grpc") for kind in type(error).__mro__)
        if not (of_a_proxy or isinstance(error, StorageInternalError | SQLAlchemyError)):
            raise
        raise _failed(error, url) from None


def _failed(error: Exception, url: str) -> ArchGraphError:
    what = f"storage {shown_url(url)} failed: {told(error, url)}"
    return ArchGraphError(f"{what}; finished work is kept, the same command goes on from there")


def _of_the_disk(error: BaseException | None) -> bool:
    """Whether a disk that is full or fails is behind an error."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            return True
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 255 in _SQLITE_DISK_ERRORS:
            return True
        error = error.__cause__ or error.__context__
    return False


def shown_url(url: str) -> str:
    """A storage's URL as messages and reports may show it: without user, password and what stands behind a `?`.

    Example:
        >>> from archgraph.storages.opening import shown_url
        >>> shown_url("postgresql://me:secret@host/studies?password=secret"), shown_url("journal:s.log")
        ('postgresql://…@host/studies', 'journal:s.log')
    """
    scheme, found, rest = url.partition("://")
    if not found and not url.startswith(JOURNAL) and any(mark in url for mark in "@?:"):
        return f"…@{url.rpartition('@')[2]}" if "@" in url and "?" not in url else "…"  # a database, written wrongly
    if not found:
        return url
    place = _PLACE.fullmatch(rest)
    return f"{scheme}://…" if place is None else f"{scheme}://{'…@' if place['user'] else ''}{place['place']}"


def told(error: Exception, url: str) -> str:
    """What an error of a storage says, in one line and without what is secret in the storage's URL.

    All that SQLAlchemy, drivers and Optuna say of a storage passes here before it is shown.

    Args:
        error: of theirs; what it comes from says more than itself.
        url: of the storage.
    """
    reason = (str(error.__cause__ or error).splitlines() or [type(error).__name__])[0]
    place = _PLACE.fullmatch(url.partition("://")[2])
    if place is None and "://" in url:
        return _ESCAPED
    if place is not None:
        secrets = [(place["user"] or "").partition(":")[2], *re.split("[&=]", place["query"] or "")[1::2]]
        for secret in sorted({form for text in secrets for form in (text, unquote_plus(text)) if form}, key=len)[::-1]:
            reason = reason.replace(secret, "…")
    return reason


def template(url: str) -> str:
    """The URL of a database as Optuna takes it, which is a template of the real one.

    Raises:
        ValueError: its parts cannot be told apart.
    """
    if url.partition("://")[2].partition("?")[0].count("@") > 1:
        raise ValueError(_ESCAPED)
    return url.replace("{", "{{").replace("}", "}}")


def _proxy(url: str) -> BaseStorage:
    """Optuna's proxy of a database."""
    place = urlsplit(url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        proxy = GrpcStorageProxy(host=place.hostname or "localhost", port=place.port or 13000)
    proxy.wait_server_ready(timeout=_WAIT)
    return proxy


def _database(url: str) -> BaseStorage:
    """A database of SQLAlchemy; its tables are made where they are missing, which others may be doing, too."""
    url = template(url)
    options = {"connect_args": {"timeout": _LOCKED}} if url.startswith("sqlite") else {}
    for left in range(_TRIES, 0, -1):
        try:
            return database(url, liveness.SIGN, liveness.EVERY, liveness.SILENCE, options)
        except (StorageInternalError, SQLAlchemyError) as error:
            if left == 1 or not _is_race(error):
                raise
        time.sleep(random.uniform(0.05, 0.3))
    raise AssertionError("the last try returns or raises")


def _is_race(error: Exception) -> bool:
    """Whether another worker was making the same tables."""
    cause = error.__cause__ if isinstance(error, StorageInternalError) else error
    text = str(cause)
    return isinstance(cause, IntegrityError | ProgrammingError) or "already exists" in text or "locked" in text
