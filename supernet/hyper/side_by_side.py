"""Networks with mixtures side by side: the trainings that are averaged run as one bank, each on images of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import chain

import torch
from torch import Tensor, nn

from archgraph.networks.blueprint import Blueprint
from supernet.bank.bank import Bank
from supernet.hyper.mixed import MixedNetwork


class SideBySide(nn.Module):
    """R networks as one bank, with the numbers that each gives alone; weights are copies of theirs.

    What a step costs beside its multiply-adds is paid once for all: four trainings on small images are so 1.3 to 1.6
    times as fast (tests/benchmarks/RESULTS.md).

    Args:
        networks: equally many mixtures in each.

    Attributes:
        mixtures: names of all mixtures, network after network.

    Shapes:
        images [batch, R, channels, height, width] -> logits [batch, R, classes]
    """

    def __init__(self, networks: Sequence[MixedNetwork]) -> None:
        super().__init__()
        made = [_renamed(network.blueprint, f"network{i}_") for i, network in enumerate(networks)]
        self.bank = Bank(made, [0] * len(made), own_images=True).to(next(networks[0].parameters()))
        self.mixtures = [name for blueprint in made for name in blueprint.mixtures]
        with torch.no_grad():
            for i, network in enumerate(networks):
                self.bank.load_state(network.bank.state(), i)
            for alpha, own in zip(self.alphas, chain(*(network.alphas for network in networks)), strict=True):
                alpha.copy_(own)

    @property
    def alphas(self) -> list[nn.Parameter]:
        return [self.bank.alphas[name] for name in self.mixtures]

    def forward(self, images: Tensor, mixtures: Sequence[Tensor]) -> Tensor:
        """Logits under the given mixtures, those of the first network first."""
        logits: Tensor = self.bank(images, self.named(mixtures))
        return logits

    def named(self, mixtures: Sequence[Tensor]) -> Mapping[str, Tensor]:
        """Mixtures as the bank takes them."""
        return dict(zip(self.mixtures, mixtures, strict=True))

    def weights(self) -> Iterator[nn.Parameter]:
        """All parameters but the architecture parameters."""
        return self.bank.weights()

    @torch.no_grad()
    def hand_back(self, networks: Sequence[MixedNetwork]) -> None:
        """Write weights, statistics and architecture parameters back to the networks."""
        for i, network in enumerate(networks):
            network.bank.load_state(self.bank.state(i))
        for own, alpha in zip(chain(*(network.alphas for network in networks)), self.alphas, strict=True):
            own.copy_(alpha)


def _renamed(blueprint: Blueprint, prefix: str) -> Blueprint:
    """The same network with architecture parameters of its own in a bank."""
    made = copy(blueprint)
    made.layers = [replace(layer, mixture=prefix + layer.mixture) for layer in blueprint.layers]
    return made
