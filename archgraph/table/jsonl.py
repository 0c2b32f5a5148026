"""Graph tables in JSON Lines: one object an architecture.

{"id": str?, "space": str?, "ops": [str, ...], "edges": [[src, dst], ...], "metrics": {str: float}?, "meta": {}?}

The first line that uses an operation of one's own describes it under `operations` (`archgraph.table.descriptions`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from archgraph.architecture import MAX_NODES, check_architecture
from archgraph.columns import GraphColumns, sort_and_check
from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.persistence.plain_json import once_each
from archgraph.table import descriptions
from archgraph.table import meta as metadata
from archgraph.table.parquet import MAX_STRING
from archgraph.table.parts import TablePart, join

MAX_LINE = 1 << 22  # characters of one line
_CHUNK = 1 << 13  # lines taken into columns at once


def lines(parts: Iterable[TablePart]) -> Iterator[str]:
    """One JSON object a graph."""
    known: set[str] = set()
    for part in parts:
        for start in range(0, len(part), _CHUNK):
            yield from _lines(part.between(start, min(start + _CHUNK, len(part))), known)


def _lines(part: TablePart, known: set[str]) -> Iterator[str]:
    """The same of a few rows; `known` are the operations that lines before have described, and these are added."""
    graphs, metrics = part.graphs, list(part.metrics)
    left = descriptions.described(OPS[index].name for index in np.unique(graphs.ops).tolist())
    left = {name: left[name] for name in left.keys() - known}
    known.update(left)
    numbers = list(zip(*(values.tolist() for values in part.metrics.values()), strict=True))
    ops, edges = [OPS[i].name for i in graphs.ops.tolist()], graphs.edges.T.tolist()
    node, edge = graphs.node_ptr.tolist(), graphs.edge_ptr.tolist()
    ids, space = part.ids.to_pylist(), part.space.to_pylist()
    notes = None if part.meta is None else part.meta.to_pylist()
    for i in range(len(part)):
        record: dict[str, Any] = {"id": ids[i]}
        if space[i]:
            record["space"] = space[i]
        record |= {"ops": ops[node[i] : node[i + 1]], "edges": edges[edge[i] : edge[i + 1]]}
        if left and (own := [name for name in dict.fromkeys(record["ops"]) if name in left]):
            record[descriptions.FIELD] = {name: left.pop(name) for name in own}
        if numbers and (measured := {k: v for k, v in zip(metrics, numbers[i], strict=True) if v == v}):
            record["metrics"] = measured
        if notes and notes[i] is not None:
            record["meta"] = json.loads(notes[i])
        yield json.dumps(record)


def read(path: Path) -> TablePart:
    """The graphs of a JSON Lines file, each of them checked, and the other columns.

    Raises:
        InputError: a line is malformed or no architecture; the text names it.
        OSError, UnicodeDecodeError: the file cannot be read as text.
    """
    records: list[dict[str, Any]] = []
    numbers: list[int] = []
    parts: list[TablePart] = []
    own: set[str] = set()

    def take(first: int) -> int:
        graphs = _columns(path, records, numbers)
        names = (r.get("id") for r in records)
        ids = [str(row if name is None else name) for row, name in enumerate(names, start=first)]
        space = [r.get("space") or "" for r in records]
        frame = pd.DataFrame([r.get("metrics") or {} for r in records], index=range(len(records)), dtype=float)
        metrics = {str(name): frame[name].to_numpy() for name in frame}
        meta = metadata.to_column(r.get("meta") for r in records)
        parts.append(TablePart(graphs, pa.array(ids, pa.string()), pa.array(space, pa.string()), metrics, meta))
        records.clear()
        numbers.clear()
        return first + len(ids)

    with path.open(encoding="utf-8") as file:
        number = rows = 0
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if not line.strip():
                continue
            try:
                records.append(_parse(line, own))
            except InputError as error:
                raise InputError(f"{path}, line {number}: {error}") from error
            numbers.append(number)
            if len(records) == _CHUNK:
                rows = take(rows)
    if records:
        rows = take(rows)
    if not rows:
        raise InputError(f"{path} holds no graph; each line is one JSON object with `ops` and `edges`")
    whole = join(parts, rows)
    try:
        descriptions.check_undescribed((OPS[index].name for index in np.unique(whole.graphs.ops).tolist()), own)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return whole


def _columns(path: Path, records: list[dict[str, Any]], numbers: list[int]) -> GraphColumns:
    """The graphs of some records; `numbers` are the lines they stand on."""
    graphs = GraphColumns.from_lists([(r["ops"], r["edges"]) for r in records])
    row = sort_and_check(graphs)
    if row is not None:
        try:
            check_architecture(records[row]["ops"], records[row]["edges"])
        except InputError as error:
            raise InputError(f"{path}, line {numbers[row]}: {error}") from error
    return graphs


def _parse(line: str, own: set[str]) -> dict[str, Any]:
    """The record of one line, its `meta` as text; types are checked, and that operations and nodes can be stored.

    Operations that it describes are registered, and their names added to `own`.
    """
    if len(line) > MAX_LINE:
        raise InputError(f"longer than {MAX_LINE} characters")
    try:
        record = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON ({error})") from error
    if not isinstance(record, dict):
        raise InputError("not a JSON object with `ops` and `edges`")
    if described := record.get(descriptions.FIELD):
        descriptions.register(described)
        own.update(described)
    ops, edges = record.get("ops"), record.get("edges")
    if not isinstance(ops, list) or not isinstance(edges, list):
        raise InputError(f"`{'edges' if isinstance(ops, list) else 'ops'}` must be a list")
    if len(ops) > MAX_NODES:
        raise InputError(f"an architecture has at most {MAX_NODES} nodes, but got {len(ops)}")
    if not _LIST.issuperset(map(type, edges)):
        raise InputError("`edges` must be a list of pairs [source, target]")
    if not _can_be_stored(ops, edges):
        check_architecture(ops, edges)
    if max(len(str(record.get(key) or "")) for key in ("id", "space")) > MAX_STRING:
        raise InputError(f"`id` or `space` is longer than {MAX_STRING} characters")
    if not isinstance(record.get("space") or "", str):
        raise InputError("`space` must be a string")
    if type(record.get("id")) not in (str, int, type(None)):
        raise InputError("`id` must be a string or a whole number")
    metrics = record.get("metrics") or {}
    if not isinstance(metrics, dict) or not all(map(is_metric, metrics.values())):
        raise InputError("`metrics` must be an object of finite numbers")
    record["meta"] = metadata.to_text(record.get("meta"))
    return record


def _can_be_stored(ops: list[Any], edges: list[list[Any]]) -> bool:
    """Whether the columns can hold the graph; that it is an architecture is checked there."""
    if not _TEXT.issuperset(map(type, ops)) or not all(name in OPS for name in set(ops)):
        return False
    ends = list(chain.from_iterable(edges))
    whole = _NUMBER.issuperset(map(type, ends)) and _PAIR.issuperset(map(len, edges))
    return whole and (not ends or (min(ends) >= 0 and max(ends) < MAX_NODES))


def _no_constant(name: str) -> None:
    raise InputError(f"{name} is not a JSON number")


def is_metric(value: object) -> bool:
    """Whether a value from a JSON file can be a metric: a number that a float64 can hold, and finite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=once_each)
_TEXT, _NUMBER, _LIST, _PAIR = frozenset((str,)), frozenset((int,)), frozenset((list,)), frozenset((2,))
