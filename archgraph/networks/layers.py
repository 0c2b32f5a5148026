"""Parameters and multiply-adds of single layers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a network, or a part of one, costs.

    Args:
        params: trainable parameters.
        flops: multiply-adds of convolutions and linear layers for one image; norms, activations, pooling and sums
            are not counted.
    """

    params: int = 0
    flops: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.params + other.params, self.flops + other.flops)

    def __mul__(self, times: int) -> Cost:
        return Cost(self.params * times, self.flops * times)


def conv(inputs: int, outputs: int, kernel: int, image: int, groups: int = 1, norm: bool = True) -> Cost:
    """A convolution without bias, followed by a batch norm with scale and shift if `norm`.

    Args:
        inputs: channels in.
        outputs: channels out.
        kernel: side of the window.
        image: side of the square image that comes out, in pixels.
        groups: channel groups.
        norm: whether a norm follows.
    """
    weights = inputs // groups * outputs * kernel**2
    return Cost(weights + 2 * outputs * norm, weights * image**2)


def linear(inputs: int, outputs: int) -> Cost:
    """A linear layer with bias."""
    return Cost(inputs * outputs + outputs, inputs * outputs)


def norm(channels: int) -> Cost:
    """A batch norm with scale and shift."""
    return Cost(2 * channels)


def separable(inputs: int, outputs: int, kernel: int, image: int) -> Cost:
    """A depthwise convolution, a pointwise convolution and a norm."""
    return conv(inputs, inputs, kernel, image, groups=inputs, norm=False) + conv(inputs, outputs, 1, image)


def factorized_reduce(inputs: int, outputs: int, image: int) -> Cost:
    """DARTS' shortcut across a change of shape: two 1x1 convolutions of half the channels each, and a norm."""
    half = outputs // 2
    both = conv(inputs, half, 1, image, norm=False) + conv(inputs, outputs - half, 1, image, norm=False)
    return both + norm(outputs)
