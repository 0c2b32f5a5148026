"""TransNAS-Bench-101: cells with an operation on each of six edges, and networks of four to six modules.

Duan et al., "TransNAS-Bench-101: Improving Transferability and Generalizability of Cross-Task Neural Architecture
Search" (CVPR 2021).

`transnas` (micro) has 4,096 cells, written `64-41414-1_02_333` or `102333`: the operations (0 zero, 1 skip, 2 1x1
convolution, 3 3x3 convolution) of the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3. As in NAS-Bench-201 every edge keeps a
node, also one that carries zero. `transnas:macro` has 3,256 networks, written `64-1234-basic` or `1234`: a digit a
module, 1 plain, 2 doubles the channels, 3 halves the image, 4 does both; one to three modules double the channels
and one to four halve the image.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from archgraph._make_graph import make_graph
from archgraph.canonical import RawGraph
from archgraph.columns import GraphColumns
from archgraph.errors import GraphError, InputError
from archgraph.ops import OPS
from archgraph.spaces.base import NONE, Space
from archgraph.spaces.template import Code, TemplateSpace, chain, complete_cell
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

CELL_OPERATIONS = (OPS["zero"], OPS["identity"], OPS["relu-conv1x1-bn"], OPS["relu-conv3x3-bn"])
MODULES = (OPS["resblocks"], OPS["resblocks-x2"], OPS["resblocks-s2"], OPS["resblocks-x2-s2"])
"""Modules 1 to 4, each of two residual blocks; `expansion` is the channels out over those in."""


class TransNASMicroSpace(TemplateSpace):
    """The 4,096 cells of TransNAS-Bench-101.

    Example:
        >>> from archgraph.spaces import TransNASMicroSpace
        >>> space = TransNASMicroSpace()
        >>> space.size(), list(space.choices)
        (4096, ['0->1', '0->2', '1->2', '0->3', '1->3', '2->3'])
    """

    def __init__(self) -> None:
        choices = [[operation.name for operation in CELL_OPERATIONS]] * 6
        super().__init__("transnas", *complete_cell(4), choices)

    def native(self, code: Sequence[int]) -> str:
        d = "".join(map(str, code))
        return f"64-41414-{d[0]}_{d[1:3]}_{d[3:]}"

    def parse(self, native: str) -> Code:
        match = re.fullmatch(r"64-41414-([0-3])_([0-3]{2})_([0-3]{3})|([0-3]{6})", native, re.ASCII)
        if not match:
            raise InputError(
                f"a TransNAS-Bench-101 cell is written 64-41414-1_02_333 or 102333, but got {native[:64]!r}"
            )
        return tuple(int(d) for d in match[4] or match[1] + match[2] + match[3])


class TransNASMacroSpace(Space):
    """The 3,256 networks of TransNAS-Bench-101; `sample` draws uniformly.

    A code has the digit of each of six modules, and 0 behind the last where there are fewer.

    Example:
        >>> from archgraph.spaces import TransNASMacroSpace
        >>> space = TransNASMacroSpace()
        >>> space.size(), list(space.choices)[0]
        (3256, 'module 1')
    """

    def __init__(self) -> None:
        self.name = "transnas:macro"
        self.operations = ("input", "output", *(module.name for module in MODULES))
        self.choices = {f"module {i}": (NONE, *self.operations[2:]) for i in range(1, 7)}

    @cached_property
    def _codes(self) -> list[str]:
        return ["".join(code) for n in (4, 5, 6) for code in product("1234", repeat=n) if is_network("".join(code))]

    def size(self) -> int | None:
        return len(self._codes)

    def enumerate(self) -> ArchTable:
        ids = [f"64-{code}-basic" for code in self._codes]
        return ArchTable.from_columns(GraphColumns.from_lists(list(map(_chain, self._codes))), ids=ids, space=self.name)

    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        return [self._graph(self._codes[i]) for i in rng.integers(len(self._codes), size=n)]

    def to_native(self, graph: ArchGraph) -> str:
        return f"64-{self._code(graph)}-basic"

    def from_native(self, native: str) -> ArchGraph:
        return self._graph(_parse(native))

    def from_natives(self, natives: Sequence[str]) -> GraphColumns:
        return GraphColumns.from_lists([_chain(_parse(native)) for native in natives])

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        digits = [[int(digit) for digit in self._code(graph).ljust(6, "0")] for graph in table]
        return np.array(digits, dtype=np.int64).reshape(len(table), 6)

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        self.check_codes(codes)
        texts = ["".join(str(digit) for digit in code if digit) for code in codes.tolist()]
        return [self._graph(text) if is_network(text) else None for text in texts]

    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        """Another type for one module, or one module more or fewer."""
        code = self._code(graph)
        layers = range(len(code))
        changed = {code[:i] + d + code[i + 1 :] for i in layers for d in "1234"}
        fewer = {code[:i] + code[i + 1 :] for i in layers}
        more = {code[:i] + d + code[i:] for i in range(len(code) + 1) for d in "1234"}
        return [self._graph(c) for c in sorted(changed | fewer | more) if is_network(c) and c != code]

    def crossover(self, first: ArchGraph, second: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """As many modules as the first parent, each from either parent; the first itself where none is valid."""
        a, b = self._code(first), self._code(second)
        for _ in range(20):
            mixed = "".join(b[i] if i < len(b) and rng.integers(2) else a[i] for i in range(len(a)))
            if is_network(mixed):
                return self._graph(mixed)
        return self._graph(a)

    def _graph(self, code: str) -> ArchGraph:
        return make_graph(*_chain(code))

    def _code(self, graph: ArchGraph) -> str:
        names = [module.name for module in MODULES]
        inner = graph.ops[1:-1]
        if graph.num_edges != len(inner) + 1 or not all(name in names for name in inner):
            raise GraphError(f"not a member of {self.name}: it is not a chain of the modules {', '.join(names)}")
        code = "".join(str(names.index(name) + 1) for name in inner)
        if not is_network(code):
            raise GraphError(f"not a member of {self.name}: modules {code}; see the space's text for what is allowed")
        return code


def is_network(code: str) -> bool:
    """Whether digits 1 to 4 make a network of the macro space."""
    doubling, halving = sum(code.count(d) for d in "24"), sum(code.count(d) for d in "34")
    return 4 <= len(code) <= 6 and 1 <= doubling <= 3 and 1 <= halving <= 4


def _parse(native: str) -> str:
    """The digits of a native form of the macro space."""
    match = re.fullmatch(r"64-([1-4]{4,6})-basic|([1-4]{4,6})", native, re.ASCII)
    if not match or not is_network(match[1] or match[2]):
        raise InputError(
            "a TransNAS-Bench-101 network is written 64-1234-basic or 1234: 4 to 6 modules, of which 1 to 3 double "
            f"the channels (2, 4) and 1 to 4 halve the image (3, 4), but got {native[:64]!r}"
        )
    return match[1] or match[2]


def _chain(code: str) -> RawGraph:
    """Operations and edges of a network of the macro space."""
    ops, edges, layers = chain(len(code))
    for layer, digit in zip(layers.values(), code, strict=True):
        ops[layer] = MODULES[int(digit) - 1].name
    return ops, edges
