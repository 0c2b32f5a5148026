"""Folders of checkpoints, written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archgraph.errors import InputError
from archgraph.persistence.files import choosing, followed, told_by_system
from archgraph.persistence.plain_json import parse_json

CONFIG = "config.json"


@contextmanager
def checkpoint_folder(folder: Path | str, kind: str) -> Iterator[Path]:
    """Yield a temporary folder that replaces `folder` when the block ends without an error.

    An older checkpoint of that kind is replaced; where `folder` is a symbolic link, what it leads to is.

    Raises:
        InputError: as `check_folder`.
    """
    check_folder(Path(folder), kind)
    target = followed(folder)
    temporary = Path(tempfile.mkdtemp(prefix=".archgraph-", dir=target.absolute().parent))
    made, old = temporary / "made", temporary / "old"
    made.mkdir()
    try:
        with told_by_system():
            yield made
        for path in (made, *made.rglob("*")):  # safetensors leaves files that only their owner can read
            path.chmod(0o755 if path.is_dir() else 0o644)
        if target.exists():
            target.replace(old)  # removed once the new one is there
        made.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_folder(target: Path, kind: str) -> None:
    """Check that a checkpoint of that kind can be written at `target`.

    Raises:
        InputError: the folder around it cannot be written, `target` holds something else, or it is a symbolic link that
            leads back to itself.
    """
    if target.exists() and _kind(target) != kind:
        raise InputError(
            f"cannot write {target}: it exists and is no checkpoint of that kind ({kind}); choose another name"
        )
    with choosing(target), tempfile.TemporaryFile(dir=followed(target).absolute().parent):
        pass


def _kind(target: Path) -> str:
    """What kind of checkpoint a folder says that it is, "" where it says nothing."""
    try:
        config = parse_json((target / CONFIG).read_text(encoding="utf-8"))
        return str(config.get("kind", "")) if isinstance(config, dict) else ""
    except (OSError, ValueError):
        return ""
