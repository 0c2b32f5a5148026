"""Blocks of a network and what is chosen in each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from archgraph.errors import InputError
from archgraph.op_names import ACTIVATIONS
from archgraph.spaces.base import Choice

DEPTH = "depth"
LETTERS = {"width": "w", "inner": "i", "kernel": "k", "groups": "g"}
"""What can be chosen beside depth and activation -> how names of blocks begin with it."""


@dataclass(frozen=True)
class Block:
    """A block of a network, or several that are alike one after another.

    Args:
        name: letters, digits, underscores and points, 1 to 24.
        choices: what is chosen, of `depth`, `activation` and `LETTERS` -> values, the network's own first.

    Raises:
        InputError: a name or a value is none.
    """

    name: str
    choices: Mapping[str, tuple[Choice, ...]]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.]{1,24}", self.name, re.ASCII):
            raise InputError(f"a block is named by 1 to 24 letters, digits, _ and points, but got {self.name[:64]!r}")
        for kind, values in self.choices.items():
            where = f"{kind} of block {self.name}"
            if kind not in (DEPTH, "activation", *LETTERS):
                raise InputError(
                    f"block {self.name} chooses {', '.join((DEPTH, *LETTERS))} or activation, not {kind[:32]!r}"
                )
            if not 1 <= len(values) <= 10 or len(set(map(str, values))) < len(values):
                raise InputError(f"{where} has 1 to 10 different values, but got {str(list(values))[:64]}")
            for value in values:
                least, most = (0, 64) if kind == DEPTH else (1, 99_999)
                if kind == "activation":
                    fits = value in ACTIVATIONS
                else:
                    fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
                if not fits:
                    raise InputError(f"{where} cannot be {str(value)[:32]!r}")

    def operation(self, chosen: Mapping[str, Choice]) -> str:
        """The name of its operation, which says what was chosen."""
        parts = [f"-{LETTERS[kind]}{chosen[kind]}" for kind in LETTERS if kind in chosen]
        return f"block:{self.name}" + "".join(parts) + (f"-{chosen['activation']}" if "activation" in chosen else "")

    @cached_property
    def operations(self) -> dict[str, dict[str, Choice]]:
        """Name of each operation that it can have -> what was chosen."""
        free = {kind: values for kind, values in self.choices.items() if kind != DEPTH}
        every = [dict(zip(free, values, strict=True)) for values in product(*free.values())]
        return {self.operation(chosen): chosen for chosen in every}
