"""A function of every picture, batch by batch, by the workers of a standard DataLoader."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from archgraph.errors import InputError
from supernet.images.pictures import EncodedPicture

MAX_WORKERS = 8
FEW = 512
"""So many pictures are read faster than workers start."""
MIN_SHARED = 1 << 30
"""Bytes of shared memory that workers need to hand over batches; containers often have less."""


def in_batches(
    pictures: Sequence[EncodedPicture],
    function: Callable[[EncodedPicture], Any],
    batches: Sequence[Sequence[int]],
    workers: int | None = None,
    pin: bool = False,
) -> Iterator[Any]:
    """`function` of the pictures of each batch, in order; the same whatever the number of workers.

    Args:
        pictures: encoded.
        function: what is wanted of one.
        batches: rows of `pictures`, a list a batch.
        workers: processes; default one a core for many pictures, none for few.
        pin: batches lie in pinned memory, for copies to a GPU.

    Returns:
        For each batch one tensor, [batch, ...], or a list.

    Raises:
        InputError: `function` raised it for a picture.
    """
    loader = DataLoader(
        _Mapped(pictures, function),
        batch_sampler=[list(batch) for batch in batches],
        num_workers=default_workers(sum(map(len, batches))) if workers is None else workers,
        collate_fn=_collate,
        pin_memory=pin,
        generator=torch.Generator().manual_seed(0),  # of the workers' seeds; the global one stays as it is
    )
    for batch in loader:
        if isinstance(batch, _Refused):
            raise InputError(batch.reason)
        yield batch


def in_turns(count: int, size: int) -> list[range]:
    """Rows from 0 in order, `size` a batch."""
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def default_workers(pictures: int) -> int:
    """Worker processes for so many pictures."""
    shared = Path("/dev/shm")
    if pictures < FEW or (shared.is_dir() and shutil.disk_usage(shared).free < MIN_SHARED):
        return 0
    return min(MAX_WORKERS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class _Refused:
    """Why a picture is refused; an exception would come out of a worker as many lines."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class _Mapped(Dataset[Any]):
    def __init__(self, pictures: Sequence[EncodedPicture], function: Callable[[EncodedPicture], Any]) -> None:
        self.pictures, self.function = pictures, function

    def __getitem__(self, row: int) -> Any:
        try:
            return self.function(self.pictures[row])
        except InputError as error:
            return _Refused(str(error))


def _collate(items: list[Any]) -> Any:
    if refused := [item for item in items if isinstance(item, _Refused)]:
        return refused[0]
    if not isinstance(items[0], Tensor):
        return items
    mixed = len({item.dtype for item in items}) > 1
    return torch.stack([item.float() for item in items] if mixed else items)
