"""The operation vocabulary: what a node of an architecture can be, described by features.

All spaces share one vocabulary, `OPS`. A graph stores an operation as its index there; files store its name; the
encoder sees its features, so an operation added by a user reaches every encoder without a change:

    >>> from archgraph.ops import OPS, Operation
    >>> OPS.register(Operation("conv7x7-relu", "conv", kernel=7, activation="post"))
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

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
]
"""Families of operations. Those that their name does not explain:

- `zero`: nothing passes; `identity`: what comes in goes out.
- `sep_conv`, `dil_conv`: DARTS' ReLU, depthwise, pointwise convolution and norm; `sep_conv` does so twice.
- `mbconv`: MobileNetV2's inverted bottleneck; `res_block`: residual blocks, `expansion` is channels out over in.
- `linear`, `norm`, `activation`, `attention`, `product` (elementwise): layers of networks imported from elsewhere.
- `cell_input`, `cell_skip_input`: where a cell reads the output of the cell before it, or of the one before that.
"""
Activation = Literal["none", "pre", "post"]
KINDS: tuple[str, ...] = get_args(Kind)
MAX_DESCRIBED = 1 << 13  # operations up to which names that describe themselves are taken in
ACTIVATIONS: tuple[str, ...] = get_args(Activation)


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


class Vocabulary:
    """An append-only list of operations, addressed by name or index."""

    def __init__(self, operations: list[Operation]) -> None:
        self._operations: list[Operation] = []
        self._index: dict[str, int] = {}
        for operation in operations:
            self.register(operation)

    def register(self, operation: Operation) -> int:
        """Add an operation and return its index; the same operation twice is no error.

        Raises:
            InputError: the name is taken by a different operation.
        """
        known = self._index.get(operation.name)
        if known is not None:
            if self._operations[known] != operation:
                raise InputError(f"operation {operation.name} is already registered with other properties")
            return known
        self._operations.append(operation)
        self._index[operation.name] = len(self._operations) - 1
        return self._index[operation.name]

    def index(self, name: str) -> int:
        """The index of the operation called `name`.

        Raises:
            InputError: no such operation; the text lists the choices.
        """
        if name not in self:
            choices = ", ".join(self._index)
            raise InputError(f"unknown operation {str(name)[:64]!r}; choose from {choices}")
        return self._index[name]

    def features(self) -> Tensor:
        """Features of all operations, [len(self), F] float32."""
        return torch.tensor([operation.features() for operation in self])

    def __getitem__(self, index: int) -> Operation:
        return self._operations[index]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._index or self._finds(name))

    def _finds(self, name: str) -> bool:
        """Whether a space has it, or the name says what it is, as in `conv5x5-s2-bn-relu`; if so, it is registered."""
        import archgraph.spaces  # noqa: F401  registers the operations of all spaces
        from archgraph.op_names import parse

        if name in self._index:
            return True
        operation = parse(name) if len(name) <= 64 and len(self) < MAX_DESCRIBED else None
        return operation is not None and self.register(operation) >= 0

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    def __len__(self) -> int:
        return len(self._operations)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} operations)"


OPS = Vocabulary(
    [
        Operation("input", "input"),
        Operation("output", "output"),
        Operation("sum", "sum"),
        Operation("concat", "concat"),
        Operation("identity", "identity"),
        Operation("conv3x3-relu", "conv", kernel=3, activation="post"),
    ]
)
"""The shared vocabulary. Spaces register their operations when they are loaded, at the latest when one is needed."""
