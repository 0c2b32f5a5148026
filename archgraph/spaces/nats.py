"""NATS-Bench's size space: the widths of five layers of one fixed network, eight choices each.

Dong, Liu, Musial and Gabrys, "NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and Size" (TPAMI 2021).

The native form lists the channels of the layers, `64:64:64:64:64`, each a multiple of 8 up to 64; the stem has those of
the first. Layers 0, 2 and 4 are NAS-Bench-201's best cell on CIFAR-100, layers 1 and 3 residual blocks of stride 2. The
graph is a chain.
"""

from __future__ import annotations

from collections.abc import Sequence

from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.spaces.template import Code, TemplateSpace, chain

WIDTHS = tuple(range(8, 65, 8))
"""Channels that a layer can have."""
REDUCING = (False, True, False, True, False)
"""For each layer, whether it halves the image."""
CELL = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"
"""The cell of the other layers, as NAS-Bench-201 writes it."""
_KEEPING = tuple(OPS[f"cell201-w{width}"].name for width in WIDTHS)
_HALVING = tuple(OPS[f"resblock-w{width}-s2"].name for width in WIDTHS)
WIDTH_OF = dict(zip((*_KEEPING, *_HALVING), WIDTHS * 2, strict=True))
"""Operation -> channels."""


class NATSSizeSpace(TemplateSpace):
    """The 32,768 networks of NATS-Bench's size space.

    Example:
        >>> from archgraph.spaces import NATSSizeSpace
        >>> space = NATSSizeSpace()
        >>> space.size(), space.to_native(space.from_native("64:64:64:64:64"))
        (32768, '64:64:64:64:64')
    """

    def __init__(self) -> None:
        choices: list[Sequence[str]] = [_HALVING if reducing else _KEEPING for reducing in REDUCING]
        super().__init__("nats:size", *chain(len(REDUCING)), choices)

    def native(self, code: Sequence[int]) -> str:
        return ":".join(str(WIDTHS[choice]) for choice in code)

    def parse(self, native: str) -> Code:
        parts = native.split(":")
        if len(parts) != len(REDUCING) or not all(part.isascii() and part.isdecimal() for part in parts):
            raise InputError(f"a network of {self.name} is written like 64:64:64:64:64, but got {native[:64]!r}")
        if wrong := [part for part in parts if len(part) > 2 or int(part) not in WIDTHS]:
            raise InputError(f"a layer of {self.name} has 8, 16, ... or 64 channels, but got {wrong[0][:16]}")
        return tuple(WIDTHS.index(int(part)) for part in parts)
