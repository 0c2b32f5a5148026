"""`meta` of graphs: a JSON object each, kept as texts in one Arrow column, or as None where no graph has any."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from archgraph.errors import InputError

MAX_META = 1 << 16
"""Characters of one graph's `meta` as JSON."""


def to_text(meta: Mapping[str, Any] | None) -> str | None:
    """The JSON text of one graph's `meta`; None where it has none.

    Raises:
        InputError: it is no object of JSON values, or it is too long.
    """
    if meta is None:
        return None
    if not isinstance(meta, Mapping):
        raise InputError(f"`meta` must be an object, but got {str(meta)[:64]!r}")
    try:
        text = json.dumps(dict(meta), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"`meta` must hold JSON values ({error})") from error
    if len(text) > MAX_META:
        raise InputError(f"`meta` of {len(text)} characters; at most {MAX_META} are kept")
    return text


def to_column(texts: Iterable[str | None]) -> pa.Array | None:
    """Texts as an Arrow column, or None where all are None."""
    return _or_none(pa.array(texts, pa.string()))


def of_texts(path: Path, texts: pa.Array, first: int = 0) -> pa.Array | None:
    """The column `meta` of a file, checked and in the form that `to_text` gives.

    Raises:
        InputError: a text is no JSON object; the error names its row, where the first is row `first`.
    """
    different = texts.dictionary_encode()
    found = []
    for i, text in enumerate(different.dictionary.to_pylist()):
        try:
            found.append(to_text(_loaded(text)))
        except InputError as error:
            row = first + different.indices.index(i).as_py()
            raise InputError(f"{path}, row {row}: {error}") from error
    return _or_none(pa.DictionaryArray.from_arrays(different.indices, pa.array(found, pa.string())).cast(pa.string()))


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`meta` is not valid JSON ({error})") from error


def concatenate(columns: Iterable[tuple[int, pa.Array | None]]) -> pa.Array | None:
    """The columns of several tables, each with its number of graphs, end to end."""
    parts = [pa.nulls(n, pa.string()) if column is None else column for n, column in columns]
    return _or_none(pa.concat_arrays([pa.array([], pa.string()), *parts]))


def take(column: pa.Array | None, rows: pa.Array) -> pa.Array | None:
    """The column of some rows."""
    return None if column is None else _or_none(column.take(rows))


def _or_none(column: pa.Array) -> pa.Array | None:
    return None if column.null_count == len(column) else column
