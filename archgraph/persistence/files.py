"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archgraph.errors import InputError

_NUMBERED = re.compile(r"\(os error (\d{1,4})\)")  # as Rust's libraries say it
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""What the system says of a disk that is full or fails, whatever is written to it."""
_TORCH = "PytorchStreamWriter failed writing"  # as torch does where nothing more can be written


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces it when the block ends without an error.

    Where `path` is a symbolic link, what it leads to is replaced.

    Raises:
        InputError: as of `probe`.
    """
    probe(path)
    target = followed(path)
    handle, name = tempfile.mkstemp(prefix=".archgraph-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        with told_by_system():
            yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def told_by_system() -> Iterator[None]:
    """Turn what a library that writes files makes of the system's refusal into that refusal again.

    Raises:
        OSError: as for a full disk.
    """
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if found := _NUMBERED.search(str(error)):
            raise OSError(int(found[1]), os.strerror(int(found[1]))) from error
        if isinstance(error, RuntimeError) and _TORCH in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise


def followed(path: Path | str) -> Path:
    """Where what is written to `path` comes to lie: where it is a symbolic link, what it leads to.

    Raises:
        InputError: it leads back to itself.
    """
    target = Path(os.path.realpath(path)) if Path(path).is_symlink() else Path(path)
    if target.is_symlink():
        raise InputError(f"cannot write {path}: its symbolic links lead in a circle; choose another name")
    return target


def probe(path: Path | str) -> None:
    """Check that a file can be written at `path`, and leave nothing behind.

    Raises:
        InputError: the folder of `path` does not exist or cannot be written, or `path` is a folder, a device, a pipe
            or a socket, too long a name, or a symbolic link that leads back to itself.
    """
    target = Path(path)
    with choosing(target):
        if target.is_dir():
            raise InputError(f"cannot write {target}: it is a folder; name a file")
        if _is_special(target):
            raise InputError(f"cannot write {target}: it is no plain file; name one, or leave -o out for stdout")
        with tempfile.TemporaryFile(dir=followed(target).parent):
            return


@contextmanager
def choosing(output: Path) -> Iterator[None]:
    """While an output is begun: that it cannot be written is a wrong choice of place, unless a disk is full or fails.

    Raises:
        InputError: the system refuses the place.
        OSError: the disk is full or fails.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK_ERRORS:
            raise
        raise InputError(f"cannot write {output}: {error.strerror}; choose a writable folder") from error


def check_plain(path: Path | str) -> None:
    """Check that what is to be read is no device, pipe or socket, which may have no end; what is missing is left to the
    reader.

    Raises:
        InputError: it is.
    """
    try:
        special = _is_special(Path(path))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    if special:
        raise InputError(f"cannot read {path}: it is no plain file")


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def write_text(path: Path | str, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def writable_folder(path: Path | str) -> Path:
    """Create the folder `path` if it is missing and check that files can be written in it.

    Raises:
        InputError: it is a file, or it cannot be created or written.
    """
    folder = Path(path)
    if folder.is_file():
        raise InputError(f"cannot write to folder {folder}: it is a file; choose another folder")
    with choosing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
