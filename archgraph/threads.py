"""Work in independent pieces, one thread each."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import torch


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """So many threads of torch, and as many as before when it is over."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def single_threads() -> Iterator[Executor]:
    """As many workers as torch has threads, each of which uses one: for work that comes in independent pieces."""
    threads = torch.get_num_threads()
    with torch_threads(1), ThreadPoolExecutor(threads) as workers:
        yield workers
