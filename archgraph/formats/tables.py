"""Any table with a column of native forms: CSV, Parquet, JSON or JSON Lines.

Every column of numbers becomes a metric, also as people write them (`number_columns`), and what is left out is said. A
table without native forms can name its graphs by their ids in another file.
A table with several rows an architecture, one a data set for instance, is spread by the column that tells them apart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from archgraph import spaces
from archgraph.columns import GraphColumns
from archgraph.errors import InputError
from archgraph.formats.containers.csv_file import read_csv
from archgraph.formats.containers.json_file import read_json
from archgraph.formats.natives import columns_of, metric_name
from archgraph.formats.number_columns import may_be_numbers, read_numbers, say_left_out, say_missing
from archgraph.persistence.files import check_plain
from archgraph.persistence.plain_json import once_each
from archgraph.spaces.base import Space
from archgraph.table.jsonl import MAX_LINE, is_metric
from archgraph.table.parquet import COLUMNS, ROWS, is_number, metric_values, open_parquet, text_values
from archgraph.table.table import ArchTable

SUFFIXES = (".csv", ".parquet", ".json", ".jsonl")
_UNNAMED = re.compile(r"|Unnamed: \d+|__index_level_\d+__")  # as pandas keeps the numbers of rows
_FEW = 64  # rows that tell whether a column is worth reading
_MAX_LABELS = 64  # different values of a column that a table is spread by


@dataclass(frozen=True)
class Options:
    """How a table is read.

    Args:
        native: the column of native forms, or of ids in `graphs`.
        id: the column of ids; default the native forms.
        spread: a column whose few values tell the rows of one architecture apart, and lead the metrics' names.
        missing: a number that stands for "not measured".
        graphs: where the architectures come from if the table has no native forms.
    """

    native: str
    id: str | None = None
    spread: str | None = None
    missing: float | None = None
    graphs: ArchTable | None = None


def read_tables(
    *paths: Path | str,
    native: str | None = None,
    space: str | None = None,
    id: str | None = None,
    spread: str | None = None,
    missing: float | None = None,
    graphs: Path | str | None = None,
) -> ArchTable:
    """The architectures of all tables; `graphs` is a graph file, all else as in `Options` and `read_native_table`.

    Raises:
        InputError: the column of native forms or the space is not named, or as `read_native_table`.
    """
    if native is None or (space is None and graphs is None):
        raise InputError("import table needs --native COLUMN and --space SPACE (or --graphs GRAPHS)")
    known = None if graphs is None else ArchTable.read(graphs)
    options = Options(native, id=id, spread=spread, missing=missing, graphs=known)
    return ArchTable.concatenate([read_native_table(path, space or "", options) for path in paths])


def table_parts(*paths: Path | str, **options: Any) -> Iterator[ArchTable]:
    """The architectures of `read_tables`, some at a time where that is possible: of one Parquet file with native forms,
    of which only the columns of numbers are then held.

    Args:
        paths, options: as of `read_tables`.

    Raises:
        InputError: as `read_tables`, but some faults only where they stand.
    """
    path = Path(paths[0])
    whole = {"spread", "graphs"} & options.keys() or options.get("native") in (None, "ops") or "space" not in options
    if whole or len(paths) > 1 or path.suffix.lower() != ".parquet":
        yield read_tables(*paths, **options)
        return
    native, names = options["native"], Options(options["native"], options.get("id"), missing=options.get("missing"))
    used = list(dict.fromkeys(name for name in (native, names.id) if name is not None))
    table, _ = _read(path, used, held=False)
    metrics = _plain(_metrics(path, table, names, False))
    space, first, texts = _space(path, options["space"], native), 0, Counter[str]()
    with open_parquet(path) as file:
        for batch in file.iter_batches(ROWS, columns=used):
            some = pa.Table.from_batches([batch])
            found = {name: _texts(path, some, name, first, texts) for name in used}
            graphs = _graphs(path, space, native, found[native], first)
            own = metrics[first : first + len(batch)].reset_index(drop=True)
            yield ArchTable.from_columns(graphs, ids=found[names.id or native], space=space.name, metrics=own)
            first += len(batch)


def read_native_table(path: Path | str, space: str, options: Options) -> ArchTable:
    """The architectures of a table, in order of appearance.

    Raises:
        InputError: the file is missing or malformed, a column is missing, or a native form is no member of `space`.
    """
    path = Path(path)
    if options.native == "ops" and path.suffix.lower() in (".parquet", ".jsonl"):
        return ArchTable.read(path)
    used = [name for name in (options.native, options.id, options.spread) if name is not None]
    table, decimal_comma = _read(path, used)
    natives = _texts(path, table, options.native)
    ids = natives if options.id is None else _texts(path, table, options.id)
    metrics = _metrics(path, table.drop_columns(list(dict.fromkeys(used))), options, decimal_comma)
    if options.spread is not None:
        natives, ids, metrics = _spread(path, natives, ids, metrics, _texts(path, table, options.spread))
    if options.graphs is not None:
        return _from_graphs(path, options.graphs, natives, metrics)
    found = _space(path, space, options.native)
    graphs = _graphs(path, found, options.native, natives)
    return ArchTable.from_columns(graphs, ids=ids, space=found.name, metrics=_plain(metrics))


def _space(path: Path, space: str, native: str) -> Space:
    try:
        return spaces.get(space)
    except InputError as error:
        raise InputError(f"{path}, column {native}: {error}") from error


def _graphs(path: Path, space: Space, native: str, natives: list[str], first: int = 0) -> GraphColumns:
    try:
        return columns_of(space, natives, first=first)
    except InputError as error:
        raise InputError(f"{path}, column {native}: {error}") from error


def _metrics(path: Path, table: pa.Table, options: Options, decimal_comma: bool) -> pd.DataFrame:
    """All columns of numbers."""
    metrics = pd.DataFrame(_numbers(path, table, decimal_comma), index=range(table.num_rows))
    return metrics if options.missing is None else metrics.mask(metrics == options.missing)


def _numbers(path: Path, table: pa.Table, decimal_comma: bool) -> dict[str, NDArray[np.float64]]:
    """All columns of numbers by name."""
    unnamed = [name for name in table.column_names if _UNNAMED.fullmatch(name)]
    if unnamed:
        say_left_out(path, [repr(name) for name in unnamed], "columns without a name")
    named = table.drop_columns(unnamed)
    numbers = {field.name: metric_values(named[field.name]) for field in named.schema if is_number(field.type)}
    for name, values in numbers.items():
        written = named[name].is_valid().to_numpy() & ~np.isfinite(values)
        if written.any():
            words = sorted({"nan" if np.isnan(value) else "inf" for value in values[written]})
            numbers[name] = np.where(np.isfinite(values), values, np.nan)
            say_missing(path, name, int((~np.isfinite(values)).sum()), len(values), words)
    texts = {f.name: _cells(path, named, f.name) for f in named.schema if not is_number(f.type)}
    numbers |= read_numbers(path, texts, decimal_comma)
    return {name: numbers[name] for name in named.column_names if name in numbers}


def _cells(path: Path, table: pa.Table, name: str) -> list[str | None]:
    try:
        cells: list[str | None] = table[name].cast(pa.string()).to_pylist()
    except pa.ArrowException:
        raise InputError(f"{path}, column {name[:64]}: no text in UTF-8; save the file in UTF-8") from None
    return cells


def _from_graphs(path: Path, graphs: ArchTable, ids: list[str], metrics: pd.DataFrame) -> ArchTable:
    row = {name: i for i, name in enumerate(graphs.ids)}
    if unknown := [name for name in ids if name not in row]:
        raise InputError(f"{path}: no graph has the id {unknown[0][:64]!r}; the graphs have {len(row)} ids")
    counts = Counter(graphs.ids) if len(row) < len(graphs) else {}
    if twice := [name for name in ids if counts.get(name, 1) > 1]:
        raise InputError(f"{path}: {counts[twice[0]]} graphs have the id {twice[0][:64]!r}; give them ids of their own")
    found = graphs[np.array([row[name] for name in ids], dtype=np.intp)]
    return ArchTable.from_columns(
        found.columns, ids=ids, space=found.space.tolist(), metrics=_plain(metrics), meta=found.meta_texts
    )


def _plain(metrics: pd.DataFrame) -> pd.DataFrame:
    """Metrics under names that a graph file can have, each of its own."""
    return metrics.rename(columns={name: _free(name, metrics) for name in COLUMNS if name in metrics})


def _free(name: str, metrics: pd.DataFrame) -> str:
    while name in metrics or name in COLUMNS:
        name = f"{name}_"
    return name


def _spread(
    path: Path, natives: list[str], ids: list[str], metrics: pd.DataFrame, labels: list[str]
) -> tuple[list[str], list[str], pd.DataFrame]:
    """One row an architecture: its metrics for each label side by side."""
    frame = metrics.assign(_native=natives, _label=labels)
    if frame["_label"].nunique() > _MAX_LABELS:
        raise InputError(f"{path}: a column to spread by has at most {_MAX_LABELS} different values")
    if frame.duplicated(["_native", "_label"]).any():
        row = int(np.argmax(frame.duplicated(["_native", "_label"])))
        raise InputError(f"{path}, row {row}: {natives[row][:64]!r} stands twice for {labels[row][:64]!r}")
    order = list(dict.fromkeys(natives))
    parts = {
        metric_name(label, name): rows.set_index("_native")[name].reindex(order).to_numpy()
        for label, rows in frame.groupby("_label", sort=False)
        for name in metrics
    }
    if len(parts) < frame["_label"].nunique() * len(metrics.columns):
        raise InputError(f"{path}: two labels of the column to spread by differ in signs alone; rename one")
    first = dict(zip(reversed(natives), reversed(ids), strict=True))
    return order, [first[native] for native in order], pd.DataFrame(parts)


def _texts(path: Path, table: pa.Table, name: str, first: int = 0, used: Counter[str] | None = None) -> list[str]:
    texts = text_values(path, name, table[name], used=used)
    if texts.null_count:
        raise InputError(f"{path}, row {first + texts.is_null().index(True).as_py()}, column {name}: empty")
    found: list[str] = texts.to_pylist()
    return found


def _read(path: Path, texts: list[str], held: bool = True) -> tuple[pa.Table, bool]:
    """The file as an Arrow table of numbers and texts, and whether its cells are parted as where commas part decimals.

    Args:
        path: the file.
        texts: columns that hold text even where it looks like numbers.
        held: whether these columns are part of the table; else the file is Parquet.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path}: a table ends in {', '.join(SUFFIXES)}")
    check_plain(path)
    separator = ","
    try:
        if suffix == ".parquet":
            table = _read_parquet(path, texts, held)
        elif suffix == ".csv":
            table, separator = read_csv(path, texts)
        else:
            table = _table(path, _json_lines(path) if suffix == ".jsonl" else read_json(path, str))
        _check_columns(path, texts if held else [], table.column_names)
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except InputError:
        raise
    except (OSError, ValueError, LookupError, MemoryError, pa.ArrowException) as error:
        raise InputError(f"cannot read {path}: {(str(error).splitlines() or ['unknown reason'])[0][:200]}") from error
    if not table.num_rows:
        raise InputError(f"{path} has no row")
    if twice := [name for name, count in Counter(table.column_names).items() if count > 1]:
        raise InputError(f"{path} has two columns of one name, {twice[0][:64]!r}; rename one")
    return table, separator == ";"


def _check_columns(path: Path, wanted: list[str], names: list[str]) -> None:
    if missing := [name for name in wanted if name not in names]:
        raise InputError(f"{path} has no column {missing[0][:64]!r}; it has {', '.join(names)[:400]}")


def _read_parquet(path: Path, texts: list[str], held: bool) -> pa.Table:
    with open_parquet(path) as file:
        _check_columns(path, texts, file.schema_arrow.names)
        others = [f.name for f in file.schema_arrow if f.name not in texts and not is_number(f.type)]
        left_out = [name for name in others if not _may_be_numbers(file, name)]
        if left_out:
            say_left_out(path, left_out, "no numbers")
        others = left_out if held else [*left_out, *texts]
        return file.read(columns=[name for name in file.schema_arrow.names if name not in others])


def _may_be_numbers(file: pq.ParquetFile, name: str) -> bool:
    """Whether a column of texts may be one of numbers, by its first rows."""
    field = file.schema_arrow.field(name)
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    some = next(file.iter_batches(_FEW, columns=[name]), None)
    return some is not None and may_be_numbers(some.column(0).cast(pa.string()).to_pylist())


def _json_lines(path: Path) -> list[Any]:
    rows = []
    with path.open(encoding="utf-8") as file:
        while line := file.readline(MAX_LINE + 1):
            try:
                found = json.loads(line, parse_constant=str, object_pairs_hook=once_each) if line.strip() else {}
                rows.append(found)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}, line {len(rows) + 1}: not valid JSON ({error})") from error
    return [row for row in rows if row != {}]


def _table(path: Path, content: Any) -> pa.Table:
    """From a list of objects, an object of columns, or an object of objects (its keys become the column `key`)."""
    if isinstance(content, dict) and content and all(isinstance(v, dict) for v in content.values()):
        content = [{"key": key, **value} for key, value in content.items()]
    elif isinstance(content, dict) and content and all(isinstance(v, list) for v in content.values()):
        if len({len(column) for column in content.values()}) > 1:
            raise InputError(f"{path}: columns of different lengths")
        content = [dict(zip(content, row, strict=True)) for row in zip(*content.values(), strict=True)]
    if not isinstance(content, list) or not content or not all(isinstance(row, dict) for row in content):
        raise InputError(f"{path}: a list of objects, or an object of columns or of objects, is needed")
    names = list(dict.fromkeys(name for row in content for name in row))
    columns = {name: _column([row.get(name) for row in content]) for name in names}
    if left_out := [name for name, column in columns.items() if column is None]:
        say_left_out(path, left_out, "no numbers")
    return pa.table({name: column for name, column in columns.items() if column is not None})


def _column(values: list[Any]) -> pa.Array | None:
    """A column of numbers or of texts, also where some are numbers; None where it holds anything else."""
    if all(v is None or (type(v) is int and abs(v) < 1 << 53) for v in values):
        return pa.array(values, pa.int64())
    if all(v is None or is_metric(v) for v in values):
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    if all(v is None or isinstance(v, str) or is_metric(v) for v in values):
        return pa.array([v if v is None or isinstance(v, str) else repr(v) for v in values], pa.string())
    return None
