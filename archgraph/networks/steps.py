"""Steps: the primitive layers that networks are made of, each a class of `torch.nn` with its arguments.

Five kinds are none of torch's: `Attention`, `Turn` and `Position` (`supernet.tokens`), `UnitNorm`
(`supernet.unit_norm`), and `Own`, the module that an operation brings (`archgraph.networks.own`). A step knows its
shapes, its cost and how it is written as Python; `supernet.layers` makes it a module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archgraph.errors import InputError
from archgraph.networks.own import OwnLayer, own_layer
from archgraph.ops import OPS

ATTENTION, TURN, POSITION, UNIT, OWN = "Attention", "Turn", "Position", "UnitNorm", "Own"
TOKENS = (ATTENTION, TURN, POSITION)
"""Kinds of steps that look at positions, not at each channel by itself; only the last has weights."""
LACKED = (*TOKENS, UNIT)
"""Kinds that torch lacks and the toolkit has itself."""
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
        kind: the class's name in `torch.nn`, one of `LACKED`, or `Own`.
        args: its keyword arguments, as pairs.
    """

    kind: str
    args: tuple[tuple[str, Any], ...] = ()

    def __getitem__(self, name: str) -> Any:
        return dict(self.args)[name]

    @property
    def own(self) -> OwnLayer:
        """The layer that an operation brings.

        Raises:
            InputError: its code is not allowed, or cannot be loaded.
        """
        found = own_layer(OPS[self["operation"]])
        if found is None:
            raise InputError(f"operation {self['operation']} brings no module here; install what announces it")
        return found

    def code(self) -> str:
        """The layer as a Python expression.

        Raises:
            InputError: it is a module that an operation brings, whose code stands elsewhere.
        """
        if self.kind == OWN:
            raise InputError(
                f"operation {self['operation']} brings a module of its own, which a Python file that needs torch "
                "alone cannot hold; export it as pt2 or onnx"
            )
        given = ", ".join(f"{name}={value!r}" for name, value in self.args)
        return f"{'' if self.kind in LACKED else 'nn.'}{self.kind}({given})"

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
        if self.kind == OWN:
            return self.own.output_shape(shape)
        if self.kind == ATTENTION:
            return c // 3, h, w
        if self.kind == TURN:
            return (h * w, c, 1) if self["height"] == 0 else (h, self["height"], self["width"])
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
        if self.kind == ATTENTION:
            return Cost(0, 2 * after[0] * (after[1] * after[2]) ** 2)
        if self.kind == OWN:
            return Cost(*self.own.cost(self["shape"]))
        if self.kind == POSITION:
            return Cost(after[0] * after[1] * after[2])
        if self.kind == "GroupNorm":
            return Cost(2 * self["num_channels"])
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


def group_norm(channels: int, groups: int) -> Step:
    """A normalisation of each image by itself: one group is a layer norm, one a channel an instance norm.

    Wu and He, "Group Normalization", ECCV 2018.
    """
    return Step("GroupNorm", (("num_groups", groups), ("num_channels", channels)))


def unit_norm(detach: bool = False) -> Step:
    """A division by the L2 norm of all values of a batch; `detach`: no gradient goes through the norm.

    FaDE, first author's research code.
    """
    return Step(UNIT, (("detach", detach),))


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


def patches(inputs: int, outputs: int, side: int, bias: bool = False) -> Step:
    """A convolution that cuts an image into patches of side by side pixels, without padding; what is over is left out.

    Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021.
    """
    given = dict(conv(inputs, outputs, side, side, bias=bias).args)
    return Step("Conv2d", tuple((given | {"padding": 0}).items()))


def position(shape: Shape) -> Step:
    """A learned number added at each channel and position of values of this shape.

    Dosovitskiy et al., ICLR 2021.
    """
    return Step(POSITION, tuple(zip(("channels", "height", "width"), shape, strict=True)))


def own(operation: str, shape: Shape) -> Step:
    """The module that an operation brings, for values of this shape."""
    return Step(OWN, (("operation", operation), ("shape", shape)))


def attention(inputs: int, outputs: int, heads: int) -> list[Step]:
    """Self-attention of `heads` heads over the positions of an image, with its projections and their biases.

    Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
    """
    return [conv(inputs, 3 * inputs, bias=True), Step(ATTENTION, (("heads", heads),)), conv(inputs, outputs, bias=True)]


def token_mixing(height: int, width: int) -> list[Step]:
    """A linear layer over the positions of an image, the same for each channel.

    Tolstikhin et al., "MLP-Mixer: An all-MLP Architecture for Vision", NeurIPS 2021.
    """
    return _over_positions(height, width, [conv(height * width, height * width, bias=True)])


def token_mlp(height: int, width: int, hidden: int, between: Step) -> list[Step]:
    """Two linear layers over the positions of an image, the same for each channel, with an activation between.

    Tolstikhin et al., NeurIPS 2021.
    """
    positions = height * width
    return _over_positions(
        height, width, [conv(positions, hidden, bias=True), between, conv(hidden, positions, bias=True)]
    )


def _over_positions(height: int, width: int, steps: list[Step]) -> list[Step]:
    """Steps for which positions are channels."""
    back = Step(TURN, (("height", height), ("width", width)))
    return [Step(TURN, (("height", 0), ("width", 0))), *steps, back]


RELU = Step("ReLU")
GLOBAL_POOL = Step("AdaptiveAvgPool2d", (("output_size", 1),))
FLATTEN = Step("Flatten")
ZERO = Step("Threshold", (("threshold", 3.4e38), ("value", 0.0)))
"""Nothing passes."""
SHIFT = Step("ZeroPad2d", (("padding", (-1, 1, -1, 1)),))
"""The image moved by one pixel up and left; the second half of a factorised reduction sees it so."""
