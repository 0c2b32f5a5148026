"""FaDE's cells: directed acyclic graphs on a few ordered vertices, a convolution on every edge.

Neumeyer, Stier and Granitzer, "Efficient NAS with FaDE on Hierarchical Spaces" (2024), and the first author's
research code: the cell's input joins every source unchanged, every sink joins the output, vertices sum, and every
edge that does not leave the input carries Conv3x3 + ReLU. There are 1, 2, 6, 31, 302 and 5,984 cells on 1 to 6
vertices.

The native form is `vertices:edges`, as in `4:0-1,1-3,2-3`; vertices are numbered in topological order from 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from archgraph._make_graph import make_graph
from archgraph.architecture import Edge
from archgraph.canonical import RawGraph, canonical_digests, canonical_form, canonical_orders, relabel
from archgraph.columns import GraphColumns
from archgraph.edits.order import distinct
from archgraph.errors import GraphError, InputError
from archgraph.spaces.base import NONE, Space
from archgraph.spaces.cell_structures import pairs, smallest_cells
from archgraph.spaces.rows import RowsSpace
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

CONV = "conv3x3-relu"
MAX_VERTICES = 9  # a native form has one digit for each; FaDE's own cells have at most 5
_SMALLEST = 7  # vertices up to which all numberings are tried
_ENUMERABLE = 6  # beyond, 2^(n(n-1)/2) labelled graphs are too many to list


class DagSpace(Space):
    """Cells with `low` to `high` vertices.

    `sample` draws uniformly from the members where they can be listed (up to 6 vertices); beyond, the number of
    vertices and each edge of the ordered vertices are drawn uniformly. A code has the number of vertices,
    less the fewest, then a 1 for each edge of the pairs 0-1, 0-2, ... of `high` vertices, in the numbering with the
    smallest edge mask; beyond 7 vertices, in the canonical one.

    Example:
        >>> from archgraph.spaces import DagSpace
        >>> space = DagSpace(1, 5)
        >>> space.size(), space.from_native("2:0-1").ops
        (342, ('input', 'sum', 'conv3x3-relu', 'sum', 'conv3x3-relu', 'output'))
    """

    operations = ("input", "output", "sum", CONV)
    usual_rows = 3

    def __init__(self, low: int = 1, high: int = 5) -> None:
        if not 1 <= low <= high <= MAX_VERTICES:
            raise InputError(f"a dag space has 1 to {MAX_VERTICES} vertices, but got {low}-{high}")
        self.low, self.high = low, high
        self.name = f"dag:{low}-{high}" if low < high else f"dag:{high}"
        self._pairs = pairs(high)
        self.choices = {"vertices": tuple(range(low, high + 1))}
        self.choices |= {f"{s}->{t}": (NONE, CONV) for s, t in self._pairs}

    def size(self) -> int | None:
        return len(self._members) if self.high <= _ENUMERABLE else None

    def enumerate(self) -> ArchTable:
        if self.high > _ENUMERABLE:
            raise InputError(f"{self.name} is too large to enumerate; at most {_ENUMERABLE} vertices can be listed")
        return ArchTable.from_columns(self.from_natives(self._members), ids=self._members, space=self.name)

    @cached_property
    def _members(self) -> list[str]:
        return [_native(n, edges) for n in range(self.low, self.high + 1) for edges in _representatives(n)]

    def with_rows(self, rows: int) -> Space:
        return RowsSpace(self, rows)

    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        if self.high <= _ENUMERABLE:
            return [self.from_native(self._members[i]) for i in rng.integers(len(self._members), size=n)]
        graphs = []
        for vertices in rng.integers(self.low, self.high + 1, size=n):
            pairs = list(combinations(range(vertices), 2))
            graphs.append(self._graph(int(vertices), [p for p in pairs if rng.random() < 0.5]))
        return graphs

    def from_native(self, native: str) -> ArchGraph:
        return self._graph(*self._parse(native))

    def from_natives(self, natives: Sequence[str]) -> GraphColumns:
        return GraphColumns.from_lists([_drawn(*self._parse(native)) for native in natives])

    def _parse(self, native: str) -> tuple[int, list[Edge]]:
        """Number of vertices and edges of a native form."""
        match = re.fullmatch(r"([1-9]):((?:\d-\d)(?:,\d-\d)*)?", native, re.ASCII)
        if not match:
            raise InputError(f"a dag cell is written like 4:0-1,1-3,2-3, but got {native[:64]!r}")
        edges = [(int(s), int(t)) for s, t in re.findall(r"(\d)-(\d)", match[2] or "")]
        vertices = int(match[1])
        if not all(s < t < vertices for s, t in edges) or len(set(edges)) < len(edges):
            raise InputError(f"dag cell {native[:64]!r}: edges are distinct and go from a lower to a higher vertex")
        self._check_vertices(vertices, InputError)
        return vertices, edges

    def to_native(self, graph: ArchGraph) -> str:
        return _native(*self._vertices(graph))

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        codes = np.zeros((len(table), len(self.options)), dtype=np.int64)
        column = {pair: i for i, pair in enumerate(self._pairs, start=1)}
        members = [self._vertices(graph) for graph in table]
        for n in range(self.low, self.high + 1):
            rows = np.array([row for row, (vertices, _) in enumerate(members) if vertices == n], dtype=np.intp)
            codes[rows, 0] = n - self.low
            for row, edges in zip(rows, _renumbered(n, [members[row][1] for row in rows]), strict=True):
                codes[row, [column[edge] for edge in edges]] = 1
        return codes

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        """As in `Space`; edges of vertices that are not there are left out."""
        self.check_codes(codes)
        return [self._from_code(code) for code in codes.tolist()]

    def _from_code(self, code: Sequence[int]) -> ArchGraph:
        n = code[0] + self.low
        return self._graph(n, [pair for pair, bit in zip(self._pairs, code[1:], strict=True) if bit and pair[1] < n])

    def edits_between(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
        """Edges and vertices more or fewer: the least over all numberings; beyond 6 vertices, in that of the codes."""
        if self.high > _ENUMERABLE:
            return super().edits_between(first, second)
        one, other = self._adjacency(first), self._adjacency(second)
        least = np.full(len(first), self.high**2)
        for order in map(list, permutations(range(self.high))):
            least = np.minimum(least, (one != other[:, order][:, :, order]).sum(axis=(1, 2)))
        return least + np.abs(first[:, 0] - second[:, 0])

    def _adjacency(self, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether an edge leads from one vertex to another, [n, high, high]."""
        adjacency = np.zeros((len(codes), self.high, self.high), dtype=np.bool_)
        source, target = np.array(self._pairs, dtype=np.intp).reshape(-1, 2).T
        adjacency[:, source, target] = (codes[:, 1:] == 1) & (target < codes[:, :1] + self.low)
        return adjacency

    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        """One edge more or fewer; one isolated vertex more, or one isolated vertex fewer."""
        candidates = [(n, _topological(n, edges)) for n, edges in self._edited(*self._vertices(graph))]
        found = [self._graph(n, edges) for n, edges in candidates if edges is not None]
        raw = distinct([(other.ops, other.edges) for other in found], (graph.ops, graph.edges))
        return [make_graph(*other) for other in raw]

    def mutate(self, graph: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """The neighbour by a uniformly drawn edit; more likely the more edits lead to it."""
        candidates = self._edited(*self._vertices(graph))
        for i in rng.permutation(len(candidates)):
            n, edges = candidates[i]
            ordered = _topological(n, edges)
            if ordered is not None:  # the numbers of vertices and edges tell it from `graph`
                return self._graph(n, ordered)
        raise InputError(f"{self.name} has no member one edit away from this one")

    def _edited(self, n: int, edges: list[Edge]) -> list[tuple[int, list[Edge]]]:
        """Vertices and edges after each edit; some close a cycle."""
        found = [(n, [e for e in edges if e != gone]) for gone in edges]
        new = [pair for pair in permutations(range(n), 2) if pair not in edges and pair[::-1] not in edges]
        found += [(n, [*edges, pair]) for pair in new]
        if n < self.high:
            found.append((n + 1, edges))
        isolated = sorted(set(range(n)) - {v for edge in edges for v in edge})
        if n > self.low and isolated:
            gone = isolated[0]
            found.append((n - 1, [(s - (s > gone), t - (t > gone)) for s, t in edges]))
        return found

    def _graph(self, n: int, edges: Sequence[Edge]) -> ArchGraph:
        return make_graph(*_drawn(n, edges))

    def _vertices(self, graph: ArchGraph) -> tuple[int, list[Edge]]:
        """Number of vertices and edges between them; checks that the graph is a member."""
        ops, links = graph.ops, graph.edges
        if other := set(ops) - set(self.operations):
            raise GraphError(f"not a member of {self.name}: it has no operation {min(other)}")
        vertex = {node: i for i, node in enumerate(i for i, op in enumerate(ops) if op == "sum")}
        self._check_vertices(len(vertex), GraphError)
        into: dict[int, list[int]] = {i: [] for i in range(len(ops))}
        for s, t in links:
            into[t].append(s)
        edges = [
            (vertex[into[s][0]], vertex[t]) for s, t in links if ops[s] == CONV and t in vertex and into[s][0] in vertex
        ]
        if self._graph(len(vertex), sorted(set(edges))) != graph:
            raise GraphError(
                f"not a member of {self.name}: a convolution stands on every edge between sums and from every sink "
                "to the output, and nowhere else"
            )
        return len(vertex), sorted(edges)

    def _check_vertices(self, n: int, error: type[InputError]) -> None:
        if not self.low <= n <= self.high:
            raise error(f"not a member of {self.name}: it has {n} vertices, not {self.low} to {self.high}")


def _drawn(n: int, edges: Sequence[Edge]) -> RawGraph:
    """Vertices become sums; a convolution stands on each edge and between each sink and the output."""
    sources = set(range(n)) - {t for _, t in edges}
    sinks = set(range(n)) - {s for s, _ in edges}
    ops: list[str] = ["input"]
    links: list[Edge] = []
    node: dict[int, int] = {}
    for vertex in range(n):
        incoming = [0] if vertex in sources else []
        for s, _ in sorted(e for e in edges if e[1] == vertex):
            links.append((node[s], len(ops)))
            incoming.append(len(ops))
            ops.append(CONV)
        links += [(i, len(ops)) for i in incoming]
        node[vertex] = len(ops)
        ops.append("sum")
    convs = range(len(ops), len(ops) + len(sinks))
    links += [(node[v], c) for v, c in zip(sorted(sinks), convs, strict=True)]
    links += [(c, convs.stop) for c in convs]
    return [*ops, *[CONV] * len(sinks), "output"], links


def _topological(n: int, edges: Sequence[Edge]) -> list[Edge] | None:
    """The edges with vertices renumbered in topological order, or None where they close a cycle."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph(edges)
    graph.add_nodes_from(range(n))
    try:
        number = {v: i for i, v in enumerate(nx.lexicographical_topological_sort(graph))}
    except nx.NetworkXUnfeasible:
        return None
    return sorted((number[s], number[t]) for s, t in edges)


def _renumbered(n: int, members: Sequence[Sequence[Edge]]) -> list[list[Edge]]:
    """The edges of graphs on n vertices in the numbering with the smallest mask, or beyond 7 vertices the canonical."""
    if n > _SMALLEST:
        return [canonical_form(["sum"] * n, edges)[1] for edges in members]
    bit = {pair: i for i, pair in enumerate(pairs(n))}
    masks = np.array([sum(1 << bit[edge] for edge in edges) for edges in members], dtype=np.int64)
    smallest, _ = smallest_cells(n, masks, np.zeros_like(masks), 1, permutations(range(n)))
    return [[pair for pair, i in bit.items() if mask >> i & 1] for mask in smallest.tolist()]


def _native(n: int, edges: Sequence[Edge]) -> str:
    return f"{n}:" + ",".join(f"{s}-{t}" for s, t in edges)


def _representatives(n: int) -> list[list[Edge]]:
    """Edge lists of the non-isomorphic graphs on n vertices, in canonical labelling, fewest edges first."""
    pairs = list(combinations(range(n), 2))
    codes = np.arange(2 ** len(pairs))
    adjacency = np.zeros((len(codes), n, n), dtype=np.bool_)
    for bit, (s, t) in enumerate(pairs):
        adjacency[:, s, t] = (codes >> bit) & 1
    colors = np.zeros((len(codes), n), dtype=np.uint64)
    digests = canonical_digests(colors, adjacency)
    first = np.array(list({d: i for i, d in reversed(list(enumerate(digests)))}.values()))
    _, forms = relabel(colors[first], adjacency[first], canonical_orders(colors[first], adjacency[first]))
    edges = [[(int(s), int(t)) for s, t in np.argwhere(form)] for form in forms]
    return sorted(edges, key=lambda es: (len(es), es))
