"""Hierarchical products of FaDE's cells: one cell a row, rows in sequence.

Neumeyer, Stier and Granitzer (2024): a discrete architecture is a path g_1 g_2 ... g_d of cells, one a row. In the
graph a `row` node joins a row's end to the next row's start, where the published network pools and changes the
number of channels. The native form joins those of the cells with `|`, as in `2:0-1|3:0-1,0-2|1:`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from archgraph._make_graph import make_graph
from archgraph.architecture import Edge
from archgraph.columns import GraphColumns, pointers
from archgraph.errors import GraphError, InputError
from archgraph.ops import OPS
from archgraph.spaces.base import Space
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

ROW = OPS["row"]
MAX_ROWS = 32  # FaDE's networks have 3; every row is a supernet's row of its own
_ENUMERABLE = 200_000  # members that are listed: some 100 MB of columns and native forms


class RowsSpace(Space):
    """Sequences of `rows` cells of one cell space.

    `sample` draws each row by itself, as the cell space does; `neighbors` are those of one row's cell; `crossover`
    takes each row from one parent or the other. A code has those of the cells one after another.

    Example:
        >>> from archgraph.spaces import DagSpace, RowsSpace
        >>> space = RowsSpace(DagSpace(1, 3), rows=2)
        >>> space.name, space.size(), space.to_native(space.from_native("2:0-1|1:"))
        ('dag:1-3x2', 81, '2:0-1|1:')
    """

    def __init__(self, cell: Space, rows: int) -> None:
        if not 1 <= rows <= MAX_ROWS:
            raise InputError(f"an architecture has 1 to {MAX_ROWS} rows, but got {rows}")
        self._cell, self.rows = cell, rows
        self.name = f"{cell.name}x{rows}"
        self.operations = (*cell.operations, ROW.name)
        self.choices = {f"row {i + 1}: {name}": of for i in range(rows) for name, of in cell.choices.items()}

    @property
    def cell(self) -> Space:
        return self._cell

    def size(self) -> int | None:
        size = self.cell.size()
        return None if size is None else size**self.rows

    def enumerate(self) -> ArchTable:
        size = self.size()
        if size is None or size > _ENUMERABLE:
            raise InputError(f"{self.name} has more than {_ENUMERABLE} members; sample instead")
        table = self.cell.enumerate()
        codes = np.stack(np.unravel_index(np.arange(size), [len(table)] * self.rows), axis=1)
        graphs = _joined(table.columns.take(codes.reshape(-1)), self.rows)
        ids = ["|".join(natives) for natives in table.ids[codes].tolist()]
        return ArchTable.from_columns(graphs, ids=ids, space=self.name)

    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        cells = self.cell.sample(n * self.rows, rng)
        return [self.join(cells[i * self.rows : (i + 1) * self.rows]) for i in range(n)]

    def join(self, cells: Sequence[ArchGraph]) -> ArchGraph:
        if len(cells) != self.rows:
            raise InputError(f"an architecture of {self.name} has {self.rows} cells, but got {len(cells)}")
        ops: list[str] = ["input"]
        edges: list[Edge] = []
        for cell in cells:
            start = len(ops) - 1
            edges += [(s + start, t + start) for s, t in cell.edges]
            ops += [*cell.ops[1:-1], ROW.name]
        return make_graph([*ops[:-1], "output"], edges)

    def split(self, graph: ArchGraph) -> list[ArchGraph]:
        ends = [i for i, name in enumerate(graph.ops) if name in (ROW.name, "output")]
        if len(ends) != self.rows:
            raise GraphError(f"not a member of {self.name}: it has {len(ends)} rows, not {self.rows}")
        cells: list[ArchGraph] = []
        start = 0
        for end in ends:
            edges = [(s - start, t - start) for s, t in graph.edges if start <= s < end]
            try:
                cell = make_graph(["input", *graph.ops[start + 1 : end], "output"], edges)
                self.cell.validate(cell)
            except GraphError as error:
                raise GraphError(f"not a member of {self.name}, row {len(cells)}: {error}") from error
            cells.append(cell)
            start = end
        return cells

    def validate(self, graph: ArchGraph) -> None:
        self.split(graph)

    def to_native(self, graph: ArchGraph) -> str:
        return "|".join(self.cell.to_native(cell) for cell in self.split(graph))

    def from_native(self, native: str) -> ArchGraph:
        return self.join([self.cell.from_native(cell) for cell in self._cells(native)])

    def from_natives(self, natives: Sequence[str]) -> GraphColumns:
        return _joined(self.cell.from_natives([cell for native in natives for cell in self._cells(native)]), self.rows)

    def _cells(self, native: str) -> list[str]:
        """The native forms of a member's cells."""
        rows = native.split("|")
        if len(rows) != self.rows:
            raise InputError(f"a {self.name} architecture is {self.rows} cells joined by |, but got {native[:64]!r}")
        return rows

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        cells = ArchTable.from_graphs([cell for graph in table for cell in self.split(graph)])
        return self.cell.to_codes(cells).reshape(len(table), len(self.options))

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        self.check_codes(codes)
        cells = self.cell.from_codes(codes.reshape(len(codes) * self.rows, len(self.cell.options)))
        rows = [cells[i * self.rows : (i + 1) * self.rows] for i in range(len(codes))]
        return [self.join([cell for cell in row if cell is not None]) if all(row) else None for row in rows]

    def edits_between(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
        cells = (codes.reshape(len(codes) * self.rows, len(self.cell.options)) for codes in (first, second))
        return self.cell.edits_between(*cells).reshape(len(first), self.rows).sum(axis=1)

    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        cells = self.split(graph)
        return [
            self.join([*cells[:i], changed, *cells[i + 1 :]])
            for i, cell in enumerate(cells)
            for changed in self.cell.neighbors(cell)
        ]

    def mutate(self, graph: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """One row, drawn uniformly, with its cell mutated."""
        cells = self.split(graph)
        row = int(rng.integers(self.rows))
        cells[row] = self.cell.mutate(cells[row], rng)
        return self.join(cells)

    def crossover(self, first: ArchGraph, second: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        pairs = zip(self.split(first), self.split(second), strict=True)
        return self.join([pair[int(rng.integers(2))] for pair in pairs])


def _joined(cells: GraphColumns, rows: int) -> GraphColumns:
    """Each `rows` cells in sequence as one architecture: [n * rows] graphs become [n].

    A cell's input falls together with the end of the row before it, its output becomes the `row` node.
    """
    count = len(cells) // rows
    sizes, row = np.diff(cells.node_ptr), np.tile(np.arange(rows), count)
    kept = np.ones(len(cells.ops), dtype=np.bool_)
    kept[cells.node_ptr[:-1][row > 0]] = False
    ops = cells.ops.copy()
    ops[cells.node_ptr[1:][row < rows - 1] - 1] = OPS.index(ROW.name)
    new = (sizes - 1).reshape(count, rows)
    start = (np.cumsum(new, axis=1) - new).reshape(-1).astype(np.int16)
    counts = np.diff(cells.edge_ptr)
    edges = cells.edges + np.repeat(start, counts)
    return GraphColumns(
        ops[kept], edges, pointers(new.sum(axis=1) + 1), pointers(counts.reshape(count, rows).sum(axis=1))
    )
