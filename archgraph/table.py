"""ArchTable: many architectures and their metrics in columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import ArrayLike, NDArray
from torch_geometric.data import Batch

from archgraph.canonical import column_hashes, operation_color
from archgraph.errors import GraphError, InputError
from archgraph.files import atomic_path
from archgraph.graph import MAX_NODES, ArchGraph, Edge
from archgraph.ops import OPS

MAX_LINE = 1 << 22  # characters of one JSON line
COLUMNS = ("id", "space", "ops", "edge_src", "edge_dst")
SCHEMA = [
    pa.field("id", pa.string()),
    pa.field("space", pa.string()),
    pa.field("ops", pa.list_(pa.string())),
    pa.field("edge_src", pa.list_(pa.int16())),
    pa.field("edge_dst", pa.list_(pa.int16())),
]


class ArchTable:
    """Architectures in columns: graph i owns nodes `node_ptr[i]:node_ptr[i + 1]`, and edges likewise.

    A table is a PyG data set: `table[i]` is an `ArchGraph`, a slice or an array of rows is a table.

    Args:
        ops: operation indices of all nodes, [nodes] int16.
        edges: sources and targets of all edges, numbered within their graph, [2, edges] int16.
        node_ptr: [len + 1] int64.
        edge_ptr: [len + 1] int64.
        ids: identifier of each graph; default its row number.
        space: name of each graph's space, "" where none.
        metrics: name -> one number a graph; NaN is not measured.
    """

    def __init__(
        self,
        ops: NDArray[np.int16],
        edges: NDArray[np.int16],
        node_ptr: NDArray[np.int64],
        edge_ptr: NDArray[np.int64],
        ids: Sequence[str] | None = None,
        space: str | Sequence[str] = "",
        metrics: Mapping[str, ArrayLike] | pd.DataFrame | None = None,
    ) -> None:
        self.op_index, self.edges, self.node_ptr, self.edge_ptr = ops, edges, node_ptr, edge_ptr
        n = len(node_ptr) - 1
        self.ids = np.array([str(i) for i in range(n)] if ids is None else list(ids), dtype=object)
        self.space = np.array([space] * n if isinstance(space, str) else list(space), dtype=object)
        self.metrics = pd.DataFrame({} if metrics is None else metrics, dtype=float)
        for name, column in (("ids", self.ids), ("space", self.space), ("metrics", self.metrics)):
            if len(column) != n and not (name == "metrics" and self.metrics.empty):
                raise InputError(f"a table of {n} graphs has {n} {name}, but got {len(column)}")

    @classmethod
    def from_graphs(cls, graphs: Iterable[ArchGraph], **columns: Any) -> ArchTable:
        """A table of `graphs`; `columns` as in the constructor."""
        return cls._from_lists([(g.ops, g.edges) for g in graphs], **columns)

    @classmethod
    def _from_lists(cls, graphs: Sequence[tuple[Sequence[str], Sequence[Edge]]], **columns: Any) -> ArchTable:
        ops = np.array([OPS.index(name) for names, _ in graphs for name in names], dtype=np.int16)
        edges = np.array([e for _, es in graphs for e in sorted(es)], dtype=np.int16).reshape(-1, 2).T
        node_ptr = np.cumsum([0, *(len(names) for names, _ in graphs)])
        edge_ptr = np.cumsum([0, *(len(es) for _, es in graphs)])
        return cls(ops, np.ascontiguousarray(edges), node_ptr, edge_ptr, **columns)

    @classmethod
    def concatenate(cls, tables: Sequence[ArchTable]) -> ArchTable:
        """The rows of all tables, in order; a metric that a table lacks is NaN there."""
        return cls(
            np.concatenate([t.op_index for t in tables]),
            np.concatenate([t.edges for t in tables], axis=1),
            np.cumsum(np.concatenate([[0], *(np.diff(t.node_ptr) for t in tables)])),
            np.cumsum(np.concatenate([[0], *(np.diff(t.edge_ptr) for t in tables)])),
            ids=np.concatenate([t.ids for t in tables]).tolist(),
            space=np.concatenate([t.space for t in tables]).tolist(),
            metrics=pd.concat([t.metrics.reindex(range(len(t))) for t in tables], ignore_index=True),
        )

    @property
    def graph_sizes(self) -> NDArray[np.int64]:
        """Nodes of each graph, [len]."""
        return np.diff(self.node_ptr)

    def __len__(self) -> int:
        return len(self.node_ptr) - 1

    @overload
    def __getitem__(self, index: int) -> ArchGraph: ...
    @overload
    def __getitem__(self, index: slice | Sequence[int] | NDArray[Any]) -> ArchTable: ...
    def __getitem__(self, index: Any) -> ArchGraph | ArchTable:
        if isinstance(index, int | np.integer):
            return self._graph(range(len(self))[index])
        rows = np.arange(len(self))[index]
        node = _ranges(self.node_ptr, rows)
        edge = _ranges(self.edge_ptr, rows)
        return ArchTable(
            self.op_index[node],
            self.edges[:, edge],
            np.concatenate([[0], np.cumsum(self.graph_sizes[rows])]),
            np.concatenate([[0], np.cumsum(np.diff(self.edge_ptr)[rows])]),
            ids=self.ids[rows].tolist(),
            space=self.space[rows].tolist(),
            metrics=self.metrics.take(rows).reset_index(drop=True) if len(self.metrics) else None,
        )

    def _graph(self, i: int) -> ArchGraph:
        graph = ArchGraph()
        graph.x = torch.from_numpy(self.op_index[self.node_ptr[i] : self.node_ptr[i + 1]].astype(np.int64))
        graph.edge_index = torch.from_numpy(self.edges[:, self.edge_ptr[i] : self.edge_ptr[i + 1]].astype(np.int64))
        return graph

    def __iter__(self) -> Iterator[ArchGraph]:
        return (self._graph(i) for i in range(len(self)))

    def __repr__(self) -> str:
        return f"ArchTable({len(self)} graphs, metrics={list(self.metrics)})"

    def batch(self, rows: slice | Sequence[int] | NDArray[Any] | None = None) -> Batch:
        """The graphs of `rows` (default all) as one PyG batch, collated straight from the columns.

        Returns:
            `x` [nodes], `edge_index` [2, edges], `batch` [nodes], `ptr` [graphs + 1], all int64.
        """
        part = self if rows is None else self[rows]
        sizes = part.graph_sizes
        owner = np.repeat(np.arange(len(part)), sizes)
        offset = np.repeat(part.node_ptr[:-1], np.diff(part.edge_ptr))
        return Batch(
            _base_cls=ArchGraph,
            x=torch.from_numpy(part.op_index.astype(np.int64)),
            edge_index=torch.from_numpy(part.edges.astype(np.int64) + offset),
            batch=torch.from_numpy(owner),
            ptr=torch.from_numpy(part.node_ptr.astype(np.int64)),
        )

    def hashes(self) -> list[str]:
        """The canonical hash of each graph."""
        colors = np.array([operation_color(operation.name) for operation in OPS], dtype=np.uint64)
        return column_hashes(colors[self.op_index], self.edges, self.node_ptr, self.edge_ptr)

    def write(self, path: Path | str) -> None:
        """Write to `path`, Parquet or JSON Lines by its suffix, whole or not at all.

        Raises:
            InputError: the suffix is another one, or the place cannot be written.
        """
        write = {".parquet": self._write_parquet, ".jsonl": self._write_jsonl}[table_suffix(path)]
        with atomic_path(path) as temporary:
            write(temporary)

    def to_json_lines(self) -> Iterator[str]:
        """One JSON object a graph, as in a .jsonl file."""
        for i, graph in enumerate(self):
            record: dict[str, Any] = {"id": self.ids[i]}
            if self.space[i]:
                record["space"] = self.space[i]
            record |= {"ops": list(graph.ops), "edges": [list(e) for e in graph.edges]}
            if metrics := {k: float(v[i]) for k, v in self.metrics.items() if not np.isnan(v[i])}:
                record["metrics"] = metrics
            yield json.dumps(record)

    def _write_jsonl(self, path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in self.to_json_lines())

    def _write_parquet(self, path: Path) -> None:
        names = pa.array([operation.name for operation in OPS])
        ops = pa.DictionaryArray.from_arrays(pa.array(self.op_index), names).cast(pa.string())
        source, target = (
            pa.ListArray.from_arrays(pa.array(self.edge_ptr, pa.int32()), pa.array(column, pa.int16()))
            for column in self.edges
        )
        columns = [
            pa.array(self.ids, pa.string()),
            pa.array(self.space, pa.string()),
            pa.ListArray.from_arrays(pa.array(self.node_ptr, pa.int32()), ops),
            source,
            target,
            *(pa.array(self.metrics[name]) for name in self.metrics),
        ]
        fields = [*SCHEMA, *(pa.field(str(name), pa.float64()) for name in self.metrics)]
        pq.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)), path, compression="zstd")

    @classmethod
    def read(cls, path: Path | str) -> ArchTable:
        """Read a .jsonl or .parquet file and check every graph in it.

        Raises:
            InputError: the file is missing or malformed; the text names the line or row.
        """
        read = {".parquet": cls._read_parquet, ".jsonl": cls._read_jsonl}[table_suffix(path)]
        try:
            return read(Path(path))
        except FileNotFoundError:
            raise InputError(f"no file {path}; check the name") from None
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            raise InputError(f"cannot read {path}: {str(error).splitlines()[0]}") from error

    @classmethod
    def _read_jsonl(cls, path: Path) -> ArchTable:
        graphs: list[tuple[Sequence[str], Sequence[Edge]]] = []
        records: list[dict[str, Any]] = []
        with path.open(encoding="utf-8") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if not line.strip():
                    continue
                try:
                    record = _parse(line)
                except InputError as error:
                    raise InputError(f"{path}, line {number}: {error}") from error
                graphs.append((record["ops"], record["edges"]))
                records.append(record)
        if not graphs:
            raise InputError(f"{path} holds no graph; each line is one JSON object with `ops` and `edges`")
        metrics = pd.DataFrame([r.get("metrics") or {} for r in records], dtype=float)
        return cls._from_lists(
            graphs,
            ids=[str(r.get("id", i)) for i, r in enumerate(records)],
            space=[r.get("space") or "" for r in records],
            metrics=metrics,
        )

    @classmethod
    def _read_parquet(cls, path: Path) -> ArchTable:
        file = pq.read_table(path)
        if missing := [name for name in ("ops", "edge_src", "edge_dst") if name not in file.column_names]:
            raise InputError(f"{path} has no column {missing[0]!r}; a graph file has {', '.join(COLUMNS)}")
        for name, kind in (("ops", pa.string()), ("edge_src", pa.int16()), ("edge_dst", pa.int16())):
            try:
                file = file.set_column(file.column_names.index(name), name, file[name].cast(pa.list_(kind)))
            except pa.ArrowException as error:
                raise InputError(f"{path}, column {name}: {str(error).splitlines()[0]}") from error
        rows = file.select(["ops", "edge_src", "edge_dst"]).combine_chunks().to_pydict()
        graphs: list[tuple[Sequence[str], Sequence[Edge]]] = []
        for i, (ops, source, target) in enumerate(zip(*rows.values(), strict=True)):
            try:
                if ops is None or source is None or target is None or len(source) != len(target):
                    raise GraphError("`ops` is missing, or `edge_src` and `edge_dst` differ in length")
                edges = list(zip(source, target, strict=True))
                ArchGraph(ops, edges)
            except InputError as error:
                raise InputError(f"{path}, row {i}: {error}") from error
            graphs.append((ops, edges))
        numeric = [f.name for f in file.schema if f.name not in COLUMNS and _is_number(f.type)]
        return cls._from_lists(
            graphs,
            ids=_strings(file, "id", [str(i) for i in range(len(graphs))]),
            space=_strings(file, "space", [""] * len(graphs)),
            metrics={name: file[name].to_pandas().to_numpy(dtype=float) for name in numeric},
        )


def table_suffix(path: Path | str) -> str:
    """The suffix of a graph file, .jsonl or .parquet.

    Raises:
        InputError: it has another suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".jsonl", ".parquet"):
        raise InputError(f"{path}: a graph file ends in .jsonl or .parquet")
    return suffix


def _parse(line: str) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise InputError(f"longer than {MAX_LINE} characters")
    try:
        record = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON ({error})") from error
    if not isinstance(record, dict):
        raise InputError("not a JSON object with `ops` and `edges`")
    for key, kind in (("ops", list), ("edges", list)):
        if not isinstance(record.get(key), kind):
            raise InputError(f"`{key}` must be a list")
    if len(record["ops"]) > MAX_NODES:
        raise InputError(f"an architecture has at most {MAX_NODES} nodes, but got {len(record['ops'])}")
    if not all(isinstance(e, list) for e in record["edges"]):
        raise InputError("`edges` must be a list of pairs [source, target]")
    if not isinstance(record.get("space") or "", str):
        raise InputError("`space` must be a string")
    metrics = record.get("metrics") or {}
    if not isinstance(metrics, dict) or not all(_is_metric(v) for v in metrics.values()):
        raise InputError("`metrics` must be an object of finite numbers")
    ArchGraph(record["ops"], record["edges"])
    return record


def _no_constant(name: str) -> None:
    raise InputError(f"{name} is not a JSON number")


def _is_metric(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _strings(file: pa.Table, name: str, default: list[str]) -> list[str]:
    if name not in file.column_names:
        return default
    return [d if v is None else str(v) for v, d in zip(file[name].to_pylist(), default, strict=True)]


def _ranges(ptr: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Positions `ptr[r]:ptr[r + 1]` for each row r, one after another."""
    sizes = np.diff(ptr)[rows]
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    return np.arange(sizes.sum()) + np.repeat(ptr[:-1][rows] - starts, sizes)
