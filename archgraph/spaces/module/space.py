"""Spaces around networks of one's own, as `archgraph space from-module` writes them.

A file says in YAML which blocks the network has, one after another, and what each of them chooses from:

    name: resnet18
    network: resnet18.safetensors     # the network and its weights, beside this file
    blocks:
      - {block: conv1, width: [64, 32, 48], kernel: [7, 5]}
      - {block: layer1, depth: [2, 1, 3], inner: [64, 32]}
      - {block: fc}

A member takes one value at each place, as `conv1.width`; the first is that of the network as it is. Its graph is a
chain of blocks that are named by their values, `block:layer1-i32`, as often as its depth says. The native form is one
digit a place. What a block chooses beside its depth is of no effect where that is 0; such codes are one member.

What a member computes, and with which weights, is known to `supernet.imported`; nothing here looks at the network.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archgraph._make_graph import make_graph
from archgraph.architecture import MAX_NODES
from archgraph.errors import GraphError, InputError
from archgraph.settings import check_settings
from archgraph.spaces.base import Choice, Space
from archgraph.spaces.custom import read_description
from archgraph.spaces.module.blocks import DEPTH, Block
from archgraph.spaces.module.chains import Chains
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

Code = tuple[int, ...]
_MOST_BLOCKS, _MOST_OPERATIONS, _ENUMERABLE = 200, 20_000, 1_000_000
_LONGEST = 255
"""Characters of a file's name."""


class ModuleSpace(Space):
    """The networks that differ from one in the values at its places.

    `sample` draws codes uniformly, `neighbors` change one place, `crossover` takes each from one parent or the other.

    Args:
        name: `module:FILE`.
        network: the file of the network and its weights.
        blocks: in the order in which they run.

    Raises:
        InputError: there are no blocks or too many, two have one name, or nothing can be chosen.

    Example:
        >>> from torch import nn
        >>> from supernet import from_module
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        >>> space = from_module(network, (1, 3, 8, 8), "network.yaml")
        >>> type(space).__name__, list(space.choices)[:2]
        ('ModuleSpace', ['0.kernel', '0.activation'])
    """

    def __init__(self, name: str, network: Path, blocks: Sequence[Block]) -> None:
        self.name, self.network, self.blocks = name, network, tuple(blocks)
        if not 1 <= len(blocks) <= _MOST_BLOCKS or len({block.name for block in blocks}) < len(blocks):
            raise InputError(f"a network has 1 to {_MOST_BLOCKS} blocks of different names, but got {len(blocks)}")
        self.choices = {f"{b.name}.{kind}": values for b in blocks for kind, values in b.choices.items()}
        if not self.choices:
            raise InputError("nothing can be chosen in any block; give one of them a line such as `depth: [2, 1]`")
        forms = sum(math.prod(len(v) for k, v in block.choices.items() if k != DEPTH) for block in blocks)
        deepest = 2 + sum(max(map(int, block.choices.get(DEPTH, (1,)))) for block in blocks)
        if forms > _MOST_OPERATIONS or deepest > MAX_NODES:
            raise InputError(
                f"blocks have at most {_MOST_OPERATIONS} forms and a member {MAX_NODES} of them one after another, but "
                f"these have {forms} and {deepest}; give them fewer values"
            )
        self.one_to_one = not any(self._ties(block) for block in blocks)

    @cached_property
    def operations(self) -> tuple[str, ...]:  # type: ignore[override]  # made when it is first asked for
        return ("input", *(name for block in self.blocks for name in block.operations), "output")

    @cached_property
    def _chains(self) -> Chains:
        return Chains(self.blocks)

    def _ties(self, block: Block) -> bool:
        return 0 in block.choices.get(DEPTH, ()) and len(block.choices) > 1

    def size(self) -> int | None:
        total = 1
        for block in self.blocks:
            every = math.prod(map(len, block.choices.values()))
            if self._ties(block):
                depths = len(block.choices[DEPTH])
                every = every // depths * (depths - 1) + 1
            total *= every
        return total

    def plain(self, code: Sequence[int]) -> Code:
        """The same member's code with the first choice wherever a choice is of no effect."""
        chosen, values = self.chosen(code), dict(zip(self.choices, code, strict=True))
        for block in self.blocks:
            if chosen.get(f"{block.name}.{DEPTH}") == 0:
                values |= {f"{block.name}.{kind}": 0 for kind in block.choices if kind != DEPTH}
        return tuple(map(int, values.values()))

    def decode(self, code: Sequence[int]) -> ArchGraph:
        """The member with this code."""
        chosen = self.chosen(code)
        ops = ["input"]
        for block in self.blocks:
            of_block = {kind: chosen[f"{block.name}.{kind}"] for kind in block.choices}
            depth = int(of_block.get(DEPTH, 1))
            ops += [block.operation(of_block)] * depth
        ops.append("output")
        return make_graph(ops, [(i, i + 1) for i in range(len(ops) - 1)])

    def encode(self, graph: ArchGraph) -> Code:
        """The code of a member.

        Raises:
            GraphError: the graph is no member; the text says why.
        """
        ops = list(graph.ops)
        if graph.edges != [(i, i + 1) for i in range(len(ops) - 1)]:
            raise GraphError(f"not a member of {self.name}: it is no chain of blocks")
        at = 1
        chosen: dict[str, Choice] = {}
        for block in self.blocks:
            start = at
            while at < len(ops) - 1 and ops[at] == ops[start] and ops[at] in block.operations:
                at += 1
            of_block = {kind: values[0] for kind, values in block.choices.items()}
            of_block |= block.operations[ops[start]] if at > start else {}
            if at - start not in block.choices.get(DEPTH, (1,)):
                found = f"{at - start} of it" if at > start else ops[start]
                raise GraphError(f"not a member of {self.name}: where {block.name} belongs stands {found}")
            of_block |= {DEPTH: at - start} if DEPTH in block.choices else {}
            chosen |= {f"{block.name}.{kind}": value for kind, value in of_block.items()}
        if at != len(ops) - 1:
            raise GraphError(f"not a member of {self.name}: {ops[at]} stands behind its last block")
        return self.code(chosen)

    def enumerate(self) -> ArchTable:
        if (self.size() or 0) > _ENUMERABLE:
            raise InputError(f"{self.name} has {self.size()} members, too many to enumerate; sample instead")
        codes = np.indices(self.options).reshape(len(self.options), -1).T
        codes = codes[(self._chains.plain(codes) == codes).all(axis=1)]
        return self.table(codes, ["".join(map(str, code)) for code in codes.tolist()])

    def table(self, codes: NDArray[np.int64], ids: Sequence[str] | None = None) -> ArchTable:
        self.check_codes(codes)
        return ArchTable.from_columns(self._chains.graphs(codes), ids=ids, space=self.name)

    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        return list(self.table(np.stack([rng.integers(options, size=n) for options in self.options], axis=1)))

    def digits(self, code: Sequence[int]) -> str:
        """The native form of a code."""
        return "".join(map(str, self.plain(code)))

    def to_native(self, graph: ArchGraph) -> str:
        return self.digits(self.encode(graph))

    def from_native(self, native: str) -> ArchGraph:
        fits = len(native) == len(self.options) and re.fullmatch("[0-9]+", native)
        if not fits or any(int(digit) >= options for digit, options in zip(native, self.options, strict=True)):
            raise InputError(
                f"a member of {self.name} is written in {len(self.options)} digits, but got {native[:64]!r}"
            )
        return self.decode(self.plain([int(digit) for digit in native]))

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        codes, fits = self._chains.codes(table.columns)
        if not fits.all():
            self.encode(table[int(np.argmin(fits))])  # says why it is no member
        return codes

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        return list(self.table(codes))

    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        code = self.encode(graph)
        found: dict[Code, None] = {}
        for place, options in enumerate(self.options):
            for choice in range(options):
                other = (*code[:place], choice, *code[place + 1 :])
                if self.plain(other) == other and other != code:  # a block is left out as the network has it
                    found[other] = None
        return [self.decode(other) for other in found]

    def crossover(self, first: ArchGraph, second: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        one, two = self.encode(first), self.encode(second)
        taken = rng.integers(2, size=len(one))
        return self.decode(self.plain([(a, b)[t] for a, b, t in zip(one, two, taken.tolist(), strict=True)]))


def load(path: Path | str) -> ModuleSpace:
    """The space that a file describes.

    Raises:
        InputError: the file is missing or the description is malformed; the text says where.
    """
    file = Path(path)
    try:
        network, blocks = _space(**check_settings("a space around a network", _space, read_description(file, "module")))
        return ModuleSpace(f"module:{path}", file.parent / network, blocks)
    except InputError as error:
        raise error if str(file) in str(error) else InputError(f"{file}: {error}") from error


def _space(network: str, blocks: Sequence[Any], name: str = "") -> tuple[str, list[Block]]:
    if Path(network).name != network or not network.isprintable() or len(network) > _LONGEST:
        raise InputError(f"the network lies beside the file that names it, but got {network[:64]!r}")
    found = []
    for described in blocks:
        if not isinstance(described, Mapping) or not isinstance(described.get("block"), str):
            raise InputError(f"a block is written {{block: NAME, KIND: [VALUE, ...]}}, but got {str(described)[:64]}")
        choices = {str(kind): values for kind, values in described.items() if kind != "block"}
        if odd := [kind for kind, values in choices.items() if not isinstance(values, list)]:
            raise InputError(f"{odd[0][:32]} of block {described['block'][:32]} is a list of values")
        found.append(Block(described["block"], {kind: tuple(values) for kind, values in choices.items()}))
    return network, found
