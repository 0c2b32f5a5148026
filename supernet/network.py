"""Network: a blueprint as a module that runs layer by layer, the plain form that all others are held against."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import torch
from torch import Tensor, nn

from archgraph.errors import CompileError
from archgraph.networks.blueprint import Blueprint, Layer
from supernet.layers import draw_weights, make_module


class Network(nn.Module):
    """A network that runs one layer after another.

    Args:
        blueprint: its layers.
        seed: seed of the initial weights; default drawn from torch's global generator.

    Attributes:
        layers: name of a layer -> its steps.
        alphas: architecture parameters of each mixture, initially 0.

    Shapes:
        images [batch, channels, height, width] -> [batch, *shape of the output]; logits [batch, classes]

    Example:
        >>> import torch
        >>> from archgraph import spaces
        >>> from supernet import Network, blueprint
        >>> made = blueprint(spaces.get("macro").from_native("00000000"), "macro", (3, 32, 32), 10, channels=8)
        >>> Network(made, seed=0).eval()(torch.zeros(1, 3, 32, 32)).shape
        torch.Size([1, 10])
    """

    def __init__(self, blueprint: Blueprint, seed: int | None = None) -> None:
        super().__init__()
        self.blueprint = blueprint
        self.layers = nn.ModuleDict(
            {layer.name: nn.Sequential(*(make_module(step) for step in layer.steps)) for layer in blueprint.layers[1:]}
        )
        self.alphas = nn.ParameterDict({name: torch.zeros(n) for name, n in blueprint.mixtures.items()})
        self._effective = blueprint.effective
        generator = torch.Generator().manual_seed(int(torch.randint(2**31, ())) if seed is None else seed)
        with torch.no_grad(), torch.device("cpu"):
            for layer in blueprint.layers[1:]:
                for step, module in zip(layer.steps, self.layers[layer.name].children(), strict=True):
                    for name, value in draw_weights(step, generator).items():
                        module.get_parameter(name).copy_(value)

    def forward(self, images: Tensor, mixtures: Mapping[str, Tensor] | None = None) -> Tensor:
        """The output, under the given mixtures (one weight a source); default softmax of `alphas`."""
        weights = {name: alpha.softmax(0) for name, alpha in self.alphas.items()} | dict(mixtures or {})
        values = {0: images}
        for number in self._effective:
            layer = self.blueprint.layers[number]
            mixture = weights[layer.mixture] if layer.join == "mixture" else None
            joined = join(layer, [values[s] for s in layer.sources], mixture)
            values[number] = self.layers[layer.name](joined)
        return values[self.blueprint.output]

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        """Take over the weights and statistics of these names from a `Bank` or a larger network.

        Raises:
            CompileError: a weight that the output depends on is missing, or one has another shape.
        """
        own = self.state_dict()
        effective = {self.blueprint.layers[number].name for number in self._effective}
        for name, value in own.items():
            needed = name.split(".")[1] in effective and not name.endswith("num_batches_tracked")
            if name in state and state[name].shape == value.shape:
                value.copy_(state[name])
            elif needed and not name.startswith("alphas."):
                raise CompileError(f"weights of {name} are missing or of another shape")


def join(layer: Layer, values: list[Tensor], mixture: Tensor | None = None) -> Tensor:
    """What the steps of a layer are given.

    Args:
        layer: the layer.
        values: of its sources, [batch, channels, height, width] each.
        mixture: of a mixture, one weight a source.
    """
    if layer.cut:
        values = [value[:, : layer.cut] for value in values]
    if layer.join == "concat":
        return torch.cat(values, dim=1)
    if layer.join == "product":
        return reduce(torch.mul, values)
    if mixture is not None:
        values = [value * weight for value, weight in zip(values, mixture.unbind(), strict=True)]
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total
