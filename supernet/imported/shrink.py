"""A member that costs less and has lost little: one change of one place after another, by the losses themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log
from operator import itemgetter

import torch
from torch import Tensor
from torch.nn import functional as F

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from supernet.imported.space import NetworkSpace

LEAST = 1e-3
"""Nats: the least that a change counts to lose, so that of those that lose nothing the most saving is taken."""
_STEPS = 500


def shrunk(
    around: NetworkSpace,
    images: Tensor,
    labels: Tensor,
    fits: Callable[[ArchGraph], bool],
    costs: Callable[[ArchGraph], Mapping[str, float]],
) -> ArchGraph | None:
    """What is reached from the network itself by changes of one place each, until it fits.

    Of all changes that save something, that with the least increase of the loss for what it saves is taken, as weights
    are inherited and without any training; then again, from there. What was saved beyond need is given back: of the
    changes that still fit, the one that lowers the loss most is taken, while there is one.

    Args:
        around: the space with its network.
        images, labels: of the training part, [N, channels, height, width] and [N], by which losses are told.
        fits: whether a member costs little enough.
        costs: what is to become less, by name; a saving is a difference of logarithms.

    Returns:
        The network itself, where that fits; None where nothing is found that does.

    Source:
        Yang et al., "NetAdapt: Platform-Aware Neural Network Adaptation for Mobile Applications", ECCV 2018, without
        its short trainings between the steps.

    Example:
        >>> few = lambda graph: around.cost(graph).flops < 1e6
        >>> small = shrunk(around, images, labels, few, lambda graph: {"flops": around.cost(graph).flops})
    """
    space = around.space
    now = space.from_choices({name: values[0] for name, values in space.choices.items()})
    if now is None or fits(now):
        return now
    loss = _Loss(around, images, labels)
    for _ in range(_STEPS):
        if fits(now):
            break
        paid, lost = costs(now), loss(now)
        prices: list[tuple[float, ArchGraph]] = []
        for other in space.neighbors(now):
            try:
                found = costs(other)
                saved = sum(log(max(paid[name], 1.0) / max(found[name], 1.0)) for name in paid)
                if saved > 0:
                    prices.append((max(loss(other) - lost, LEAST) / saved, other))
            except CompileError:
                continue
        if not prices:
            return None
        now = min(prices, key=itemgetter(0))[1]
    for _ in range(_STEPS):
        lost = loss(now)
        better: list[tuple[float, ArchGraph]] = []
        for other in space.neighbors(now):
            try:
                if fits(other) and (less := loss(other)) < lost:
                    better.append((less, other))
            except CompileError:
                continue
        if not better:
            break
        now = min(better, key=itemgetter(0))[1]
    return now if fits(now) else None


class _Loss:
    """Mean cross-entropy of members in training mode, each computed once: their norms take the batch's own statistics,
    since those that are inherited are another network's."""

    def __init__(self, around: NetworkSpace, images: Tensor, labels: Tensor) -> None:
        self.around, self.images, self.labels = around, images, labels
        self.known: dict[str, float] = {}

    @torch.no_grad()
    def __call__(self, graph: ArchGraph) -> float:
        native = self.around.space.to_native(graph)
        if native not in self.known:
            network = self.around.member(graph).network().to(self.images.device).train()
            with torch.random.fork_rng():
                torch.manual_seed(0)
                found = F.cross_entropy(network(self.images).float(), self.labels)
            self.known[native] = float(found)
        return self.known[native]
