"""Steps of a blueprint as layers of torch: their modules and their initial weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archgraph.networks.steps import Step


def make_module(step: Step) -> nn.Module:
    """A step as a module, initialised as torch does it.

    Example:
        >>> from archgraph.networks.steps import conv
        >>> make_module(conv(3, 4, kernel=3))
        Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
    """
    made: nn.Module = getattr(nn, step.kind)(**dict(step.args))
    return made


def draw_weights(step: Step, generator: torch.Generator) -> dict[str, Tensor]:
    """Initial values of a step's parameters by name; none where it has no parameters.

    Convolutions: He's normal initialisation; linear: normal, variance 1 / inputs; biases 0; norms 1 and 0.
    """
    if step.kind == "Conv2d":
        fan_in = step["in_channels"] // step["groups"] * step["kernel_size"] ** 2
        size = (step["out_channels"], step["in_channels"] // step["groups"], *2 * (step["kernel_size"],))
        drawn = {"weight": torch.empty(size).normal_(0.0, (2.0 / fan_in) ** 0.5, generator=generator)}
        return drawn | ({"bias": torch.zeros(size[0])} if step["bias"] else {})
    if step.kind == "Linear":
        weight = torch.empty(step["out_features"], step["in_features"])
        weight.normal_(0.0, step["in_features"] ** -0.5, generator=generator)
        return {"weight": weight, "bias": torch.zeros(step["out_features"])}
    if step.kind == "BatchNorm2d" and step["affine"]:
        return {"weight": torch.ones(step["num_features"]), "bias": torch.zeros(step["num_features"])}
    return {}
