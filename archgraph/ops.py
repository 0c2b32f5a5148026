"""The vocabulary: all operations that a node can carry, by name and by index.

All spaces share one vocabulary, `OPS`, which begins with every operation of the shipped spaces. A graph stores an
operation as its index there; files store its name; the encoder sees its features, so an operation added by a user
reaches every encoder without a change:

    >>> from archgraph import OPS, Operation
    >>> index = OPS.register(Operation("conv7x7-relu-mine", "conv", kernel=7, activation="post"))
    >>> OPS[index].kernel
    7
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.op_names import parse
from archgraph.operation import STRUCTURAL, Operation

_LISTED = 40  # choices that an error names

MAX_DESCRIBED = 1 << 13  # operations up to which names that describe themselves are taken in


class Vocabulary:
    """An append-only list of operations, addressed by name or index.

    A name that says what it is, as `conv5x5-s2-bn-relu` does (`archgraph.op_names`), is known without being registered,
    and gets its index when one is asked for.

    Args:
        operations: the first operations.
    """

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self._operations: list[Operation] = []
        self._index: dict[str, int] = {}
        self._features = np.empty((0, 0), dtype=np.float32)
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
                raise InputError(
                    f"operation {operation.name} is already registered with other properties; "
                    "a name means one operation, so rename one of the two"
                )
            return known
        self._operations.append(operation)
        self._index[operation.name] = len(self._operations) - 1
        return self._index[operation.name]

    def index(self, name: str) -> int:
        """The index of the operation called `name`.

        Raises:
            InputError: no such operation; the text lists the choices.
        """
        known = self._index.get(name)
        if known is not None:
            return known
        described = self._described(name)
        if described is None:
            more = f" and {len(self._index) - _LISTED} more" if len(self._index) > _LISTED else ""
            choices = ", ".join(shown[:64] for shown in list(self._index)[:_LISTED])
            raise InputError(f"unknown operation {str(name)[:64]!r}; choose from {choices}{more}")
        return self.register(described)

    @contextmanager
    def kept_if_whole(self) -> Iterator[None]:
        """Within it operations are registered for good, but where it ends with an error those are forgotten again."""
        before = len(self)
        try:
            yield
        except BaseException:
            for operation in self._operations[before:]:
                del self._index[operation.name]
            del self._operations[before:]
            self._features = self._features[:before]
            raise

    def features(self) -> NDArray[np.float32]:
        """Features of all operations, [len(self), F]."""
        known = self._features
        if len(known) < len(self):
            new = np.array([operation.features() for operation in self._operations[len(known) :]], dtype=np.float32)
            known = np.concatenate([known.reshape(-1, new.shape[1]), new])
            known.flags.writeable = False
            self._features = known
        return known

    def __getitem__(self, operation: int | str) -> Operation:
        return self._operations[self.index(operation) if isinstance(operation, str) else operation]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._index or self._described(name) is not None)

    def _described(self, name: str) -> Operation | None:
        """The operation that a name describes by itself, while there is room for it."""
        return parse(name) if len(name) <= 64 and len(self) < MAX_DESCRIBED else None

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    def __len__(self) -> int:
        return len(self._operations)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} operations)"


SHIPPED: tuple[Operation, ...] = (
    # structure
    Operation("input", "input"),
    Operation("output", "output"),
    Operation("sum", "sum"),
    Operation("concat", "concat"),
    Operation("identity", "identity"),
    Operation("zero", "zero"),
    # FaDE
    Operation("conv3x3-relu", "conv", kernel=3, activation="post"),
    Operation("row", "cell_input"),
    # DARTS and NAS-Bench-301
    Operation("maxpool3x3", "max_pool", kernel=3),
    Operation("avgpool3x3", "avg_pool", kernel=3),
    Operation("sepconv3x3", "sep_conv", kernel=3, groups=0, activation="pre", norm=True),
    Operation("sepconv5x5", "sep_conv", kernel=5, groups=0, activation="pre", norm=True),
    Operation("dilconv3x3", "dil_conv", kernel=3, dilation=2, groups=0, activation="pre", norm=True),
    Operation("dilconv5x5", "dil_conv", kernel=5, dilation=2, groups=0, activation="pre", norm=True),
    Operation("cell-skip-input", "cell_skip_input"),
    Operation("cell-input", "cell_input"),
    Operation("cell-skip-input-s2", "cell_skip_input", stride=2),
    Operation("cell-input-s2", "cell_input", stride=2),
    # NAS-Bench-Macro
    Operation("mbconv3x3-e3", "mbconv", kernel=3, groups=0, expansion=3, norm=True),
    Operation("mbconv5x5-e6", "mbconv", kernel=5, groups=0, expansion=6, norm=True),
    Operation("conv1x1-s2-bn", "conv", stride=2, norm=True),
    Operation("mbconv3x3-e3-s2", "mbconv", kernel=3, stride=2, groups=0, expansion=3, norm=True),
    Operation("mbconv5x5-e6-s2", "mbconv", kernel=5, stride=2, groups=0, expansion=6, norm=True),
    # NAS-Bench-101
    Operation("conv3x3-bn-relu", "conv", kernel=3, activation="post", norm=True),
    Operation("conv1x1-bn-relu", "conv", activation="post", norm=True),
    # NAS-Bench-201 and TransNAS-Bench-101
    Operation("relu-conv1x1-bn", "conv", activation="pre", norm=True),
    Operation("relu-conv3x3-bn", "conv", kernel=3, activation="pre", norm=True),
    *(
        Operation(name, "res_block", kernel=3, stride=stride, expansion=channels, activation="pre", norm=True)
        for name, channels, stride in (
            ("resblocks", 1, 1),
            ("resblocks-x2", 2, 1),
            ("resblocks-s2", 1, 2),
            ("resblocks-x2-s2", 2, 2),
        )
    ),
    # NATS-Bench, size
    *(Operation(f"cell201-w{width}", "cell", kernel=3, expansion=width / 64) for width in range(8, 65, 8)),
    *(
        Operation(f"resblock-w{width}-s2", "cell", kernel=3, stride=2, expansion=width / 64)
        for width in range(8, 65, 8)
    ),
)
"""The operations of all shipped spaces."""

STRUCTURE = frozenset(operation.name for operation in SHIPPED if operation.kind in STRUCTURAL)
"""Operations that every graph needs and no one chooses; one of your own is a choice, whatever its kind."""

OPS = Vocabulary(SHIPPED)
"""The shared vocabulary. Spaces of one's own register theirs when they are loaded."""
