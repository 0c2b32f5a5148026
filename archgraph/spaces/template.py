"""Spaces of one fixed graph on which each of a number of positions chooses among operations.

A member is a code: one choice a position. NAS-Bench-201, NAS-Bench-Macro and TransNAS-Bench-101's cells are such
spaces.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from archgraph._make_graph import make_graph
from archgraph.architecture import Edge, check_architecture
from archgraph.canonical import canonical_hashes, canonical_orders, stack
from archgraph.columns import GraphColumns
from archgraph.errors import GraphError, InputError
from archgraph.ops import OPS
from archgraph.spaces.base import Space
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

Code = tuple[int, ...]
_ENUMERABLE = 2_000_000  # members that are listed: about 500 MB of columns and native forms


class TemplateSpace(Space):
    """One graph on which positions choose among operations; no two codes are isomorphic.

    `sample` draws codes uniformly, `neighbors` and `mutate` change one position, and `crossover` takes each position
    from one parent or the other. The native form is one digit a position unless a subclass says otherwise.

    Args:
        name: the space's name.
        ops: operation names in node order; an entry is ignored where the node is a position.
        edges: pairs (source, target), source < target.
        positions: name of each position -> its node.
        choices: names of the operations that each position chooses from; the first is digit 0.

    Raises:
        InputError: the graph has symmetries, so that two codes would be one architecture.

    Example:
        >>> from archgraph.spaces import TemplateSpace
        >>> ops, edges, places = ["input", "", "", "output"], [(0, 1), (1, 2), (2, 3)], {"first": 1, "second": 2}
        >>> space = TemplateSpace("mine", ops, edges, places, [["conv3x3", "identity"], ["maxpool3x3", "zero"]])
        >>> space.size(), space.from_native("01").ops
        (4, ('input', 'conv3x3', 'zero', 'output'))
    """

    one_to_one = True

    def __init__(
        self,
        name: str,
        ops: Sequence[str],
        edges: Sequence[Edge],
        positions: Mapping[str, int],
        choices: Sequence[Sequence[str]],
    ) -> None:
        self.name = name
        self.positions, self._nodes = dict(positions), list(positions.values())
        self.operations_at = [tuple(c) for c in choices]
        self.choices = dict(zip(positions, self.operations_at, strict=True))
        self.edges = sorted(edges)
        self._template = list(ops)
        for position, options in zip(self._nodes, self.operations_at, strict=True):
            if not 1 <= len(options) <= 10 or len(set(options)) < len(options):
                raise InputError(
                    f"space {name}: a position has 1 to 10 different operations, but got {list(options)[:12]}"
                )
            self._template[position] = options[0]
        self.operations = tuple(dict.fromkeys([*self._template, *(o for chosen in self.operations_at for o in chosen)]))
        check_architecture(self._template, self.edges)
        self._check_rigid()

    def size(self) -> int | None:
        return math.prod(self.options)

    def codes(self) -> NDArray[np.int64]:
        """All codes in lexicographic order, [size, positions].

        Raises:
            InputError: there are more than two million.
        """
        if (self.size() or 0) > _ENUMERABLE:
            raise InputError(f"{self.name} has {self.size()} members, too many to enumerate; sample instead")
        codes = np.unravel_index(np.arange(math.prod(self.options)), self.options)
        return np.stack(codes, axis=1).astype(np.int64)

    def enumerate(self) -> ArchTable:
        codes = self.codes()
        return self.table(codes, [self.native(tuple(code)) for code in codes.tolist()])

    def table(self, codes: NDArray[np.int64], ids: Sequence[str] | None = None) -> ArchTable:
        """The graphs of `codes` [G, positions] as a table, without an object a graph."""
        return ArchTable.from_columns(self.columns(codes), ids=ids, space=self.name)

    def columns(self, codes: NDArray[np.int64]) -> GraphColumns:
        """The graphs of `codes` [G, positions] in columns."""
        count, n = len(codes), len(self._template)
        ops = np.tile(np.array([OPS.index(name) for name in self._template], dtype=np.int16), (count, 1))
        for i, (position, options) in enumerate(zip(self._nodes, self.operations_at, strict=True)):
            ops[:, position] = np.array([OPS.index(name) for name in options], dtype=np.int16)[codes[:, i]]
        edges = np.tile(np.array(self.edges, dtype=np.int16).T, (1, count))
        node_ptr, edge_ptr = (np.arange(count + 1) * size for size in (n, len(self.edges)))
        return GraphColumns(ops.reshape(-1), edges, node_ptr, edge_ptr)

    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        return [self.decode(tuple(code)) for code in self.sample_codes(n, rng).tolist()]

    def sample_codes(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        return np.stack([rng.integers(options, size=n) for options in self.options], axis=1)

    def decode(self, code: Code) -> ArchGraph:
        """The member with this code."""
        ops = self._template.copy()
        for position, options, choice in zip(self._nodes, self.operations_at, code, strict=True):
            ops[position] = options[choice]
        return make_graph(ops, self.edges)

    def encode(self, graph: ArchGraph) -> Code:
        """The code of a member.

        Raises:
            GraphError: the graph is no member; the text says why.
        """
        ops = graph.ops
        if len(ops) != len(self._template) or graph.num_edges != len(self.edges):
            raise GraphError(
                f"not a member of {self.name}: it has {len(ops)} nodes and {graph.num_edges} edges, "
                f"not {len(self._template)} and {len(self.edges)}"
            )
        if graph.edges != self.edges or not self._fits_template(ops):
            ops = self._aligned(graph)
        code = []
        for i, (position, options) in enumerate(zip(self._nodes, self.operations_at, strict=True)):
            if ops[position] not in options:
                raise GraphError(
                    f"not a member of {self.name}: position {i} holds {ops[position]}, not {' or '.join(options)}"
                )
            code.append(options.index(ops[position]))
        return tuple(code)

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        codes = np.full((len(table), len(self.options)), -1, dtype=np.int64)
        ops, edges = np.array([OPS.index(name) for name in self._template]), np.array(self.edges).T
        columns = table.columns
        alike = (np.diff(columns.node_ptr) == len(ops)) & (np.diff(columns.edge_ptr) == edges.shape[1])
        rows = np.flatnonzero(alike)  # those in the template's own order are read all at once
        part = columns.take(rows)
        found = part.ops.reshape(len(rows), len(ops))
        fits = (part.edges.reshape(2, len(rows), edges.shape[1]).transpose(1, 0, 2) == edges).all(axis=(1, 2))
        fits &= (np.delete(found, self._nodes, axis=1) == np.delete(ops, self._nodes)).all(axis=1)
        for i, (position, options) in enumerate(zip(self._nodes, self.operations_at, strict=True)):
            chosen = found[:, position, None] == [OPS.index(name) for name in options]
            codes[rows[fits], i] = np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1)[fits]
        for row in np.flatnonzero((codes < 0).any(axis=1)).tolist():
            codes[row] = self.encode(table[row])
        return codes

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        self.check_codes(codes)
        return [self.decode(tuple(code)) for code in codes.tolist()]

    def native(self, code: Sequence[int]) -> str:
        """The native form of a code."""
        return "".join(map(str, code))

    def parse(self, native: str) -> Code:
        """The code of a native form.

        Raises:
            InputError: the form is malformed.
        """
        digits = [int(d) for d in native] if re.fullmatch(r"[0-9]+", native) else []
        if len(digits) != len(self._nodes) or any(d >= n for d, n in zip(digits, self.options, strict=True)):
            most = max(self.options) - 1
            raise InputError(
                f"{self.name} is written as {len(self._nodes)} digits 0 to {most}, but got {native[:64]!r}"
            )
        return tuple(digits)

    def to_native(self, graph: ArchGraph) -> str:
        return self.native(self.encode(graph))

    def from_native(self, native: str) -> ArchGraph:
        return self.decode(self.parse(native))

    def from_natives(self, natives: Sequence[str]) -> GraphColumns:
        codes = [self.parse(native) for native in natives]
        return self.columns(np.array(codes, dtype=np.int64).reshape(len(codes), len(self.options)))

    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        """Another operation in one position."""
        code = self.encode(graph)
        return [
            self.decode((*code[:i], choice, *code[i + 1 :]))
            for i, options in enumerate(self.options)
            for choice in range(options)
            if choice != code[i]
        ]

    def mutate(self, graph: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        code = list(self.encode(graph))
        spots = [(i, c) for i, options in enumerate(self.options) for c in range(options) if c != code[i]]
        if not spots:
            raise InputError(f"{self.name} has a single member, which cannot be mutated")
        position, choice = spots[int(rng.integers(len(spots)))]
        code[position] = choice
        return self.decode(tuple(code))

    def crossover(self, first: ArchGraph, second: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """Each position from one parent or the other, drawn evenly."""
        parents = (self.encode(first), self.encode(second))
        return self.decode(tuple(parents[int(rng.integers(2))][i] for i in range(len(self._nodes))))

    def _fits_template(self, ops: Sequence[str]) -> bool:
        positions = set(self._nodes)
        return all(i in positions or ops[i] == name for i, name in enumerate(self._template))

    def _aligned(self, graph: ArchGraph) -> tuple[str, ...]:
        """The operations of an isomorphic graph in this space's node order."""
        fixed = set(self.operations) - {o for options in self.operations_at for o in options}
        blank = tuple(name if name in fixed else "" for name in graph.ops)
        order = _blank_order(blank, graph.edges)
        mapped = np.empty(len(order), dtype=np.intp)
        mapped[self._order] = order
        number = np.argsort(mapped)
        edges = sorted((int(number[s]), int(number[t])) for s, t in graph.edges)
        ops = tuple(graph.ops[i] for i in mapped)
        if edges != self.edges or not self._fits_template(ops):
            raise GraphError(f"not a member of {self.name}: its nodes are joined differently")
        return ops

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return _blank_order(self._blank_template(), self.edges)

    def _blank_template(self) -> tuple[str, ...]:
        positions = set(self._nodes)
        return tuple("" if i in positions else name for i, name in enumerate(self._template))

    def _check_rigid(self) -> None:
        fixed = {name for i, name in enumerate(self._template) if i not in set(self._nodes)}
        if fixed & {o for options in self.operations_at for o in options}:
            raise InputError(
                f"space {self.name}: an operation is either chosen at positions or fixed elsewhere, not both"
            )
        if not is_rigid(self._blank_template(), self.edges):
            raise InputError(f"space {self.name}: two positions are interchangeable, so codes would not be distinct")


def complete_cell(vertices: int, join: str = "sum") -> tuple[list[str], list[Edge], dict[str, int]]:
    """The graph of a cell with an operation on every edge of a complete DAG of ordered vertices.

    Vertex 0 is the input; each later vertex is a `join` of its incoming operations, and the last feeds the output.

    Returns:
        Operations ("" at positions), edges, and the nodes of the positions 0->1, 0->2, 1->2, 0->3, 1->3, ...
    """
    ops, edges, vertex = ["input"], [], [0]
    positions: dict[str, int] = {}
    for target in range(1, vertices):
        incoming = list(range(len(ops), len(ops) + len(vertex)))
        edges += list(zip(vertex, incoming, strict=True))
        ops += [""] * len(incoming)
        edges += [(node, len(ops)) for node in incoming]
        vertex.append(len(ops))
        ops.append(join)
        positions |= {f"{source}->{target}": node for source, node in enumerate(incoming)}
    return [*ops, "output"], [*edges, (vertex[-1], len(ops))], positions


def chain(layers: int) -> tuple[list[str], list[Edge], dict[str, int]]:
    """The graph of a chain of layers: operations ("" at positions), edges, and the nodes of the positions."""
    positions = {f"layer {i}": i for i in range(1, layers + 1)}
    return ["input", *[""] * layers, "output"], list(pairwise(range(layers + 2))), positions


def is_rigid(ops: Sequence[str], edges: Sequence[Edge]) -> bool:
    """Whether the identity is the only automorphism, decided by marking each of two like nodes in turn."""
    by_op: dict[str, list[int]] = {}
    for i, name in enumerate(ops):
        by_op.setdefault(name, []).append(i)
    marked = [(tuple("*" if i == j else o for j, o in enumerate(ops)), edges) for i in range(len(ops))]
    hashes = canonical_hashes(marked)
    return all(len({hashes[i] for i in nodes}) == len(nodes) for nodes in by_op.values())


def _blank_order(ops: Sequence[str], edges: Sequence[Edge]) -> NDArray[np.intp]:
    return canonical_orders(*stack([(ops, edges)]))[0]
