"""Networks with mixtures side by side: the trainings that are averaged run as one bank, each on images of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor, nn

from archgraph.networks.blueprint import Blueprint
from supernet.bank.bank import Bank
from supernet.hyper.conditions import asked, taken_together
from supernet.hyper.mixed import MixedNetwork


class SideBySide(nn.Module):
    """R equal networks as one bank, with the numbers that `MixedNetwork(blueprint, seed)` gives for each seed.

    What a step costs beside its multiply-adds is paid once for all: four trainings on small images are so 1.3 to 1.6
    times as fast (tests/benchmarks/RESULTS.md).

    Args:
        blueprint: the layers of each.
        seeds: seed of each network's initial weights.

    Attributes:
        mixtures: names of all mixtures, network after network.

    Shapes:
        images [batch, R, channels, height, width] -> logits [batch, R, classes]
    """

    def __init__(self, blueprint: Blueprint, seeds: Sequence[int]) -> None:
        super().__init__()
        self.blueprint = blueprint
        renamed = [_renamed(blueprint, f"network{i}_") for i in range(len(seeds))]
        self.bank = Bank(renamed, seeds, own_images=True)
        self.mixtures = [name for network in renamed for name in network.mixtures]

    @property
    def alphas(self) -> list[nn.Parameter]:
        return [self.bank.alphas[name] for name in self.mixtures]

    @cached_property
    def asked(self) -> Tensor:
        return asked(self.blueprint)

    @cached_property
    def taken_together(self) -> Tensor:
        """What is taken of every mixture where a source replaces its own; see `supernet.hyper.conditions`."""
        return taken_together(self.blueprint)

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
    def networks(self) -> list[MixedNetwork]:
        """Each network by itself, with copies of its weights, statistics and architecture parameters."""
        rows, made = len(self.mixtures) // self.bank.count, []
        for i in range(self.bank.count):
            network = MixedNetwork(self.blueprint, seed=0).to(self.alphas[0])
            network.bank.load_state(self.bank.state(i))
            for own, alpha in zip(network.alphas, self.alphas[i * rows : (i + 1) * rows], strict=True):
                own.copy_(alpha)
            made.append(network)
        return made


def _renamed(blueprint: Blueprint, prefix: str) -> Blueprint:
    """The same network with architecture parameters of its own in a bank."""
    made = copy(blueprint)
    made.layers = [replace(layer, mixture=prefix + layer.mixture) for layer in blueprint.layers]
    return made
