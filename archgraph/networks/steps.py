"""Steps: the primitive layers that networks are made of, each a class of `torch.nn` with its arguments.

A step knows its shapes, its cost and how it is written as Python; `supernet.layers` makes it a module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Shape = tuple[int, int, int]
"""(channels, height, width) of one image's values; a vector is (length, 1, 1)."""


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


@dataclass(frozen=True)
class Step:
    """One primitive layer.

    Args:
        kind: the class's name in `torch.nn`.
        args: its keyword arguments, as pairs.
    """

    kind: str
    args: tuple[tuple[str, Any], ...] = ()

    def __getitem__(self, name: str) -> Any:
        return dict(self.args)[name]

    def code(self) -> str:
        """The layer as a Python expression."""
        return f"nn.{self.kind}({', '.join(f'{name}={value!r}' for name, value in self.args)})"

    def shape(self, shape: Shape) -> Shape:
        """Shape of what comes out when `shape` comes in."""
        c, h, w = shape
        if self.kind == "Conv2d":
            reach = self["dilation"] * (self["kernel_size"] - 1) - 2 * self["padding"]
            return self["out_channels"], (h - reach - 1) // self["stride"] + 1, (w - reach - 1) // self["stride"] + 1
        if self.kind in ("MaxPool2d", "AvgPool2d"):
            lost = self["kernel_size"] - 2 * self["padding"]
            up = (self["stride"] - 1) * self["ceil_mode"]
            return c, (h - lost + up) // self["stride"] + 1, (w - lost + up) // self["stride"] + 1
        if self.kind == "AdaptiveAvgPool2d":
            return c, 1, 1
        if self.kind == "Flatten":
            return c * h * w, 1, 1
        return (self["out_features"], 1, 1) if self.kind == "Linear" else shape

    def cost(self, after: Shape) -> Cost:
        """Trainable parameters, and multiply-adds of one image (convolutions and linear layers); `after` comes out."""
        if self.kind == "Conv2d":
            weights = self["in_channels"] // self["groups"] * self["out_channels"] * self["kernel_size"] ** 2
            return Cost(weights + self["out_channels"] * self["bias"], weights * after[1] * after[2])
        if self.kind == "Linear":
            weights = self["in_features"] * self["out_features"]
            return Cost(weights + self["out_features"], weights)
        return Cost(2 * self["num_features"]) if self.kind == "BatchNorm2d" and self["affine"] else Cost()


def conv(
    inputs: int, outputs: int, kernel: int = 1, stride: int = 1, dilation: int = 1, groups: int = 1, bias: bool = False
) -> Step:
    """A convolution with an odd window, padded so that stride 1 keeps the image's size."""
    sizes = {"in_channels": inputs, "out_channels": outputs, "kernel_size": kernel, "stride": stride}
    padding = {"padding": dilation * (kernel // 2), "dilation": dilation, "groups": groups, "bias": bias}
    return Step("Conv2d", tuple((sizes | padding).items()))


def norm(channels: int, affine: bool = True) -> Step:
    """A batch normalisation, with scale and shift where `affine`."""
    return Step("BatchNorm2d", (("num_features", channels), ("affine", affine)))


def linear(inputs: int, outputs: int) -> Step:
    """A linear layer with bias."""
    return Step("Linear", (("in_features", inputs), ("out_features", outputs)))


def max_pool(kernel: int, stride: int = 1, ceil: bool = False) -> Step:
    """A max pooling. Odd windows that overlap are padded, so that stride 1 keeps the image's size."""
    padding = kernel // 2 if kernel % 2 and stride < kernel else 0
    args = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil}
    return Step("MaxPool2d", tuple(args.items()))


def avg_pool(kernel: int, stride: int = 1, ceil: bool = False) -> Step:
    """An average pooling that does not count its padding."""
    return Step("AvgPool2d", (*max_pool(kernel, stride, ceil).args, ("count_include_pad", False)))


def activation(name: str) -> Step:
    """The activation of this class in `torch.nn`."""
    return Step(name)


RELU = Step("ReLU")
GLOBAL_POOL = Step("AdaptiveAvgPool2d", (("output_size", 1),))
FLATTEN = Step("Flatten")
ZERO = Step("Threshold", (("threshold", 3.4e38), ("value", 0.0)))
"""Nothing passes."""
SHIFT = Step("ZeroPad2d", (("padding", (-1, 1, -1, 1)),))
"""The image moved by one pixel up and left; the second half of a factorised reduction sees it so."""
