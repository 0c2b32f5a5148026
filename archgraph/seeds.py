"""Seeds derived by name, so that every piece of work has its own random stream and can be repeated alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def derive_seed(seed: int, *names: str | int) -> int:
    """A 32-bit seed for the piece of work called `names` within a run of seed `seed`.

    Stable across machines and Python versions; independent of the order in which work is done.
    """
    text = "/".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run a block under torch's global generators seeded with `seed`, and restore them afterwards."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
