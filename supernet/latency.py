"""How long a network takes: measured latency."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import torch
from torch import nn

from archgraph.checks import check_whole


def latency(
    module: nn.Module,
    shape: Sequence[int],
    device: torch.device | str = "cpu",
    repeats: int = 20,
    warmup: int = 5,
) -> float:
    """Seconds of one forward pass on a device: the median of `repeats` passes after `warmup` others.

    The module is moved to the device and run in evaluation mode; its mode is restored.

    Args:
        module: what to run.
        shape: shape of its input, batch included.
        device: where to run.
        repeats: passes measured.
        warmup: passes before, not measured.

    Raises:
        InputError: `repeats` is not positive or `warmup` is negative.
    """
    check_whole(1, repeats=repeats)
    check_whole(0, warmup=warmup)
    target = torch.device(device)
    training = module.training
    module.to(target).eval()
    try:
        inputs = torch.zeros(*shape, device=target)
        with torch.inference_mode():
            times = [_timed(module, inputs) for _ in range(warmup + repeats)]
    finally:
        module.train(training)
    return statistics.median(times[warmup:])


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
