"""DARTS' cells, the space of NAS-Bench-301: a normal and a reduction cell.

Liu, Simonyan and Yang, "DARTS: Differentiable Architecture Search" (ICLR 2019); Zela et al., "Surrogate NAS
Benchmarks" (ICLR 2022). A cell has four vertices; each sums two operations on two different inputs among the outputs
of the two cells before it (0 and 1) and the vertices before it (2, 3, 4); the cell's output concatenates the four.

One graph holds both cells side by side between input and output. A cell reads the network through `cell-input` (the
cell before, input 1) and `cell-skip-input` (the one before that, input 0), `-s2` for the reduction cell, whose
operations on these inputs have stride 2. Graphs are equal when they differ only in the order of vertices, which
permutes the channels of a cell's output. The native form is the genotype:
`Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), reduce=[...], reduce_concat=range(2, 6))`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, permutations, product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from archgraph._make_graph import make_graph
from archgraph.architecture import Edge
from archgraph.columns import GraphColumns
from archgraph.edits.order import distinct, topological
from archgraph.errors import GraphError, InputError
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.spaces.base import Space
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

VERTICES = 4  # of a cell, its two inputs not counted; Liu et al., section 2.1
OPERATIONS = {
    "max_pool_3x3": OPS["maxpool3x3"],
    "avg_pool_3x3": OPS["avgpool3x3"],
    "skip_connect": OPS["identity"],
    "sep_conv_3x3": OPS["sepconv3x3"],
    "sep_conv_5x5": OPS["sepconv5x5"],
    "dil_conv_3x3": OPS["dilconv3x3"],
    "dil_conv_5x5": OPS["dilconv5x5"],
}
"""Official name -> operation."""
INPUTS = {
    "normal": (OPS["cell-skip-input"], OPS["cell-input"]),
    "reduce": (OPS["cell-skip-input-s2"], OPS["cell-input-s2"]),
}
"""DARTSCell -> its inputs 0 and 1."""

PAIRS = [list(combinations(range(v + 2), 2)) for v in range(VERTICES)]
"""The pairs of inputs that each vertex chooses from."""
_OFFICIAL = {operation.name: name for name, operation in OPERATIONS.items()}
_NAMES = tuple(OPERATIONS)

DARTSCell = tuple[tuple[tuple[str, int], tuple[str, int]], ...]
"""For each of the four vertices its two (official operation, input)."""
_EXAMPLE = "Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), reduce=[...], reduce_concat=...)"


class DARTSSpace(Space):
    """Pairs of a normal and a reduction cell.

    `sample` draws inputs and operations of each vertex uniformly. `neighbors` change one operation, or one input of
    a vertex. `crossover` takes each vertex, with its inputs, from one parent or the other. A code has for each vertex
    of the normal and then of the reduction cell its pair of inputs and the operations on both, in the numbering of
    vertices that reads smallest.

    Example:
        >>> import numpy as np
        >>> from archgraph.spaces import DARTSSpace
        >>> space = DARTSSpace()
        >>> [graph] = space.sample(1, np.random.default_rng(0))
        >>> space.size(), len(space.choices), space.from_native(space.to_native(graph)) == graph
        (146021935250523556, 24, True)
    """

    def __init__(self) -> None:
        self.name = "darts"
        inputs = [operation.name for pair in INPUTS.values() for operation in pair]
        self.operations = ("input", "output", "sum", "concat", *inputs, *_OFFICIAL)
        self.choices = {name: of for cell in INPUTS for name, of in _choices_of(cell)}

    def size(self) -> int | None:
        return count_cells() ** 2

    def enumerate(self) -> ArchTable:
        raise InputError(f"{self.name} has {self.size():.1e} members, too many to enumerate; sample instead")

    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        return [self.graph(_random_cell(rng), _random_cell(rng)) for _ in range(n)]

    def graph(self, normal: DARTSCell, reduction: DARTSCell) -> ArchGraph:
        """The member with these cells."""
        return make_graph(*_joined(normal, reduction))

    def cells(self, graph: ArchGraph) -> tuple[DARTSCell, DARTSCell]:
        """The normal and the reduction cell of a member, vertices in the order of the graph.

        Raises:
            GraphError: the graph is no member.
        """
        if other := set(graph.ops) - set(self.operations):
            raise GraphError(f"not a member of {self.name}: it has no operation {min(other)}")
        try:
            normal, reduction = (_read_cell(graph, inputs) for inputs in INPUTS.values())
            same = self.graph(normal, reduction) == graph
        except (LookupError, ValueError):
            same = False
        if not same:
            raise GraphError(
                f"not a member of {self.name}: it is not a normal and a reduction cell of {VERTICES} vertices, each "
                "the sum of two operations on different inputs"
            )
        return normal, reduction

    def to_native(self, graph: ArchGraph) -> str:
        normal, reduction = ([term for vertex in cell for term in vertex] for cell in self.cells(graph))
        return f"Genotype(normal={normal}, normal_concat=range(2, 6), reduce={reduction}, reduce_concat=range(2, 6))"

    def from_native(self, native: str) -> ArchGraph:
        return self.graph(*_parse(native))

    def from_natives(self, natives: Sequence[str]) -> GraphColumns:
        return GraphColumns.from_lists([_joined(*_parse(native)) for native in natives])

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        codes = [[digit for cell in self.cells(graph) for digit in _smallest_code(cell)] for graph in table]
        return np.array(codes, dtype=np.int64).reshape(len(table), len(self.options))

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        self.check_codes(codes)
        half = len(self.options) // 2
        return [self.graph(_cell(code[:half]), _cell(code[half:])) for code in codes.tolist()]

    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        cells = self.cells(graph)
        found = [_joined(cell, cells[1]) for cell in _changed(cells[0])]
        found += [_joined(cells[0], cell) for cell in _changed(cells[1])]
        return [make_graph(*other) for other in distinct(found, (graph.ops, graph.edges))]

    def mutate(self, graph: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """A neighbour; the change is drawn uniformly."""
        cells = self.cells(graph)
        changed = [_changed(cell) for cell in cells]
        drawn = int(rng.integers(sum(map(len, changed))))
        if drawn < len(changed[0]):
            return self.graph(changed[0][drawn], cells[1])
        return self.graph(cells[0], changed[1][drawn - len(changed[0])])

    def crossover(self, first: ArchGraph, second: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        pairs = zip(self.cells(first), self.cells(second), strict=True)
        return self.graph(*(tuple((u, v)[int(rng.integers(2))] for u, v in zip(*pair, strict=True)) for pair in pairs))


def _choices_of(cell: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each vertex of a cell chooses: its pair of inputs, and the operations on both."""
    for v, pairs in enumerate(PAIRS):
        vertex = f"{cell} {v + 2}"
        yield f"{vertex}: inputs", tuple(f"{a}, {b}" for a, b in pairs)
        yield f"{vertex}: first", tuple(_OFFICIAL)
        yield f"{vertex}: second", tuple(_OFFICIAL)


def _joined(normal: DARTSCell, reduction: DARTSCell) -> tuple[list[str], list[Edge]]:
    """Operations and edges of the member with these cells."""
    cells = (
        [[(OPERATIONS[name].name, source) for name, source in vertex] for vertex in c] for c in (normal, reduction)
    )
    return join_cells([(cell, range(2, VERTICES + 2)) for cell in cells])


def join_cells(
    cells: Sequence[tuple[Sequence[Sequence[tuple[str, int]]], Sequence[int]]],
) -> tuple[list[str], list[Edge]]:
    """Operations and edges of a graph of a normal and a reduction cell, of any number of vertices and operations.

    Args:
        cells: of each cell its vertices, each with its (operation, input), and the vertices that its output
            concatenates, numbered from 2.
    """
    ops: list[str] = ["input"]
    edges: list[Edge] = []
    ends = []
    for inputs, (cell, concat) in zip(INPUTS.values(), cells, strict=True):
        node = [len(ops), len(ops) + 1]
        edges += [(0, i) for i in node]
        ops += [operation.name for operation in inputs]
        for vertex in cell:
            total = len(ops) + len(vertex)
            for name, source in vertex:
                edges += [(node[source], len(ops)), (len(ops), total)]
                ops.append(name)
            ops.append("sum")
            node.append(total)
        edges += [(node[i], len(ops)) for i in concat]
        ends.append(len(ops))
        ops.append("concat")
    return [*ops, "output"], [*edges, *((end, len(ops)) for end in ends)]


def _smallest_code(cell: DARTSCell) -> list[int]:
    """The smallest code of a cell over all numberings of its vertices."""
    return min(code for order in permutations(range(VERTICES)) if (code := _code(cell, order)))


def _code(cell: DARTSCell, order: Sequence[int]) -> list[int]:
    """The code of a cell whose vertex `order[i]` becomes vertex i; empty where an input would come later."""
    number = {0: 0, 1: 1} | {old + 2: new + 2 for new, old in enumerate(order)}
    code: list[int] = []
    for v, old in enumerate(order):
        (a, p), (b, q) = sorted((number[source], _NAMES.index(name)) for name, source in cell[old])
        if b >= v + 2:
            return []
        code += [PAIRS[v].index((a, b)), p, q]
    return code


def _cell(code: Sequence[int]) -> DARTSCell:
    terms = []
    for v in range(VERTICES):
        pair, p, q = code[3 * v : 3 * v + 3]
        a, b = PAIRS[v][pair]
        terms.append(((_NAMES[p], a), (_NAMES[q], b)))
    return tuple(terms)


def _random_cell(rng: np.random.Generator) -> DARTSCell:
    cell = []
    for v in range(VERTICES):
        a, b = sorted(int(i) for i in rng.choice(v + 2, size=2, replace=False))
        p, q = (_NAMES[i] for i in rng.integers(len(_NAMES), size=2))
        cell.append(((p, a), (q, b)))
    return tuple(cell)


def _read_cell(graph: ArchGraph, inputs: Sequence[Operation]) -> DARTSCell:
    """The cell that starts at `inputs`; fails with a LookupError or ValueError where there is none."""
    ops = graph.ops
    before: dict[int, list[int]] = {i: [] for i in range(len(ops))}
    for s, t in graph.edges:
        before[t].append(s)
    number = {ops.index(operation.name): i for i, operation in enumerate(inputs)}
    cell: list[tuple[tuple[str, int], tuple[str, int]]] = []
    for node, name in enumerate(ops):
        if name == "sum" and all(s in number for o in before[node] for s in before[o]):
            (p, a), (q, b) = sorted(
                ((_OFFICIAL[ops[o]], number[before[o][0]]) for o in before[node]), key=lambda term: term[1]
            )
            number[node] = 2 + len(cell)
            cell.append(((p, a), (q, b)))
    return tuple(cell)


def _parse(native: str) -> tuple[DARTSCell, DARTSCell]:
    """The normal and the reduction cell of a genotype."""
    concat = r"(?:range\(2,6\)|\[2,3,4,5\])"
    form = rf"(?:Genotype)?\(normal=(.*),normal_concat={concat},reduce=(.*),reduce_concat={concat}\)"
    match = re.fullmatch(form, re.sub(r"\s", "", native[:4096]))
    if not match:
        raise InputError(f"a DARTS genotype is written {_EXAMPLE}, but got {native[:64]!r}")
    return _parse_cell(match[1]), _parse_cell(match[2])


def _parse_cell(text: str) -> DARTSCell:
    terms = [(name, int(source)) for name, source in re.findall(r"\('(\w+)',(\d)\)", text)]
    if text != "[" + ",".join(f"('{name}',{source})" for name, source in terms) + "]" or len(terms) != 2 * VERTICES:
        raise InputError(f"a cell of a DARTS genotype lists {2 * VERTICES} pairs like ('sep_conv_3x3', 0)")
    for i, (name, source) in enumerate(terms):
        if name not in OPERATIONS:
            raise InputError(
                f"unknown operation {name[:64]!r} in a DARTS genotype; choose from {', '.join(OPERATIONS)}"
            )
        if source >= i // 2 + 2 or source == terms[i ^ 1][1]:
            raise InputError(f"a DARTS genotype: the inputs of vertex {i // 2 + 2} are two different earlier ones")
    return tuple((terms[i], terms[i + 1]) for i in range(0, 2 * VERTICES, 2))


def _changed(cell: DARTSCell) -> list[DARTSCell]:
    """All cells with one operation or one input changed."""
    found = []
    for v, vertex in enumerate(cell):
        for k, (name, source) in enumerate(vertex):
            terms = [(other, source) for other in _NAMES if other != name]
            terms += [(name, other) for other in _sources(cell, v) if other not in (source, vertex[1 - k][1])]
            for term in terms:
                pair = (term, vertex[1]) if k == 0 else (vertex[0], term)
                found.append(_ordered((*cell[:v], pair, *cell[v + 1 :])))
    return found


def _sources(cell: DARTSCell, v: int) -> list[int]:
    """Inputs that vertex v may read without closing a cycle."""
    after = {v + 2}
    for w in range(v + 1, VERTICES):
        if any(source in after for _, source in cell[w]):
            after.add(w + 2)
    return [i for i in range(VERTICES + 2) if i not in after]


def _ordered(cell: DARTSCell) -> DARTSCell:
    """The same cell with vertices in topological order and the terms of each sorted by input."""
    edges = [(s, v + 2) for v, vertex in enumerate(cell) for _, s in vertex if s > 1]
    names = [str(i) for i in range(VERTICES + 3)]
    ends = [(i, VERTICES + 2) for i in range(VERTICES + 2)]
    order, _ = topological(names, [*edges, *ends])
    position = {int(name): i for i, name in enumerate(o for o in order if int(o) > 1)}
    number = {0: 0, 1: 1} | {v: i + 2 for v, i in position.items()}
    vertices: list[tuple[tuple[str, int], tuple[str, int]]] = [cell[0]] * VERTICES
    for v, ((p, a), (q, b)) in enumerate(cell):
        x, y = sorted([(p, number[a]), (q, number[b])], key=lambda term: term[1])
        vertices[position[v + 2]] = (x, y)
    return tuple(vertices)


@lru_cache
def count_cells(operations: int = len(_NAMES)) -> int:
    """Cells with this many operations to choose from, up to isomorphism; Burnside's lemma over orders of vertices."""
    in_order = set(product(*(combinations(range(v + 2), 2) for v in range(VERTICES))))
    orders = list(permutations(range(VERTICES)))
    labelled = {_renumbered(structure, order) for structure in in_order for order in orders}
    fixed = sum(
        operations ** _edge_cycles(structure, order)
        for order in orders
        for structure in labelled
        if _renumbered(structure, order) == structure
    )
    return fixed // len(orders)


def _renumbered(structure: Sequence[Edge], order: Sequence[int]) -> tuple[Edge, ...]:
    renumbered: list[Edge] = [(0, 0)] * VERTICES
    for v, (a, b) in enumerate(structure):
        x, y = sorted(i if i < 2 else order[i - 2] + 2 for i in (a, b))
        renumbered[order[v]] = (x, y)
    return tuple(renumbered)


def _edge_cycles(structure: Sequence[Edge], order: Sequence[int]) -> int:
    left = {(s, v + 2) for v, pair in enumerate(structure) for s in pair}
    cycles = 0
    while left:
        cycles += 1
        edge = next(iter(left))
        while edge in left:
            left.remove(edge)
            s, t = (i if i < 2 else order[i - 2] + 2 for i in edge)
            edge = (s, t)
    return cycles
