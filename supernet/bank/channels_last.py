"""Batch normalisation and mixtures of images with channels last in memory, which read it few times, forward and back.

torch's own norm is there on a CPU slow in its backward pass and off by 1e-4, and a mixture written with its functions
reads and writes each source three times (tests/benchmarks/RESULTS.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

MOMENTUM, EPS = 0.1, 1e-5  # of torch.nn.BatchNorm2d


def batch_norm(
    x: Tensor, statistics: tuple[Tensor, Tensor], scale: Tensor | None, shift: Tensor | None, training: bool
) -> Tensor:
    """`torch.nn.BatchNorm2d` with these running means and variances, differentiable once."""
    plain = x.is_cuda or x.dtype not in (torch.float32, torch.float64) or torch.is_autocast_enabled(x.device.type)
    if plain or not training or not x.is_contiguous(memory_format=torch.channels_last):
        return F.batch_norm(x, *statistics, scale, shift, training, MOMENTUM, EPS)
    out: Tensor = _BatchNorm.apply(x, *statistics, scale, shift)
    return out


class _BatchNorm(Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor | None, shift: Tensor | None
    ) -> Tensor:
        runs, pixels, count = _runs(x), x.shape[2] * x.shape[3], x.numel() // x.shape[1]
        out = torch.empty_like(x, memory_format=torch.channels_last)
        middle = _each(runs.sum(0), pixels) / count
        centred = torch.sub(runs, middle.repeat(pixels), out=_runs(out))
        spread = _each(centred.square().sum(0), pixels) / count
        certainty = (spread + EPS).rsqrt()
        slope = certainty if scale is None else certainty * scale
        centred.mul_(slope.repeat(pixels))
        if shift is not None:
            centred.add_(shift.repeat(pixels))
        mean.lerp_(middle, MOMENTUM)
        variance.lerp_(spread * (count / max(count - 1, 1)), MOMENTUM)
        ctx.save_for_backward(x, middle, certainty, scale)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, mean, certainty, scale = ctx.saved_tensors
        runs, g, pixels, count = _runs(x), _runs(grad), x.shape[2] * x.shape[3], x.numel() // x.shape[1]
        out = torch.empty_like(x, memory_format=torch.channels_last)
        product = torch.mul(runs, g, out=_runs(out))
        to_shift, along_x = (_each(part.sum(0), pixels) for part in (g, product))
        to_scale = (along_x - mean * to_shift) * certainty  # sum of grad times normalised values
        slope = certainty if scale is None else certainty * scale
        along = -slope * certainty * to_scale / count
        constant = -slope * to_shift / count - along * mean
        torch.mul(runs, along.repeat(pixels), out=product).add_(constant.repeat(pixels))
        product.addcmul_(g, slope.repeat(pixels))
        return out, None, None, None if scale is None else to_scale, None if scale is None else to_shift


def _runs(x: Tensor) -> Tensor:
    """[batch, pixels * channels], in the order in which they lie in memory: long runs, however few the channels."""
    return x.permute(0, 2, 3, 1).reshape(len(x), -1)


def _images(runs: Tensor, shape: torch.Size) -> Tensor:
    """The images [batch, channels, height, width] whose memory `runs` is."""
    return runs.view(len(runs), *shape[2:], -1).permute(0, 3, 1, 2)


def _each(sums: Tensor, pixels: int) -> Tensor:
    """Sums over the pixels of each channel, [channels]."""
    return sums.view(pixels, -1).sum(0)


def mixture(values: Sequence[Tensor], weights: Tensor) -> Tensor:
    """The sum of values [batch, channels, height, width] times weights [sources], or an image [batch, sources]."""
    out: Tensor = _Mixture.apply(weights.to(values[0].dtype), *values)
    return out


class _Mixture(Function):
    @staticmethod
    def forward(ctx: Any, weights: Tensor, *values: Tensor) -> Tensor:
        ctx.save_for_backward(weights, *values)
        out = torch.empty_like(values[0], memory_format=torch.channels_last)
        first, *others = zip(values, weights.split(1, dim=-1), strict=True)
        total = torch.mul(_runs(first[0]), first[1], out=_runs(out))
        for value, weight in others:
            total.addcmul_(_runs(value), weight)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        weights, *values = ctx.saved_tensors
        g = _runs(grad)
        product = torch.empty_like(g)
        slopes = torch.stack([torch.mul(g, _runs(value), out=product).sum(1) for value in values], dim=1)
        grads = [_images(g * weight, grad.shape) for weight in weights.split(1, dim=-1)]
        return slopes.sum_to_size(weights.shape), *grads
