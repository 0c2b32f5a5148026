"""File systems of some kilobytes, for as long as a test takes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def missing(folder: Path) -> str:
    """Why there are none here; empty where there are."""
    try:
        with small_disk(folder, 64):
            return ""
    except (OSError, subprocess.CalledProcessError):
        return "needs the right to mount a file system in memory"


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A folder with room for so much, taken away at the end with all that it holds."""
    folder.mkdir(exist_ok=True)
    size = f"size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True, capture_output=True)


def enlarge(folder: Path, kilobytes: int) -> None:
    """Give a folder room for so much."""
    size = f"remount,size={kilobytes}k"
    subprocess.run(["mount", "-o", size, folder], check=True, capture_output=True)
