"""Training on several processes started by `torchrun`: each takes its share of every batch.

Without a process group all of this does nothing, so that one code serves both.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

from archgraph._compat import leave_out_of_averages
from archgraph.errors import InputError


@contextmanager
def process_group(device: str) -> Iterator[str]:
    """Join the processes that `torchrun` started, if it did; yields this process's device.

    Raises:
        InputError: more processes on a machine than it has CUDA devices.
    """
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        yield device
        return
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if device.startswith("cuda"):
        if local >= torch.cuda.device_count():
            raise InputError(f"process {local} has no CUDA device of its own; start fewer with torchrun")
        device = f"cuda:{local}"
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    try:
        yield device
    finally:
        dist.destroy_process_group()


def running() -> bool:
    """Whether this process is one of several."""
    return dist.is_available() and dist.is_initialized()


def first() -> bool:
    """Whether this process is the one that writes files."""
    return not running() or dist.get_rank() == 0


def wait() -> None:
    """Wait for the other processes."""
    if running():
        dist.barrier()


def wrap(model: nn.Module, unused: bool = False) -> nn.Module:
    """The model, its weights' gradients averaged over all processes; architecture parameters are left out.

    Args:
        unused: steps may leave weights out.
    """
    if not running():
        return model
    alphas = [name for name, _ in model.named_parameters() if ".alphas." in f".{name}"]
    leave_out_of_averages(model, alphas)
    return DistributedDataParallel(model, find_unused_parameters=unused)


def average(tensors: Sequence[Tensor]) -> None:
    """Replace each tensor by its mean over all processes."""
    if running():
        for tensor in tensors:
            dist.all_reduce(tensor)
            tensor.div_(dist.get_world_size())


def count() -> int:
    """Number of processes."""
    return dist.get_world_size() if running() else 1


def share(images: int) -> slice:
    """This process's rows of a batch of so many images, equally many for every process.

    Raises:
        InputError: the batch is smaller than the number of processes.
    """
    size = images // count()
    if not size:
        raise InputError(f"a batch of {images} images cannot be shared by {count()} processes")
    return own(size)


def own(size: int) -> slice:
    """The rows of this process, of `size` rows for each."""
    rank = dist.get_rank() if running() else 0
    return slice(rank * size, (rank + 1) * size)
