"""One operation: what a node of an architecture can be, described by features."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from archgraph.checks import check_choice, check_positive, check_whole
from archgraph.errors import InputError

Kind = Literal[
    "input",
    "output",
    "sum",
    "concat",
    "conv",
    "max_pool",
    "avg_pool",
    "identity",
    "zero",
    "other",
    "sep_conv",
    "dil_conv",
    "mbconv",
    "res_block",
    "cell_input",
    "cell_skip_input",
    "linear",
    "norm",
    "activation",
    "attention",
    "product",
    "matmul",
    "embedding",
    "recurrent",
    "layout",
    "resize",
    "reduction",
    "function",
    "factorized_conv",
    "cell",
]
"""Families of operations. Those that their name does not explain:

- `zero`: what comes out is zero; `identity`: what comes in goes out.
- `sep_conv`, `dil_conv`: DARTS' ReLU, depthwise, pointwise convolution and norm; `sep_conv` does so twice.
- `factorized_conv`: NASNet's ReLU, 1xk convolution, kx1 convolution and norm.
- `cell`: layers that are always the same but for their channels; `expansion` is those over the most that there are.
- `mbconv`: MobileNetV2's inverted bottleneck; `res_block`: residual blocks, `expansion` is channels out over in.
- `linear`, `norm`, `activation`, `attention` (`groups` are its heads), `product` (elementwise), `matmul`, `embedding`,
  `recurrent`: layers of networks imported from elsewhere; `layout` moves numbers about, `resize` makes images larger
  or smaller, `reduction` is a mean or maximum over an axis, `function` any other function of each element.
- `cell_input`, `cell_skip_input`: where a cell reads the output of the cell before it, or of the one before that.
"""
Activation = Literal["none", "pre", "post"]
KINDS: tuple[str, ...] = get_args(Kind)
ACTIVATIONS: tuple[str, ...] = get_args(Activation)
STRUCTURAL: tuple[Kind, ...] = ("input", "output", "sum", "concat", "cell_input", "cell_skip_input")
"""Kinds that give an architecture its structure and compute nothing of their own."""


@dataclass(frozen=True)
class Operation:
    """One operation.

    Args:
        name: its unique name, used in files.
        kind: its family, one of `KINDS`.
        kernel: side of its square window, in pixels.
        dilation: spacing of the window's taps.
        stride: step of the window.
        groups: channel groups; 0 stands for one group a channel (depthwise).
        expansion: inner channels over outer channels.
        activation: none, or ReLU before (`pre`) or after (`post`) the linear part.
        norm: whether a batch normalisation belongs to it.

    Raises:
        InputError: the name, the kind or the activation is none, or a number makes no sense.
    """

    name: str
    kind: Kind
    kernel: int = 1
    dilation: int = 1
    stride: int = 1
    groups: int = 1
    expansion: float = 1.0
    activation: Activation = "none"
    norm: bool = False

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > 64 or any(c.isspace() for c in self.name):
            raise InputError(f"an operation's name has 1 to 64 characters and no space, but got {self.name!r}")
        try:
            check_choice(KINDS, kind=self.kind)
            check_choice(ACTIVATIONS, activation=self.activation)
            check_whole(1, kernel=self.kernel, dilation=self.dilation, stride=self.stride)
            check_whole(0, groups=self.groups)
            check_positive(expansion=self.expansion)
        except InputError as error:
            raise InputError(f"operation {self.name}: {error}") from None

    def features(self) -> list[float]:
        """Numbers that describe the operation: kind one-hot, log2 sizes, grouping, activation order, norm."""
        kind = [float(self.kind == k) for k in KINDS]
        sizes = [math.log2(v) for v in (self.kernel, self.dilation, self.stride, max(self.groups, 1), self.expansion)]
        activation = [float(self.activation == a) for a in ("pre", "post")]
        return [*kind, *sizes, float(self.groups == 0), *activation, float(self.norm)]

    def to_dict(self) -> dict[str, Any]:
        """The constructor's arguments, for a configuration file."""
        return asdict(self)
