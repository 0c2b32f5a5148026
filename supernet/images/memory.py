"""How much memory data may take."""

from __future__ import annotations

import os
from pathlib import Path


def available_memory() -> int:
    """Bytes that could be taken without swapping, within what the container allows."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file, read in ((Path("/proc/meminfo"), _of_meminfo), (Path("/sys/fs/cgroup/memory.max"), _of_cgroup)):
        if file.is_file():
            found += read(file.read_text())
    return min(found)


def _of_meminfo(text: str) -> list[int]:
    lines = [line.split() for line in text.splitlines() if line.startswith("MemAvailable:")]
    return [int(line[1]) << 10 for line in lines]


def _of_cgroup(text: str) -> list[int]:
    return [int(text)] if text.strip().isdecimal() else []
