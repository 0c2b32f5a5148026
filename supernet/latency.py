"""How long a network takes: measured latency."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from archgraph.checks import check_whole


class Latency(NamedTuple):
    """How long a forward pass takes, in seconds.

    Attributes:
        median: half of the passes took less.
        spread: between the quartiles: half of the passes lie in a range so wide.
    """

    median: float
    spread: float


def latency(
    module: nn.Module,
    shape: Sequence[int],
    device: torch.device | str = "cpu",
    repeats: int = 20,
    warmup: int = 5,
) -> Latency:
    """How long one forward pass on a device takes: of `repeats` passes after `warmup` others.

    The module is moved to the device and run in evaluation mode; its mode is restored.

    Args:
        module: what to run.
        shape: shape of its input, batch included.
        device: where to run.
        repeats: passes measured.
        warmup: passes before, not measured.

    Raises:
        InputError: `repeats` is not positive or `warmup` is negative.

    Example:
        >>> latency(nn.Linear(8, 8), (1, 8)).median > 0
        True
    """
    check_whole(1, repeats=repeats)
    check_whole(0, warmup=warmup)
    target = torch.device(device)
    training = module.training
    module.to(target).eval()
    try:
        inputs = torch.zeros(*shape, device=target)
        with torch.no_grad():
            times = [_timed(module, inputs) for _ in range(warmup + repeats)]
    finally:
        module.train(training)
    quarter, median, most = np.quantile(times[warmup:], [0.25, 0.5, 0.75]).tolist()
    return Latency(median, most - quarter)


def _timed(module: nn.Module, inputs: torch.Tensor) -> float:
    _wait(inputs.device)
    start = time.perf_counter()
    module(inputs)
    _wait(inputs.device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    """Let the device finish what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
