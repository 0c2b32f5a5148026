"""Convolutions of torch, kept away from a fault of its CPU kernels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Sides = int | Sequence[int]
_WIDE = 16
"""Channels from which no kernel is at fault, one vector of AVX-512."""


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sides = 1,
    padding: Sides = 0,
    dilation: Sides = 1,
    groups: int = 1,
) -> Tensor:
    """`torch.nn.functional.conv2d`, and as it the arguments.

    A strided 1x1 convolution of few channels that is trained on the CPU reads the pixels that it needs first, and is
    then one without a stride: the same numbers. Where images have their channels last, oneDNN's kernel for the gradient
    of such weights writes beyond its memory (its issue 6035, seen with torch 2.15 and AVX2): wrong gradients, or the
    process dies.

    Example:
        >>> images = torch.randn(2, 4, 8, 8).to(memory_format=torch.channels_last)
        >>> conv2d(images, torch.randn(6, 4, 1, 1, requires_grad=True), stride=2).shape
        torch.Size([2, 6, 4, 4])
    """
    across = _pair(stride)
    if max(across) > 1 and weight.shape[1] < _WIDE and tuple(weight.shape[2:]) == (1, 1) and not any(_pair(padding)):
        trained = torch.is_grad_enabled() and weight.requires_grad and not torch.compiler.is_compiling()
        if trained and input.device.type == "cpu":
            input, stride = input[..., :: across[0], :: across[1]], 1
    return F.conv2d(input, weight, bias, stride, padding, dilation, groups)


def _pair(sides: Sides) -> tuple[int, int]:
    return (sides, sides) if isinstance(sides, int) else (sides[0], sides[-1])


class Conv2d(nn.Conv2d):
    """`torch.nn.Conv2d` by `conv2d`.

    Example:
        >>> Conv2d(4, 6, 1, stride=2)(torch.randn(2, 4, 8, 8)).shape
        torch.Size([2, 6, 4, 4])
    """

    def forward(self, input: Tensor) -> Tensor:
        if isinstance(self.padding, str) or self.padding_mode != "zeros":
            return super().forward(input)
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
