"""MixedNetwork: a network with mixtures in it, and the stand-alone networks that it contains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.func import functional_call

from archgraph.networks.blueprint import Blueprint
from supernet.bank.bank import Bank
from supernet.hyper.conditions import asked, taken_together
from supernet.hyper.ranks import PathChoice, RowValues
from supernet.network import Network


class MixedNetwork(nn.Module):
    """A network whose mixtures are weighted by a softmax over architecture parameters: DARTS' one graph, for instance.

    Args:
        blueprint: its layers.
        seed: seed of the initial weights.

    Attributes:
        alphas: architecture parameters, a vector a mixture in the order of the blueprint, initially 0.

    Shapes:
        images [batch, channels, height, width] -> logits [batch, classes]

    Example:
        >>> import torch
        >>> from archgraph.networks.published.darts import mixed_graph
        >>> from supernet import MixedNetwork, blueprint
        >>> made = blueprint(mixed_graph(), "darts", (3, 32, 32), 10, channels=4, layers=3)
        >>> network = MixedNetwork(made, seed=0).eval()
        >>> network(torch.zeros(1, 3, 32, 32)).shape, len(network.alphas)
        (torch.Size([1, 10]), 28)
    """

    def __init__(self, blueprint: Blueprint, seed: int) -> None:
        super().__init__()
        self.blueprint = blueprint
        self.mixtures = list(blueprint.mixtures)
        self.bank = Bank([blueprint], [seed])
        self._paths: dict[PathChoice, Network] = {}

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

    def forward(self, images: Tensor, mixtures: Sequence[Tensor] | None = None) -> Tensor:
        """Logits under the given mixtures, a vector each of one weight a source; default softmax of `alphas`."""
        logits: Tensor = self.bank(images, mixtures and self.named(mixtures))[:, 0]
        return logits

    def named(self, mixtures: Sequence[Tensor]) -> Mapping[str, Tensor]:
        """Mixtures as the bank takes them."""
        return dict(zip(self.mixtures, mixtures, strict=True))

    def single(self, images: Tensor, choice: PathChoice) -> Tensor:
        """Logits of one path, by the number of the source in each mixture; nothing else runs.

        Weights and statistics are those of this network, and gradients reach them.
        """
        if choice not in self._paths:
            with torch.device("meta"):
                self._paths = {choice: Network(self._select(choice), seed=0)}
        network = self._paths[choice].train(self.training)
        own = {name: value[i] for name, value, i in self.bank.tensors()}
        counters = {name: torch.zeros((), dtype=torch.long) for name, _ in network.named_buffers() if name not in own}
        names = network.state_dict().keys()
        logits: Tensor = functional_call(network, {k: v for k, v in (own | counters).items() if k in names}, images)
        return logits

    def path(self, choice: PathChoice) -> Network:
        """The stand-alone network of one source a mixture, with the weights that it has here."""
        network = Network(self._select(choice), seed=0)
        network.load_weights(self.bank.state())
        return network.to(next(self.parameters()).device)

    def weights(self) -> Iterator[nn.Parameter]:
        """All parameters but the architecture parameters."""
        return self.bank.weights()

    def probabilities(self) -> list[RowValues]:
        """softmax(alpha) of each mixture on the CPU; in a hyper-architecture their product along a path is its rank."""
        return softmaxed(self.alphas)

    def _select(self, choice: PathChoice) -> Blueprint:
        return self.blueprint.select(dict(zip(self.mixtures, choice, strict=True)))


def softmaxed(alphas: Sequence[Tensor]) -> list[RowValues]:
    """softmax of each vector of architecture parameters, on the CPU."""
    return [alpha.detach().double().softmax(0).cpu().numpy() for alpha in alphas]
