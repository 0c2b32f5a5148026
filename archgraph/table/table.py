"""ArchTable: many architectures and their metrics in columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from archgraph.canonical import column_hashes, operation_color
from archgraph.checks import check_whole
from archgraph.columns import GraphColumns
from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.reports.report_look import html_table
from archgraph.table import files
from archgraph.table import jsonl as table_jsonl
from archgraph.table import meta as metadata
from archgraph.table.conditions import fulfilled
from archgraph.table.metrics import metric_frame
from archgraph.table.parquet import ROWS
from archgraph.table.parts import TablePart, slices

if TYPE_CHECKING:
    from archgraph._compat import Batch
    from archgraph.graph import ArchGraph

Strings = NDArray[np.object_]
_NO_TEXT = pa.array([], pa.string())
SHOWN = 8
"""Graphs of a table that a notebook shows."""


class ArchTable:
    """Architectures in columns: graph i owns nodes `node_ptr[i]:node_ptr[i + 1]`, and edges likewise.

    A table is used as a PyG data set: `table[i]` is an `ArchGraph`; a slice, an array of rows or a boolean mask is a
    table; PyG's `DataLoader` takes it. It is no instance of `torch_geometric.data.Dataset`, since reading, describing
    and writing tables loads no torch; the first graph or batch does.

    Args:
        ops: operation indices of all nodes, [nodes] int16.
        edges: sources and targets of all edges, numbered within their graph, [2, edges] int16.
        node_ptr: [len + 1] int64.
        edge_ptr: [len + 1] int64.
        ids: identifier of each graph; default its row number.
        space: name of each graph's space, "" where none.
        metrics: name -> one number a graph; NaN is not measured, and what is infinite counts as not measured.
        meta: what else is said of each graph: an object of JSON values, or None, a graph; default None for all.

    Attributes:
        metrics: the metrics, a column each.
        meta_texts: `meta` as JSON texts, null where a graph has none; None where no graph has any.

    Raises:
        InputError: a column has another length than the table, or a metric has the name of another column.

    Example:
        >>> from archgraph import ArchGraph, ArchTable
        >>> graph = ArchGraph(["input", "conv3x3-relu", "output"], [(0, 1), (1, 2)])
        >>> table = ArchTable.from_graphs([graph, graph], ids=["a", "b"], metrics={"acc": [0.9, 0.8]})
        >>> len(table), float(table.metrics["acc"].max()), table[0].ops[1], len(set(table.hashes()))
        (2, 0.9, 'conv3x3-relu', 1)
    """

    def __init__(
        self,
        ops: NDArray[np.int16],
        edges: NDArray[np.int16],
        node_ptr: NDArray[np.int64],
        edge_ptr: NDArray[np.int64],
        ids: Sequence[str] | pa.Array | None = None,
        space: str | Sequence[str] | pa.Array = "",
        metrics: Mapping[str, ArrayLike] | pd.DataFrame | None = None,
        meta: Sequence[Mapping[str, Any] | None] | pa.Array | None = None,
    ) -> None:
        self.op_index, self.edges, self.node_ptr, self.edge_ptr = ops, edges, node_ptr, edge_ptr
        n = len(node_ptr) - 1
        if ids is not None:
            self._ids = _string_array(ids)
        self._space = _string_array(pa.repeat(space, n) if isinstance(space, str) else space)
        self.meta_texts = (
            meta if meta is None or isinstance(meta, pa.Array) else metadata.to_column(map(metadata.to_text, meta))
        )
        for name, column in (("ids", ids), ("space", self._space), ("meta", meta)):
            if column is not None and len(column) != n:
                raise InputError(f"a table of {n} graphs has {n} {name}, but got {len(column)}")
        if metrics is not None:
            self.metrics = metric_frame(metrics, n)

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """The metrics, a column each; made when it is first asked for where there are none."""
        return metric_frame(None, len(self))

    @cached_property
    def _ids(self) -> pa.Array:
        """Row numbers, where nothing else was given."""
        return pa.array(np.arange(len(self))).cast(pa.string())

    @classmethod
    def from_graphs(cls, graphs: Iterable[ArchGraph], **columns: Any) -> ArchTable:
        """A table of `graphs`; `columns` as in the constructor."""
        return cls.from_columns(GraphColumns.from_lists([(g.ops, g.edges) for g in graphs]), **columns)

    @classmethod
    def from_columns(cls, graphs: GraphColumns, **columns: Any) -> ArchTable:
        """A table that shares the arrays of `graphs`; `columns` as in the constructor."""
        return cls(graphs.ops, graphs.edges, graphs.node_ptr, graphs.edge_ptr, **columns)

    @classmethod
    def concatenate(cls, tables: Sequence[ArchTable]) -> ArchTable:
        """The rows of all tables, in order; a metric that a table lacks is NaN there."""
        return cls.from_columns(
            GraphColumns.concatenate([t.columns for t in tables]),
            ids=pa.concat_arrays([_NO_TEXT, *(t._ids for t in tables)]),
            space=pa.concat_arrays([_NO_TEXT, *(t._space for t in tables)]),
            meta=metadata.concatenate((len(t), t.meta_texts) for t in tables),
            metrics=pd.concat([t.metrics for t in tables], ignore_index=True) if tables else None,
        )

    @property
    def columns(self) -> GraphColumns:
        """The arrays of the graphs, shared with the table."""
        return GraphColumns(self.op_index, self.edges, self.node_ptr, self.edge_ptr)

    @cached_property
    def ids(self) -> Strings:
        """Identifier of each graph, [len] str; read only."""
        return _objects(self._ids)

    @cached_property
    def space(self) -> Strings:
        """Name of each graph's space, [len] str; read only."""
        return _objects(self._space)

    @cached_property
    def meta(self) -> list[dict[str, Any]]:
        """What else is said of each graph, `{}` where nothing is; read only."""
        texts = [None] * len(self) if self.meta_texts is None else self.meta_texts.to_pylist()
        return [{} if text is None else json.loads(text) for text in texts]

    @property
    def graph_sizes(self) -> NDArray[np.int64]:
        """Nodes of each graph, [len]."""
        return np.diff(self.node_ptr)

    def len(self) -> int:
        """Number of graphs (PyG's name for it)."""
        return len(self.node_ptr) - 1

    def get(self, idx: int) -> ArchGraph:
        """Graph `idx` (PyG's name for it)."""
        from archgraph.table.pyg import graph_at

        return graph_at(self.columns, idx)

    def __len__(self) -> int:
        return self.len()

    @overload
    def __getitem__(self, index: int) -> ArchGraph: ...
    @overload
    def __getitem__(self, index: slice | Sequence[int] | NDArray[Any]) -> ArchTable: ...
    def __getitem__(self, index: Any) -> ArchGraph | ArchTable:
        if isinstance(index, int | np.integer):
            return self.get(range(len(self))[index])
        rows = self._rows(index)
        taken = ArchTable.from_columns(
            self.columns.take(rows),
            ids=self._ids.take(pa.array(rows)),
            space=self._space.take(pa.array(rows)),
            metrics=self.metrics.take(rows),
            meta=metadata.take(self.meta_texts, pa.array(rows)),
        )
        if "_hashes" in vars(self):
            taken._hashes = tuple(self._hashes[row] for row in rows.tolist())
        return taken

    def index_select(self, idx: Any) -> ArchTable:
        """The table of some rows (PyG's name for it)."""
        return self[idx]

    def _rows(self, index: Any) -> NDArray[np.intp]:
        if not isinstance(index, slice):
            index = np.asarray(index, dtype=None if len(index) else np.intp)
        try:
            return np.arange(len(self))[index]
        except IndexError as error:
            raise InputError(f"rows of a table of {len(self)} graphs: {error}") from error

    def __iter__(self) -> Iterator[ArchGraph]:
        from archgraph.table.pyg import graph_at

        columns = self.columns
        return (graph_at(columns, row) for row in range(len(self)))

    def __repr__(self) -> str:
        return f"ArchTable({len(self)} graphs, metrics={list(self.metrics)})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the first graphs, with their metrics."""
        first = self[:SHOWN]
        edges, metrics = np.diff(first.edge_ptr), first.metrics.to_numpy(float)
        rows = [
            (first.ids[row], first.space[row], first.graph_sizes[row], edges[row], *(f"{v:.5g}" for v in metrics[row]))
            for row in range(len(first))
        ]
        caption = f"{len(self):,} graphs" + (f", the first {len(first)}" if len(first) < len(self) else "")
        head = ("id", "space", "nodes", "edges", *first.metrics)
        return html_table(head, rows, range(2, len(head)), caption)

    def query(self, condition: str) -> ArchTable:
        """The rows whose metrics fulfil a condition such as `val_acc > 0.9 and params < 1e7`.

        Raises:
            InputError: the condition is malformed or names an unknown metric.
        """
        return self[fulfilled(self.metrics, condition)]

    def join(self, other: ArchTable, prefix: str = "") -> ArchTable:
        """This table with the metrics of `other`, matched by id; NaN where `other` has no such id.

        Args:
            other: a table whose ids are distinct; only its ids and metrics play a part.
            prefix: put before the names of the metrics that are added.

        Raises:
            InputError: an id stands twice in `other`, or a metric is in both.
        """
        if pc.count_distinct(other._ids).as_py() < len(other):
            raise InputError("cannot join by id: the table to join has the same id twice")
        added = other.metrics.rename(columns=lambda name: f"{prefix}{name}")
        if both := set(added) & set(self.metrics):
            raise InputError(f"cannot join: metric {min(map(str, both))} is in both tables; give a prefix")
        found = pc.index_in(self._ids, value_set=other._ids).fill_null(-1).to_numpy()
        matched = added.reindex(found).set_axis(self.metrics.index)
        metrics = pd.concat([self.metrics, matched], axis=1)
        return ArchTable.from_columns(
            self.columns, ids=self._ids, space=self._space, metrics=metrics, meta=self.meta_texts
        )

    def with_metrics(self, **columns: ArrayLike) -> ArchTable:
        """This table with further metrics, one number a graph each; one of the same name is replaced.

        Raises:
            InputError: a metric is no column of numbers, of another length, or has the name of another column.
        """
        own = {name: self.metrics[name].to_numpy() for name in self.metrics}
        return ArchTable.from_columns(
            self.columns, ids=self._ids, space=self._space, metrics=own | columns, meta=self.meta_texts
        )

    def with_meta(self, notes: Mapping[int, Mapping[str, Any]]) -> ArchTable:
        """This table with more in `meta`.

        Args:
            notes: row -> what is said of its graph, beside or instead of what is said under the same names.

        Raises:
            InputError: it is no object of JSON values, or it is too long.
        """
        texts = [metadata.to_text(old | dict(notes.get(row, {})) or None) for row, old in enumerate(self.meta)]
        meta = metadata.to_column(texts)
        return ArchTable.from_columns(self.columns, ids=self._ids, space=self._space, metrics=self.metrics, meta=meta)

    def batch(self, rows: slice | Sequence[int] | NDArray[Any] | None = None) -> Batch:
        """The graphs of `rows` (default all) as one PyG batch, collated straight from the columns.

        Returns:
            `x` [nodes], `edge_index` [2, edges], `batch` [nodes], `ptr` [graphs + 1], all int64.
        """
        from archgraph.table.pyg import collate

        if rows is None:
            return collate(self.columns)
        if isinstance(rows, slice) and rows.step in (None, 1):
            start, stop, _ = rows.indices(len(self))
            return collate(self.columns.part(start, max(start, stop)))
        return collate(self.columns.take(self._rows(rows)))

    def batches(self, size: int, rng: np.random.Generator | None = None) -> Iterator[tuple[NDArray[np.intp], Batch]]:
        """Mini-batches of `size` graphs (the last may be smaller) that cover the table once.

        Args:
            size: graphs in a batch.
            rng: draws the order; default the table's own.

        Yields:
            the rows, [size], and their batch.

        Raises:
            InputError: the size is none.
        """
        check_whole(1, size=size)
        order = np.arange(len(self)) if rng is None else rng.permutation(len(self))
        for start in range(0, len(self), size):
            rows = order[start : start + size]
            yield rows, self.batch(slice(start, start + size) if rng is None else rows)

    def hashes(self) -> list[str]:
        """The canonical hash of each graph."""
        return list(self._hashes)

    @cached_property
    def _hashes(self) -> tuple[str, ...]:
        colors = np.array([operation_color(operation.name) for operation in OPS], dtype=np.uint64)
        return tuple(column_hashes(colors[self.op_index], self.edges, self.node_ptr, self.edge_ptr))

    def write(self, path: Path | str) -> None:
        """Write to `path`, Parquet or JSON Lines by its suffix, whole or not at all.

        Raises:
            InputError: the suffix is another one, or the file cannot be written.
        """
        used = [OPS[index].name for index in np.unique(self.op_index).tolist()]
        metrics, with_meta = list(map(str, self.metrics)), self.meta_texts is not None
        files.write(path, slices(self.part, ROWS), metrics, with_meta, used)

    @property
    def part(self) -> TablePart:
        """The columns as files hold them, shared with the table."""
        metrics = {str(name): self.metrics[name].to_numpy() for name in self.metrics}
        return TablePart(self.columns, self._ids, self._space, metrics, self.meta_texts)

    def to_json_lines(self) -> Iterator[str]:
        """One JSON object a graph, as in a .jsonl file."""
        return table_jsonl.lines([self.part])

    @classmethod
    def read(cls, path: Path | str) -> ArchTable:
        """Read a .jsonl or .parquet file and check every graph in it.

        Raises:
            InputError: the file is missing or malformed; the text names the line or row.
        """
        return cls.from_part(files.read(path))

    @classmethod
    def from_part(cls, part: TablePart) -> ArchTable:
        """A table that shares the columns of a part."""
        return cls.from_columns(part.graphs, ids=part.ids, space=part.space, metrics=part.metrics, meta=part.meta)


def _string_array(values: Sequence[str] | pa.Array) -> pa.Array:
    if isinstance(values, pa.Array):
        return values.cast(pa.string())
    try:
        return pa.array(list(map(str, values)), pa.string())
    except UnicodeEncodeError as error:
        raise InputError(f"an id or a space is no text: {error}") from error


def _objects(strings: pa.Array) -> Strings:
    values: Strings = strings.to_numpy(zero_copy_only=False).astype(object)
    values.flags.writeable = False
    return values
