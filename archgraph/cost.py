"""What an architecture costs: parameters and FLOPs in its space's published network, and measured latency."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import nn

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.networks.closed import darts, macro, nasbench101, nasbench201, rows, transnas
from archgraph.networks.layers import Cost
from archgraph.settings import check_settings
from archgraph.spaces import get
from archgraph.spaces.base import Space

__all__ = ["NETWORKS", "Cost", "cost", "latency"]

NETWORKS: dict[str, Callable[..., Cost]] = {
    "dag": rows.network_cost,
    "darts": darts.network_cost,
    "macro": macro.network_cost,
    "nasbench101": nasbench101.network_cost,
    "nasbench201": nasbench201.network_cost,
    "transnas": transnas.micro_cost,
    "transnas:macro": transnas.macro_cost,
}
"""Space -> cost of a member in the published network. Its keywords set image size, classes, channels and depth."""


def cost(graph: ArchGraph, space: Space | str, **network: int) -> Cost:
    """The cost of `graph` placed in the published network of `space`.

    Args:
        graph: a member of the space.
        space: the space or its name.
        network: changes to the published network, such as `image` or `classes`; see `archgraph.networks`.

    Raises:
        GraphError: the graph is no member of the space.
        InputError: no network is published for the space, or it has no such setting.
    """
    space = get(space) if isinstance(space, str) else space
    count = NETWORKS.get(space.name) or NETWORKS.get(space.name.partition(":")[0])
    if count is None:
        raise InputError(f"no network is published for the space {space.name}; choose from {', '.join(NETWORKS)}")
    space.validate(graph)
    check_settings(f"the network of {space.name}", count, network, without=("graph",))
    check_whole(1, 1 << 20, **network)
    return count(graph, **network)


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
    place = torch.device(device)
    training = module.training
    module.to(place).eval()
    try:
        inputs = torch.zeros(*shape, device=place)
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
