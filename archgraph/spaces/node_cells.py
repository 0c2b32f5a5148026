"""Cells with operations on nodes and few edges, as in NAS-Bench-101.

The native form is the adjacency matrix row by row and the operations, as in
`0110000100010000:input,conv3x3-bn-relu,maxpool3x3,output`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from archgraph._make_graph import make_graph
from archgraph.architecture import check_architecture, prune
from archgraph.canonical import RawGraph
from archgraph.columns import GraphColumns, pointers
from archgraph.edits import neighbors as edits
from archgraph.errors import GraphError, InputError
from archgraph.ops import OPS
from archgraph.spaces.base import NONE, Choice, Space
from archgraph.spaces.cell_structures import Structures, interior_permutations, labelled_cells, pairs, smallest_cells
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

MAX_VERTICES = 7  # as NAS-Bench-101 has; up to there all numberings of a cell are tried


class NodeCellSpace(Space):
    """All cells of 2 to `max_vertices` nodes and at most `max_edges` edges, any operation on any interior node.

    `sample` draws uniformly from the members up to isomorphism. `neighbors` change an operation, add or remove an
    edge, or add or remove a node with one edge in and one out. `crossover` takes the graph of one parent and draws
    each node's operation from those of the other parent. A code has the operation of each interior node, the number
    of operations where there is no such node, then a 1 for each edge of the pairs 0-1, 0-2, ..., the output last; of
    the ways to number the nodes the one with the smallest edge mask, and then the smallest operations.

    Args:
        name: the space's name.
        choices: names of the operations of interior nodes.
        max_vertices: nodes, input and output included; 3 to 7.
        max_edges: the most edges a cell has.

    Example:
        >>> from archgraph.spaces import NodeCellSpace
        >>> space = NodeCellSpace("mine", ["conv3x3", "maxpool3x3"], max_vertices=4, max_edges=5)
        >>> space.size(), list(space.choices)[:3]
        (39, ['node 1', 'node 2', 'input->1'])
    """

    def __init__(self, name: str, choices: Sequence[str], max_vertices: int = 7, max_edges: int = 9) -> None:
        if not 3 <= max_vertices <= MAX_VERTICES or max_edges < max_vertices - 1:
            raise InputError(
                f"space {name}: a cell has 3 to {MAX_VERTICES} nodes and at least one edge fewer than nodes, "
                f"but got max_vertices={max_vertices}, max_edges={max_edges}"
            )
        if not choices or len(set(choices)) < len(choices) or {"input", "output", NONE} & set(choices):
            raise InputError(f"space {name}: nodes choose among different operations, but got {list(choices)[:12]}")
        for choice in choices:
            OPS.index(choice)
        self.name, self.node_operations = name, tuple(choices)
        self.max_vertices, self.max_edges = max_vertices, max_edges
        self.operations = ("input", "output", *self.node_operations)
        self._pairs = pairs(max_vertices)
        of_node: tuple[Choice, ...] = (*self.node_operations, NONE)
        self.choices = {f"node {i}": of_node for i in range(1, max_vertices - 1)}
        self.choices |= {f"{_end(s, max_vertices)}->{_end(t, max_vertices)}": (False, True) for s, t in self._pairs}

    def size(self) -> int | None:
        return sum(len(cells.structure) for cells in self._cells)

    def enumerate(self) -> ArchTable:
        return ArchTable.concatenate([self._table(cells) for cells in self._cells])

    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        starts = np.cumsum([0, *(len(cells.structure) for cells in self._cells)])
        drawn = rng.integers(starts[-1], size=n)
        sizes = np.searchsorted(starts, drawn, side="right") - 1
        return [self._member(self._cells[k], int(i - starts[k])) for k, i in zip(sizes, drawn, strict=True)]

    def to_native(self, graph: ArchGraph) -> str:
        self._check(graph.ops, graph.num_nodes, graph.num_edges)
        n = len(graph.ops)
        bits = bytearray(b"0" * (n * n))
        for s, t in graph.edges:
            bits[s * n + t] = ord("1")
        return f"{bits.decode()}:{','.join(graph.ops)}"

    def from_native(self, native: str) -> ArchGraph:
        """The member with this native form; nodes on no path from input to output are pruned, with a warning."""
        return make_graph(*self._parse(native))

    def from_natives(self, natives: Sequence[str]) -> GraphColumns:
        return GraphColumns.from_lists([self._parse(native) for native in natives])

    def _parse(self, native: str) -> RawGraph:
        bits, _, names = native.partition(":")
        ops = names.split(",")
        n = len(ops)
        if n > MAX_VERTICES or not re.fullmatch("[01]+", bits) or len(bits) != n * n:
            raise InputError(
                f"a {self.name} cell is written as its adjacency matrix of 0 and 1, a colon and its operations, as in "
                f"011001000:input,{self.node_operations[0]},output, but got {native[:64]!r}"
            )
        edges = [(i // n, i % n) for i, bit in enumerate(bits) if bit == "1"]
        if any(s >= t for s, t in edges):
            raise InputError(f"a {self.name} cell has an upper triangular matrix, but got {bits}")
        kept_ops, kept = prune(ops, edges)
        if len(kept_ops) < n:
            warnings.warn(f"{n - len(kept_ops)} nodes on no path from input to output were pruned", stacklevel=3)
        self._check(kept_ops, len(kept_ops), len(kept))
        check_architecture(kept_ops, kept)
        return kept_ops, kept

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        inner, last = self.max_vertices - 2, self.max_vertices - 1
        codes = np.zeros((len(table), len(self.options)), dtype=np.int64)
        codes[:, :inner] = len(self.node_operations)
        column = {pair: inner + i for i, pair in enumerate(self._pairs)}
        for n in np.unique(table.graph_sizes).tolist():
            rows = np.flatnonzero(table.graph_sizes == n)
            masks, labelling = self._smallest(table[rows], n)
            for i in range(n - 2):
                codes[rows, i] = labelling // len(self.node_operations) ** i % len(self.node_operations)
            for bit, (s, t) in enumerate(pairs(n)):
                codes[rows, column[s, t if t < n - 1 else last]] = (masks >> bit) & 1
        return codes

    def _smallest(self, table: ArchTable, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Edge masks and labellings of members of n nodes, in the smallest numbering."""
        edge_counts = np.diff(table.edge_ptr)
        self._check([OPS[i].name for i in np.unique(table.op_index)], n, int(edge_counts.max()))
        bits = np.zeros((n, n), dtype=np.int64)
        bits[np.triu_indices(n, 1)] = 1 << np.arange(n * (n - 1) // 2)
        owner = np.repeat(np.arange(len(table)), edge_counts)
        masks = np.zeros(len(table), dtype=np.int64)
        np.add.at(masks, owner, bits[table.edges[0], table.edges[1]])
        label = np.zeros(len(OPS), dtype=np.int64)
        label[self._op_indices] = np.arange(len(self.node_operations))
        ops = label[table.op_index].reshape(len(table), n)[:, 1:-1]
        labelling = ops @ len(self.node_operations) ** np.arange(n - 2, dtype=np.int64)
        return smallest_cells(n, masks, labelling, len(self.node_operations), interior_permutations(n))

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        """As in `Space`; what lies on no path from input to output is pruned."""
        self.check_codes(codes)
        return [self._from_code(code) for code in codes.tolist()]

    def _from_code(self, code: Sequence[int]) -> ArchGraph | None:
        inner = self.max_vertices - 2
        there = [True, *(choice < len(self.node_operations) for choice in code[:inner]), True]
        number = np.cumsum(there) - 1
        ops = [
            "input",
            *(self.node_operations[choice] for choice in code[:inner] if choice < len(self.node_operations)),
            "output",
        ]
        edges = [
            (int(number[s]), int(number[t]))
            for (s, t), bit in zip(self._pairs, code[inner:], strict=True)
            if bit and there[s] and there[t]
        ]
        try:
            kept = prune(ops, edges)
        except GraphError:
            return None
        return make_graph(*kept) if len(kept[1]) <= self.max_edges else None

    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        self.validate(graph)
        return edits.neighbors(graph, self.node_operations, accept=lambda ops, edges: self._fits(len(ops), len(edges)))

    def crossover(self, first: ArchGraph, second: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        self.validate(second)
        self.validate(first)
        others = second.ops[1:-1] or first.ops[1:-1]
        ops = [o if rng.integers(2) else others[int(rng.integers(len(others)))] for o in first.ops[1:-1]]
        return make_graph(["input", *ops, "output"], first.edges)

    @cached_property
    def _cells(self) -> list[Structures]:
        return [labelled_cells(n, self.max_edges, len(self.node_operations)) for n in range(2, self.max_vertices + 1)]

    def _table(self, cells: Structures) -> ArchTable:
        count, n = len(cells.structure), cells.adjacency.shape[1]
        ops = np.empty((count, n), dtype=np.int16)
        ops[:, 0], ops[:, -1] = OPS.index("input"), OPS.index("output")
        ops[:, 1:-1] = self._op_indices[cells.labels]
        per_structure = cells.adjacency.sum(axis=(1, 2))
        _, source, target = np.nonzero(cells.adjacency[cells.structure])
        graphs = GraphColumns(
            ops.reshape(-1),
            np.stack([source, target]).astype(np.int16),
            np.arange(count + 1) * n,
            pointers(per_structure[cells.structure]),
        )
        return ArchTable.from_columns(graphs, ids=self._natives(cells), space=self.name)

    def _natives(self, cells: Structures) -> list[str]:
        count, n = len(cells.adjacency), cells.adjacency.shape[1]
        text = (cells.adjacency.reshape(count, -1) + ord("0")).astype(np.uint8)
        bits = [row.tobytes().decode() for row in text]
        digits = len(self.node_operations) ** np.arange(n - 2)
        number = cells.labels.astype(np.int64) @ digits
        first = dict(zip(number.tolist(), cells.labels, strict=True))
        labels = {
            code: ",".join(["input", *(self.node_operations[c] for c in label), "output"])
            for code, label in first.items()
        }
        return [f"{bits[s]}:{labels[c]}" for s, c in zip(cells.structure.tolist(), number.tolist(), strict=True)]

    @property
    def _op_indices(self) -> NDArray[np.int16]:
        return np.array([OPS.index(name) for name in self.node_operations], dtype=np.int16)

    def _member(self, cells: Structures, i: int) -> ArchGraph:
        edges = np.argwhere(cells.adjacency[cells.structure[i]]).tolist()
        ops = ["input", *(self.node_operations[c] for c in cells.labels[i]), "output"]
        return make_graph(ops, [(s, t) for s, t in edges])

    def _fits(self, nodes: int, edges: int) -> bool:
        return nodes <= self.max_vertices and edges <= self.max_edges

    def _check(self, ops: Sequence[str], nodes: int, edges: int) -> None:
        if not self._fits(nodes, edges):
            raise GraphError(
                f"not a member of {self.name}: it has {nodes} nodes and {edges} edges, "
                f"more than {self.max_vertices} or {self.max_edges}"
            )
        if other := set(ops) - set(self.operations):
            raise GraphError(f"not a member of {self.name}: it has no operation {min(other)[:64]!r}")


def _end(node: int, nodes: int) -> str:
    """What a node of a cell of so many is called."""
    return {0: "input", nodes - 1: "output"}.get(node, str(node))
