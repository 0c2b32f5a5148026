"""A CSV file as people save it: whatever parts its cells, in UTF-8 or UTF-16, with limits."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from archgraph.errors import InputError
from archgraph.formats.containers.json_file import MAX_FILE

SEPARATORS = (",", ";", "\t", "|")
MAX_HEADER = 1 << 20  # bytes of the first line
_BLOCK = 1 << 24  # bytes that are parsed at once, also the longest row


def read_csv(path: Path, texts: Collection[str]) -> tuple[pa.Table, str]:
    """The cells of a CSV file; a column is of numbers where each of its cells is a plain one or empty, else of texts.

    Args:
        path: the file; its first line names the columns.
        texts: columns that hold text even where it looks like numbers; they decide what parts the cells.

    Returns:
        The table, its names without blanks around them, and what parts the cells.

    Raises:
        InputError: it is too large, its first line is too long or no text, or has not these columns, or a cell swallows
            lines because the quotes around it are not closed.
        OSError, pa.ArrowException: it cannot be read.
    """
    if path.stat().st_size > MAX_FILE:
        raise InputError(f"{path}: a CSV file of more than {MAX_FILE >> 20} MiB is not read; use Parquet")
    with path.open("rb") as file:
        start = file.read(MAX_HEADER)
    encoding = "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    names, separator = _header(path, _first_line(path, start, encoding), texts)
    table = pa_csv.read_csv(
        path,
        pa_csv.ReadOptions(encoding="utf-16" if encoding == "utf-16" else "utf8", block_size=_BLOCK),
        pa_csv.ParseOptions(delimiter=separator, newlines_in_values=False),
        pa_csv.ConvertOptions(
            column_types={name: pa.string() for name in names if name.strip() in texts},
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    _check_quotes(path, encoding, separator, table)
    return table.rename_columns([name.strip() for name in table.column_names]), separator


def _check_quotes(path: Path, encoding: str, separator: str, table: pa.Table) -> None:
    """Check that cells of several lines have an end, as other readers than Arrow's do."""
    if not any(_has_lines(column) for column in table.columns):
        return
    start = 0
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file, delimiter=separator, strict=True)
        try:
            for _ in rows:
                start = rows.line_num
        except csv.Error as error:
            raise InputError(f"{path}, line {start + 1}: a cell whose quotes are not closed ({error})") from error


def _has_lines(column: pa.ChunkedArray) -> bool:
    text = pa.types.is_string(column.type) or pa.types.is_binary(column.type)
    return text and bool(pc.any(pc.match_substring_regex(column, r"[\r\n]")).as_py())


def _first_line(path: Path, start: bytes, encoding: str) -> str:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8 or UTF-16; save it as CSV in UTF-8") from None
    line = next(iter(text.splitlines()), "")
    if len(line) == len(text) and len(start) == MAX_HEADER:
        raise InputError(f"{path}: its first line has more than {MAX_HEADER >> 20} MiB; is it a CSV file?")
    return line


def _header(path: Path, line: str, wanted: Collection[str]) -> tuple[list[str], str]:
    """The names of the columns and what parts them: what gives all that are wanted, and of these the most columns."""
    found = {separator: next(csv.reader([line], delimiter=separator), []) for separator in SEPARATORS}
    missing = {s: [name for name in wanted if name not in map(str.strip, names)] for s, names in found.items()}
    separator = min(SEPARATORS, key=lambda s: (len(missing[s]), -len(found[s]), SEPARATORS.index(s)))
    names = found[separator]
    if missing[separator]:
        shown = ", ".join(names)[:400] or "none"
        raise InputError(
            f"{path} has no column {missing[separator][0][:64]!r}; parted by {separator!r} its first line has {shown}"
        )
    return names, separator
