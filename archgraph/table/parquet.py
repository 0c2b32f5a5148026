"""Graph tables in Parquet: one row an architecture, no Python object per graph on the way in or out.

Columns are `id: string`, `space: string`, `ops: list<string>`, `edge_src: list<int16>`, `edge_dst: list<int16>`, then
`meta: string` (a JSON object, empty where there is none) if any graph has it, then one float column a metric. Every
other column of a file is passed over. Operations of one's own are described in the schema's metadata
(`archgraph.table.descriptions`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from archgraph.architecture import check_architecture
from archgraph.columns import GraphColumns, pointers, sort_and_check
from archgraph.errors import GraphError, InputError
from archgraph.ops import OPS
from archgraph.table import descriptions
from archgraph.table import meta as metadata
from archgraph.table import parquet_footer as footer
from archgraph.table.parts import TablePart, join

COLUMNS = ("id", "space", "ops", "edge_src", "edge_dst", "meta")
MAX_VALUES = 1 << 28  # of one column of a file; a column of runs can claim any number in a few bytes
MAX_BYTES = 1 << 32  # of a file, unpacked
MAX_STRING = 1 << 12  # bytes of an identifier or a name
MAX_TEXT = 1 << 30  # bytes of all texts of a column, unpacked
ROWS = 1 << 17
"""Graphs that are read and written at once."""
_SCHEMA = [
    pa.field("id", pa.string()),
    pa.field("space", pa.string()),
    pa.field("ops", pa.list_(pa.string())),
    pa.field("edge_src", pa.list_(pa.int16())),
    pa.field("edge_dst", pa.list_(pa.int16())),
]


def write(
    path: Path, parts: Iterable[TablePart], metrics: Sequence[str], with_meta: bool, operations: Iterable[str]
) -> None:
    """Write one Parquet file, a row group a part.

    Args:
        path: where.
        parts: the rows, each with these metrics.
        metrics: the names of the metrics' columns.
        with_meta: whether there is a column `meta`.
        operations: those that are used; more do no harm.
    """
    extra = [pa.field("meta", pa.string())] if with_meta else []
    schema = pa.schema([*_SCHEMA, *extra, *(pa.field(name, pa.float64()) for name in metrics)])
    schema = schema.with_metadata(descriptions.to_metadata(operations))
    repeated = ["space", "ops.list.element", "edge_src.list.element", "edge_dst.list.element"]
    options: dict[str, Any] = {"use_dictionary": repeated, "write_page_checksum": True}
    with path.open("wb") as file, pq.ParquetWriter(file, schema, compression="zstd", **options) as writer:
        for part in parts:
            graphs = part.graphs
            names = pa.array([operation.name for operation in OPS])
            ops = pa.DictionaryArray.from_arrays(pa.array(graphs.ops), names).cast(pa.string())
            lists = [(graphs.node_ptr, ops), *((graphs.edge_ptr, pa.array(row, pa.int16())) for row in graphs.edges)]
            columns = [
                part.ids,
                part.space,
                *(pa.ListArray.from_arrays(pa.array(ptr, pa.int32()), values) for ptr, values in lists),
                *([pa.nulls(len(part), pa.string()) if part.meta is None else part.meta] if with_meta else []),
                *(pa.array(part.metrics[name], from_pandas=True) for name in metrics),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def read(path: Path) -> TablePart:
    """The graphs of a Parquet file, each of them checked, and the other columns.

    Raises:
        InputError: it holds no graph, a column is missing or of another type, or a row is no architecture; the
            text names it.
        OSError, ValueError, pa.ArrowException: the file is no Parquet file, or holds other than it claims.
    """
    with open_parquet(path) as file:
        rows = file.metadata.num_rows
    claimed = footer.chunks(path)
    nodes, edges = (sum(c.values for c in claimed if c.path.partition(".")[0] == name) for name in ("ops", "edge_src"))
    return join(parts(path), rows, nodes, edges)


def parts(path: Path, rows: int = ROWS) -> Iterator[TablePart]:
    """The same, at most so many rows at a time; what an error names are rows of the file.

    Raises:
        InputError, OSError, pa.ArrowException: as `read`, some of them before the first part, others where they stand.
    """
    with open_parquet(path) as file:
        names = file.schema_arrow.names
        if missing := [name for name in ("ops", "edge_src", "edge_dst") if name not in names]:
            raise InputError(f"{path} has no column {missing[0]!r}; a graph file has {', '.join(COLUMNS[:5])}")
        metrics = [f.name for f in file.schema_arrow if f.name not in COLUMNS and is_number(f.type)]
        wanted = [*(name for name in COLUMNS if name in names), *metrics]
        if twice := [name for name in wanted if names.count(name) > 1]:
            raise InputError(f"{path} has two columns {twice[0]!r}; rename one")
        if not file.metadata.num_rows:
            raise InputError(f"{path} holds no graph; each row is one")
        try:
            own = descriptions.from_metadata(file.schema_arrow.metadata)
            descriptions.register(own)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        first, texts = 0, Counter[str]()
        for group in range(file.num_row_groups):  # one by one: lists of packed texts cannot be read across them
            for batch in file.iter_batches(rows, row_groups=[group], columns=wanted):
                yield _part(path, pa.Table.from_batches([batch]), first, metrics, own, texts)
                first += batch.num_rows


def _part(
    path: Path, table: pa.Table, first: int, metrics: list[str], own: Mapping[str, Any], texts: Counter[str]
) -> TablePart:
    """Some rows of a file, the first of which is row `first`; `texts` counts bytes of texts by column."""
    graphs = _graphs(path, table, first)
    try:
        descriptions.check_undescribed((OPS[index].name for index in np.unique(graphs.ops).tolist()), own)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    ids, space = (_strings(path, table, name, first, texts) for name in ("id", "space"))
    frame = {name: metric_values(table[name]) for name in metrics}
    meta = None
    if "meta" in table.column_names:
        meta = metadata.of_texts(path, text_values(path, "meta", table["meta"], metadata.MAX_META, texts), first)
    return TablePart(graphs, ids, space, frame, meta)


@contextmanager
def open_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """A Parquet file whose packed texts are read as dictionaries: a text that is repeated stays one text in memory.

    It is Python that opens it, here and elsewhere: Arrow's own files have names in UTF-8 alone.

    Raises:
        InputError: it would unpack to more than `MAX_VALUES` values a column or `MAX_BYTES` bytes.
        OSError, pa.ArrowException: the file is no Parquet file.
    """
    found = footer.chunks(path)
    values = Counter[str]()
    for chunk in found:
        values[chunk.path] += chunk.values
    if max(values.values(), default=0) > MAX_VALUES or sum(chunk.size for chunk in found) > MAX_BYTES:
        raise InputError(f"{path} unpacks to more than {MAX_VALUES} values or {MAX_BYTES >> 30} GiB; split it")
    packed = sorted({chunk.path for chunk in found if chunk.packed_text})
    with path.open("rb") as raw, pq.ParquetFile(raw, read_dictionary=packed, page_checksum_verification=True) as file:
        yield file


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds a metric."""
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def metric_values(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """A numeric column as float64, [rows]; NaN where it is empty."""
    values: NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy()
    return values


def _graphs(path: Path, table: pa.Table, first: int) -> GraphColumns:
    ops, sizes = _lists(path, table, "ops", first)
    source, counts = _lists(path, table, "edge_src", first)
    target, target_counts = _lists(path, table, "edge_dst", first)
    if not np.array_equal(counts, target_counts):
        row = first + int((counts != target_counts).argmax())
        raise InputError(f"{path}, row {row}: `edge_src` and `edge_dst` differ in length")
    graphs = GraphColumns(ops, np.stack([source, target]), pointers(sizes), pointers(counts))
    row_or_none = sort_and_check(graphs)
    if row_or_none is not None:
        _explain(path, table, row_or_none, first)
    return graphs


def _explain(path: Path, table: pa.Table, row: int, first: int) -> None:
    ops, source, target = (table[name][row].as_py() for name in ("ops", "edge_src", "edge_dst"))
    try:
        check_architecture(ops, list(zip(source, target, strict=True)))
    except GraphError as error:
        raise InputError(f"{path}, row {first + row}: {error}") from error
    raise InputError(f"{path}, row {first + row}: not an architecture")


def _lists(path: Path, table: pa.Table, name: str, row: int) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """All values of a list column (operations as indices, -1 for unknown ones) and the length of each list;
    the first is row `row` of the file."""
    kind = table[name].type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        raise InputError(f"{path}, column {name}: a list is needed, but got {kind}")
    convert = _operations if name == "ops" else _node_numbers
    values, lengths = [np.empty(0, np.int16)], [np.empty(0, np.int64)]
    for chunk in table[name].chunks:
        if chunk.null_count:
            raise InputError(f"{path}, row {row + chunk.is_null().index(True).as_py()}: `{name}` is missing")
        try:
            values.append(convert(chunk.flatten()))
        except pa.ArrowException as error:
            raise InputError(f"{path}, column {name}: {str(error).splitlines()[0]}") from error
        lengths.append(pc.list_value_length(chunk).cast(pa.int64()).to_numpy(zero_copy_only=False))
        row += len(chunk)
    return np.concatenate(values), np.concatenate(lengths)


def _operations(values: pa.Array) -> NDArray[np.int16]:
    if not pa.types.is_dictionary(values.type):
        values = values.cast(pa.string()).dictionary_encode()
    names = values.dictionary.cast(pa.string())
    known = [name in OPS for name in names.to_pylist()] if len(names) <= 1 << 15 else [False]
    indices = np.array([OPS.index(n) if k else -1 for n, k in zip(names.to_pylist(), known, strict=False)] or [-1])
    if not values.null_count:
        return indices.astype(np.int16)[values.indices.to_numpy()]
    index = values.indices.fill_null(0).to_numpy()
    return np.where(values.is_valid().to_numpy(zero_copy_only=False), indices[index], -1).astype(np.int16)


def _node_numbers(values: pa.Array) -> NDArray[np.int16]:
    numbers: NDArray[np.int16] = values.cast(pa.int16()).fill_null(-1).to_numpy(zero_copy_only=False)
    return numbers


def _strings(path: Path, table: pa.Table, name: str, first: int, texts: Counter[str]) -> pa.Array:
    """The column `id` or `space`, with the row number or "" where it is empty."""
    numbers = np.arange(first, first + table.num_rows)
    default = pa.array(numbers).cast(pa.string()) if name == "id" else pa.repeat("", table.num_rows)
    if name not in table.column_names:
        return default
    return pc.coalesce(text_values(path, name, table[name], used=texts), default)


def text_values(
    path: Path, name: str, column: pa.ChunkedArray, longest: int = MAX_STRING, used: Counter[str] | None = None
) -> pa.Array:
    """A column of texts or whole numbers as texts, [rows]; empty where it is empty.

    Args:
        path, name: for errors.
        column: some or all of its rows.
        longest: bytes of a text.
        used: bytes of texts by column, of the rows before; these are added.

    Raises:
        InputError: it holds something else, a text of more than `longest` bytes, or more than `MAX_TEXT` in all.
    """
    chunks = [pa.array([], pa.string())]
    used = Counter() if used is None else used
    for chunk in column.chunks:
        texts = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
        kind = texts.type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)):
            raise InputError(f"{path}, column {name}: texts are needed, but got {kind}")
        try:
            texts.validate(full=True)
            lengths = pc.binary_length(texts.cast(pa.string())).cast(pa.int64())
            most = pc.max(lengths).as_py() or 0
            if most > longest:
                raise InputError(f"{path}, column {name}: a text of {most} bytes; at most {longest} are read")
            used[name] += pc.sum(lengths if texts is chunk else lengths.take(chunk.indices)).as_py() or 0
            if used[name] > MAX_TEXT:
                raise InputError(f"{path}, column {name}: more than {MAX_TEXT >> 20} MiB of text; split the file")
            chunks.append(chunk.cast(pa.string()))
        except pa.ArrowException as error:
            raise InputError(f"{path}, column {name}: {str(error).splitlines()[0]}") from error
    return pa.concat_arrays(chunks)
