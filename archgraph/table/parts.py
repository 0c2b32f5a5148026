"""Rows of a table as its files hold them, some at a time: tables of any length pass through in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from archgraph.columns import GraphColumns, pointers
from archgraph.table import meta as metadata

Floats = NDArray[np.float64]
_NO_TEXT = pa.array([], pa.string())


@dataclass(frozen=True)
class TablePart:
    """Some rows of a table.

    Args:
        graphs: their graphs, checked.
        ids: identifiers, [rows] string.
        space: names of spaces, [rows] string.
        metrics: name -> numbers, NaN where not measured, [rows] each.
        meta: JSON texts, [rows] string, null where a graph has none; None where no graph can have any.
    """

    graphs: GraphColumns
    ids: pa.Array
    space: pa.Array
    metrics: dict[str, Floats]
    meta: pa.Array | None

    def __len__(self) -> int:
        return len(self.graphs)

    def between(self, start: int, stop: int) -> TablePart:
        """Rows `start:stop`; nothing is copied but pointers."""
        return TablePart(
            self.graphs.part(start, stop),
            self.ids[start:stop],
            self.space[start:stop],
            {name: values[start:stop] for name, values in self.metrics.items()},
            None if self.meta is None else self.meta[start:stop],
        )


def slices(whole: TablePart, rows: int) -> Iterator[TablePart]:
    """A part in shorter ones of so many rows, the last as long as it comes; nothing is copied but pointers."""
    return (whole.between(start, min(start + rows, len(whole))) for start in range(0, len(whole), rows))


def even(parts: Iterable[TablePart], rows: int) -> Iterator[TablePart]:
    """The same rows in parts of so many, the last as long as it comes."""
    held: list[TablePart] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part)
        if count >= rows:
            *whole, last = slices(join(held, count), rows)
            yield from whole
            held = [last]
            count = len(last)
            if count == rows:
                yield last
                held, count = [], 0
    if held:
        yield join(held, count)


def join(parts: Iterable[TablePart], rows: int, nodes: int | None = None, edges: int | None = None) -> TablePart:
    """All rows as one part.

    Args:
        parts: read one after another; with all counts given, none is held longer than until its graphs are copied.
        rows, nodes, edges: of all parts together.

    Raises:
        ValueError: there are more or fewer.
    """
    if nodes is None or edges is None:
        parts = list(parts)
        if len(parts) == 1:
            return parts[0]
        nodes, edges = (
            sum(counts) for counts in zip(*((len(p.graphs.ops), p.graphs.edges.shape[1]) for p in parts), strict=True)
        )
    ops, ends = np.empty(nodes, np.int16), np.empty((2, edges), np.int16)
    sizes, degrees = np.empty(rows, np.int64), np.empty(rows, np.int64)
    ids, space, meta = [_NO_TEXT], [_NO_TEXT], []
    metrics: dict[str, Floats] = {}
    row = node = edge = 0
    for part in parts:
        graphs = part.graphs
        last, node_end, edge_end = row + len(part), node + len(graphs.ops), edge + graphs.edges.shape[1]
        ops[node:node_end], ends[:, edge:edge_end] = graphs.ops, graphs.edges
        sizes[row:last], degrees[row:last] = np.diff(graphs.node_ptr), np.diff(graphs.edge_ptr)
        for name, values in part.metrics.items():
            metrics.setdefault(name, np.full(rows, np.nan))[row:last] = values
        ids.append(part.ids)
        space.append(part.space)
        meta.append((len(part), part.meta))
        row, node, edge = last, node_end, edge_end
    if (row, node, edge) != (rows, nodes, edges):
        raise ValueError(
            f"{row} graphs with {node} nodes and {edge} edges, but {rows}, {nodes} and {edges} are claimed"
        )
    columns = GraphColumns(ops, ends, pointers(sizes), pointers(degrees))
    return TablePart(columns, pa.concat_arrays(ids), pa.concat_arrays(space), metrics, metadata.concatenate(meta))
