"""One operation: what a node of an architecture can be, described by features."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal, get_args

from archgraph._code import REFERENCE
from archgraph.checks import check_choice, check_positive, check_whole, shown
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
DESCRIBED = 9
"""Features of sizes, grouping, activation order and norm."""
HASHED = 16
"""Features into which names, kinds of one's own and numbers are hashed."""
_NAME_SHARE = 0.25  # of a name among the features: enough to tell operations apart, little beside what they are
_OWN_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


@dataclass(frozen=True)
class Operation:
    """One operation.

    Args:
        name: its unique name, used in files.
        kind: its family, one of `KINDS`, or one of your own: a word of small letters, digits and underscores.
        kernel: side of its square window, in pixels.
        dilation: spacing of the window's taps.
        stride: step of the window.
        groups: channel groups; 0 stands for one group a channel (depthwise).
        expansion: inner channels over outer channels.
        activation: none, or ReLU before (`pre`) or after (`post`) the linear part.
        norm: whether a batch normalisation belongs to it.
        numbers: what else is known of it, as `{"heads": 8}`; its module is made with them.
        module: what makes its `torch.nn.Module`, as `package.module:Class`, where it brings one; no feature of it. See
            `archgraph.networks.own`.

    Raises:
        InputError: the name, the kind or the activation is none, or a number makes no sense.

    Example:
        >>> from archgraph import Operation
        >>> Operation("my-conv7x7", "conv", kernel=7, activation="post").kernel
        7
    """

    name: str
    kind: str
    kernel: int = 1
    dilation: int = 1
    stride: int = 1
    groups: int = 1
    expansion: float = 1.0
    activation: Activation = "none"
    norm: bool = False
    numbers: Mapping[str, float] = field(default_factory=dict, hash=False)
    module: str = ""

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > 64 or any(c.isspace() or not c.isprintable() for c in self.name):
            raise InputError(f"an operation's name has 1 to 64 characters and no space, but got {self.name[:80]!r}")
        try:
            if self.kind not in KINDS and not _OWN_KIND.fullmatch(self.kind):
                known = ", ".join(KINDS)
                raise InputError(f"kind is one of {known}, or a word of small letters, but got {shown(self.kind)}")
            check_choice(ACTIVATIONS, activation=self.activation)
            check_whole(1, kernel=self.kernel, dilation=self.dilation, stride=self.stride)
            check_whole(0, groups=self.groups)
            check_positive(expansion=self.expansion)
            if len(self.numbers) > HASHED or not all(map(_is_number, self.numbers.values())):
                raise InputError(f"numbers are at most {HASHED} finite numbers by name")
            if self.module and not REFERENCE.fullmatch(self.module):
                raise InputError(f"module is written package.module:Class, but got {shown(self.module)}")
        except InputError as error:
            raise InputError(f"operation {self.name}: {error}") from None

    def features(self) -> list[float]:
        """Numbers that describe the operation, finite, and different for operations of different names.

        Kind one-hot, log2 sizes, grouping, activation order, norm; then what has no place of its own, hashed into
        `HASHED` numbers: the name, the kind where it is one of your own, and `numbers` (Weinberger et al., "Feature
        Hashing for Large Scale Multitask Learning", ICML 2009).
        """
        kind = [float(self.kind == k) for k in KINDS]
        sizes = [math.log2(v) for v in (self.kernel, self.dilation, self.stride, max(self.groups, 1), self.expansion)]
        activation = [float(self.activation == a) for a in ("pre", "post")]
        return [*kind, *sizes, float(self.groups == 0), *activation, float(self.norm), *self._hashed()]

    def _hashed(self) -> list[float]:
        parts = [(_direction(f"name {self.name}"), _NAME_SHARE)]
        if self.kind not in KINDS:
            parts.append((_direction(f"kind {self.kind}"), 1.0))
        for name, value in self.numbers.items():
            parts.append((_direction(f"number {name}"), math.copysign(math.log2(1 + abs(value)), value)))
        return [sum(weight * direction[i] for direction, weight in parts) for i in range(HASHED)]

    def to_dict(self) -> dict[str, Any]:
        """The constructor's arguments, for a configuration file; `module` only where there is one."""
        found = asdict(self)
        if not self.module:
            found.popitem()  # the last field
        return found


@lru_cache(maxsize=1 << 14)
def _direction(text: str) -> tuple[float, ...]:
    """A direction of about unit length that belongs to a text, [HASHED]."""
    scale = math.sqrt(3 / HASHED) / 127.5
    return tuple((byte - 127.5) * scale for byte in hashlib.blake2b(text.encode(), digest_size=HASHED).digest())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -math.inf < value < math.inf
