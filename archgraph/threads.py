"""Work in independent pieces, one thread each."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Barrier

import torch
from threadpoolctl import ThreadpoolController


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
def one_blas_thread() -> Iterator[None]:
    """One thread of BLAS, and as many as before when it is over.

    OpenBLAS' threads wait for one another by spinning: on matrices of some hundred rows they take several times as long
    as one thread does. Numbers then do not depend on how many there are.
    """
    with _blas().limit(limits=1, user_api="blas"):
        yield


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def single_threads(pieces: int | None = None) -> Iterator[Executor]:
    """As many workers as torch has threads, each of which uses one: for work that comes in independent pieces.

    What torch uses in the calling thread, and in any other that has begun to use it, stays as it is: the number is each
    thread's own. Only what a new thread starts with is set, too, so that is put back as soon as all workers began.

    Args:
        pieces: how many there are at most; no more workers are started.
    """
    threads = torch.get_num_threads()
    count = threads if pieces is None else max(1, min(threads, pieces))
    begun = Barrier(count + 1)

    def begin() -> None:
        torch.get_num_threads()  # takes up what a new thread starts with, which would otherwise undo the next line
        torch.set_num_threads(1)
        begun.wait()

    with ThreadPoolExecutor(count, initializer=begin) as workers:
        try:
            for _ in range(count):
                workers.submit(int)
            begun.wait()
        finally:
            torch.set_num_threads(threads)
        yield workers
