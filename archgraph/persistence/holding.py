"""One process at a time for an output: a second one says who is at work, and ends before it does any."""

from __future__ import annotations

import fcntl
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO

from archgraph.errors import InputError
from archgraph.persistence.files import choosing


@contextmanager
def holding(output: Path) -> Iterator[None]:
    """Hold an output while the block runs; what a process that was killed held is free.

    Args:
        output: the file or folder that the block writes, by whatever links; a hidden file beside it, or beside the
            folders that are missing when it begins, says who holds it, as long as it does.

    Raises:
        InputError: another process holds it, or nothing can be written there.

    Example:
        >>> from pathlib import Path
        >>> from archgraph.persistence.holding import holding
        >>> with holding(Path("trained.parquet")):
        ...     pass
    """
    with choosing(output):
        whole = Path(os.path.realpath(output))
        name = blake2b(os.fsencode(whole), digest_size=8).hexdigest()
        places = [folder / f".archgraph-{name}.lock" for folder in whole.parents if folder.is_dir()]
        # Who holds it may have made folders since, and then its file lies further up.
        place = next((place for place in places if place.exists()), places[0])
        file = _held(output, place)
    try:
        yield
    finally:
        place.unlink(missing_ok=True)
        file.close()


def _held(output: Path, place: Path) -> IO[str]:
    """The file beside an output, locked."""
    while True:
        file = place.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(256)
            file.close()
            raise InputError(f"{output} is being written by {_told(holder)}; wait for it, or name another") from None
        with suppress(FileNotFoundError):
            if os.fstat(file.fileno()).st_ino == place.stat().st_ino:
                break
        file.close()  # who held it has removed it meanwhile
    file.truncate(0)
    file.write(json.dumps({"process": os.getpid(), "host": platform.node()}))
    file.flush()
    return file


def _told(holder: str) -> str:
    try:
        known = json.loads(holder)
        return f"process {known['process']} on {known['host']}"
    except (ValueError, LookupError, TypeError):
        return "another process"
