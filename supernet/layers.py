"""Steps of a blueprint as layers of torch: their modules and their initial weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archgraph._compat import part_of
from archgraph.networks.steps import LACKED, OWN, POSITION, UNIT, Step
from supernet import convolution, tokens, unit_norm


def make_module(step: Step) -> nn.Module:
    """A step as a module, initialised as torch does it.

    Example:
        >>> from archgraph.networks.steps import conv
        >>> make_module(conv(3, 4, kernel=3))
        Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
    """
    if step.kind == OWN:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)  # buffers that are drawn are so always the same; parameters are drawn anew
            return step.own.module(step["shape"])
    made: nn.Module = class_of(step.kind)(**dict(step.args))
    return made


def class_of(kind: str) -> type[nn.Module]:
    """The class of a kind of step that no operation brings."""
    home = {"Conv2d": convolution, UNIT: unit_norm}.get(kind, tokens if kind in LACKED else nn)
    found: type[nn.Module] = getattr(home, kind)
    return found


def draw_weights(step: Step, generator: torch.Generator) -> dict[str, Tensor]:
    """Initial values of a step's parameters by name; none where it has no parameters.

    Convolutions: He's normal initialisation; linear: normal, variance 1 / inputs; biases 0; norms 1 and 0; positions
    normal, deviation 0.02; those of a module that an operation brings as its constructor draws them.
    """
    if step.kind == OWN:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
            return {name: p.detach() for name, p in step.own.module(step["shape"]).named_parameters()}
    if step.kind == "GroupNorm":
        return {"weight": torch.ones(step["num_channels"]), "bias": torch.zeros(step["num_channels"])}
    if step.kind == POSITION:
        shape = (step["channels"], step["height"], step["width"])
        return {"weight": torch.empty(shape).normal_(0.0, 0.02, generator=generator)}
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


def submodule(module: nn.Module, path: str) -> nn.Module:
    """The module at a path of names with points between them; what is not there is made, empty."""
    for part in filter(None, path.split(".")):
        module = part_of(module, part)
    return module
