"""Steps for many slots at once: S steps of one kind, each with its own weights, as one operation.

Values are [batch, S * channels, height, width] (or [batch, S * length] once flattened); slot s owns the channels
`s * channels` to `(s + 1) * channels`. Parameters are stacked, [S, ...], under the names that the single step has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from archgraph.networks.steps import OWN, POSITION, TOKENS, UNIT, Step
from supernet.bank.channels_last import EPS, MOMENTUM, batch_norm
from supernet.convolution import conv2d
from supernet.layers import draw_weights, make_module, submodule
from supernet.unit_norm import UnitNorm

SlotStep = Callable[[Tensor], Tensor]


class GroupedConv(nn.Module):
    """S convolutions as one grouped convolution.

    Args:
        step: the convolution of one slot.
        count: S.
        fan: how many slots in a row read the same channels; the input then holds each distinct one once.
    """

    def __init__(self, step: Step, count: int, fan: int = 1) -> None:
        super().__init__()
        self.groups, self.own_groups = count * step["groups"] // fan, step["groups"]
        self.stride, self.padding, self.dilation = step["stride"], step["padding"], step["dilation"]
        drawn = draw_weights(step, torch.Generator())
        self.weight = nn.Parameter(torch.empty(count, *drawn["weight"].shape))
        self.bias = nn.Parameter(torch.empty(count, step["out_channels"])) if step["bias"] else None

    def forward(self, x: Tensor) -> Tensor:
        bias = None if self.bias is None else self.bias.flatten()
        weight = self.weight.flatten(0, 1)
        return conv2d(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)

    def slot_steps(self) -> list[SlotStep]:
        own = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.own_groups}
        pairs = zip(self.weight.unbind(), rows(self.bias, len(self.weight)), strict=True)
        return [partial(conv2d, weight=weight, bias=bias, **own) for weight, bias in pairs]

    def extra_repr(self) -> str:
        return f"{len(self.weight)} x {list(self.weight.shape[1:])}, groups={self.groups}"


class GroupedNorm(nn.Module):
    """S batch normalisations as one."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, step: Step, count: int) -> None:
        super().__init__()
        size = (count, step["num_features"])
        self.weight = nn.Parameter(torch.ones(size)) if step["affine"] else None
        self.bias = nn.Parameter(torch.zeros(size)) if step["affine"] else None
        self.register_buffer("running_mean", torch.zeros(size))
        self.register_buffer("running_var", torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        scale = None if self.weight is None else self.weight.flatten()
        shift = None if self.bias is None else self.bias.flatten()
        mean, variance = self.running_mean.view(-1), self.running_var.view(-1)
        return F.batch_norm(x, mean, variance, scale, shift, self.training, MOMENTUM, EPS)

    def slot_steps(self) -> list[SlotStep]:
        count, training = len(self.running_mean), self.training
        own = zip(self.running_mean, self.running_var, rows(self.weight, count), rows(self.bias, count), strict=True)
        return [partial(batch_norm, statistics=(m, v), scale=w, shift=b, training=training) for m, v, w, b in own]


class GroupedLinear(nn.Module):
    """S linear layers as one batched matrix product."""

    def __init__(self, step: Step, count: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(count, step["out_features"], step["in_features"]))
        self.bias = nn.Parameter(torch.empty(count, step["out_features"]))

    def forward(self, x: Tensor) -> Tensor:
        x = x.reshape(len(x), len(self.weight), -1).transpose(0, 1)  # [S, batch, inputs]
        return torch.baddbmm(self.bias[:, None], x, self.weight.transpose(1, 2)).transpose(0, 1).flatten(1)

    def slot_steps(self) -> list[SlotStep]:
        pairs = zip(self.weight.unbind(), self.bias.unbind(), strict=True)
        return [partial(F.linear, weight=weight, bias=bias) for weight, bias in pairs]


class GroupedUnitNorm(nn.Module):
    """S norms over the whole batch as one."""

    norm: Tensor

    def __init__(self, step: Step, count: int) -> None:
        super().__init__()
        self.detach = step["detach"]
        self.register_buffer("norm", torch.ones(count))

    def forward(self, x: Tensor) -> Tensor:
        slots, norm = x.unflatten(1, (len(self.norm), -1)), self.norm
        rest = list(range(2, slots.dim()))
        if self.training:
            norm = slots.float().square().sum([0, *rest]).sqrt().clamp(min=1e-12)
            self.norm.lerp_(norm.detach(), MOMENTUM)
        norm = (norm.detach() if self.detach else norm).to(x.dtype)
        return (slots / norm.view(-1, *[1] * len(rest))).flatten(1, 2)

    def slot_steps(self) -> list[SlotStep]:
        one = UnitNorm(self.detach).train(self.training)
        return [partial(functional_call, one, {"norm": norm}) for norm in self.norm]


class SlotWise(nn.Module):
    """S slots through a step without weights that looks at more than one channel: slots stand in the batch meanwhile.

    Args:
        step: the step of one slot.
        count: S.
    """

    def __init__(self, step: nn.Module, count: int) -> None:
        super().__init__()
        self.step, self.count = step, count

    def forward(self, x: Tensor) -> Tensor:
        slots = x.unflatten(1, (self.count, -1)).flatten(0, 1)
        out: Tensor = self.step(slots)
        return out.unflatten(0, (len(x), self.count)).flatten(1, 2)


class GroupedOwn(nn.Module):
    """S modules of any kind, one after another; weights and statistics are stacked under their own names.

    Args:
        step: the step of one slot.
        count: S.
    """

    def __init__(self, step: Step, count: int) -> None:
        super().__init__()
        self._one = [make_module(step)]  # in a list, since its weights are none of this module
        for name, value in self._one[0].state_dict(keep_vars=True).items():
            stacked = torch.stack([value.detach()] * count)
            owner = submodule(self, name.rpartition(".")[0])
            if isinstance(value, nn.Parameter):
                owner.register_parameter(name.rpartition(".")[2], nn.Parameter(stacked, value.requires_grad))
            else:
                owner.register_buffer(name.rpartition(".")[2], stacked)
        self.count = count

    def forward(self, x: Tensor) -> Tensor:
        parts = x.unflatten(1, (self.count, -1)).unbind(1)
        return torch.cat([step(part) for step, part in zip(self.slot_steps(), parts, strict=True)], dim=1)

    def slot_steps(self) -> list[SlotStep]:
        state = self.state_dict(keep_vars=True)
        rows = [{name: value[slot] for name, value in state.items()} for slot in range(self.count)]
        return [partial(self._slot, own) for own in rows]

    def _slot(self, state: dict[str, Tensor], x: Tensor) -> Tensor:
        one = self._one[0].to(x.device).train(self.training)
        out: Tensor = functional_call(one, state, (x,))
        return out


def grouped(step: Step, count: int, fan: int = 1) -> nn.Module:
    """`count` slots' step as one module; all but these kinds work channel by channel anyway."""
    if step.kind == UNIT:
        return GroupedUnitNorm(step, count)
    if step.kind in (OWN, POSITION, "GroupNorm"):
        return GroupedOwn(step, count)
    if step.kind in TOKENS:
        return SlotWise(make_module(step), count // fan)
    if step.kind == "Conv2d":
        return GroupedConv(step, count, fan)
    if step.kind == "BatchNorm2d":
        return GroupedNorm(step, count)
    if step.kind == "Linear":
        return GroupedLinear(step, count)
    return make_module(step)


def slot_steps(step: nn.Module, count: int) -> list[SlotStep]:
    """The steps of the slots one by one, on [batch, channels, ...], with the weights of `grouped`."""
    if isinstance(step, GroupedConv | GroupedNorm | GroupedLinear | GroupedUnitNorm | GroupedOwn):
        return step.slot_steps()
    if isinstance(step, SlotWise):
        return [step.step] * count
    return [step] * count


def rows(stacked: Tensor | None, count: int) -> Sequence[Tensor | None]:
    """The rows of what may be missing."""
    return [None] * count if stacked is None else stacked.unbind()
