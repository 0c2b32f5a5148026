"""Keeping freed memory for the next tensors of the same size.

glibc gives large blocks back to the system as soon as they are free, and every new one costs a page fault for each
4 KiB. Training a bank frees and takes the same large tensors step after step, so that it took twice as long with
batches of 256 images of 32x32 (tests/benchmarks/RESULTS.md).
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of glibc's malloc.h


@cache
def keep_freed_memory() -> bool:
    """Have malloc keep up to 2 GiB of freed memory, in this process from now on.

    Nothing in this package calls it but the commands: it is for the program that trains to decide.

        >>> keep_freed_memory()
        True

    Returns:
        Whether malloc took it; False where it is not glibc's.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    # glibc takes thresholds below 2 GiB; the top is kept half a GiB larger than asked for, so that it seldom grows.
    settings = {_MMAP_THRESHOLD: 1 << 30, _TRIM_THRESHOLD: (1 << 31) - 1, _TOP_PAD: 512 << 20}
    taken = [mallopt(name, value) == 1 for name, value in settings.items()]
    return all(taken)
