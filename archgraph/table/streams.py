"""Tables of any length, some rows at a time: read while they are used, written while they are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.table import files
from archgraph.table.parquet import ROWS
from archgraph.table.table import ArchTable


def read_parts(path: Path | str, rows: int = ROWS) -> Iterator[ArchTable]:
    """The graphs of a file, each checked, so many rows at a time; the last table is as long as it comes.

    A Parquet file of any length passes through in bounded memory; a JSON Lines file is read at once.

    Raises:
        InputError: as `ArchTable.read`, but some faults only where they stand.

    Example:
        >>> from archgraph.table.streams import read_parts
        >>> len(next(read_parts("cells.parquet", rows=20)))
        20
    """
    check_whole(1, rows=rows)
    return map(ArchTable.from_part, files.parts(path, rows))


def write_parts(path: Path | str, tables: Iterable[ArchTable]) -> None:
    """Write the rows of all tables, in order, while they are made; whole or not at all.

    Args:
        path: .jsonl or .parquet.
        tables: with the same metrics; each is dropped before the next but one is asked for.

    Raises:
        InputError: a table has other metrics than the first, there is none, or as `ArchTable.write`.

    Example:
        >>> from archgraph.table.streams import read_parts, write_parts
        >>> write_parts("large.parquet", (part.query("nodes > 4") for part in read_parts("cells.parquet")))
    """
    rest = iter(tables)
    begun = [table for table in (next(rest, None), next(rest, None)) if table is not None]
    if not begun:
        raise InputError("there is no table to write")
    metrics = list(map(str, begun[0].metrics))
    with_meta = len(begun) > 1 or begun[0].meta_texts is not None  # who knows what the later ones have
    known = [operation.name for operation in OPS]
    files.write(path, (table.part for table in _alike(begun, rest, metrics)), metrics, with_meta, known)


def _alike(begun: list[ArchTable], rest: Iterator[ArchTable], metrics: list[str]) -> Iterator[ArchTable]:
    """All of them, one after another; those that are begun with are not held."""
    begun.reverse()
    for table in chain(iter(lambda: begun.pop() if begun else None, None), rest):
        if list(map(str, table.metrics)) != metrics:
            raise InputError(
                f"the tables of a file have the same metrics, but got {list(table.metrics)} after {metrics}"
            )
        yield table
