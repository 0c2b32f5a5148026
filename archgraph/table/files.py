"""Graph files by their suffix: .jsonl and .parquet, read and written whole or some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.persistence.files import atomic_path, check_plain
from archgraph.table import jsonl, parquet
from archgraph.table.parts import TablePart, even, slices

T = TypeVar("T")


def table_suffix(path: Path | str) -> str:
    """The suffix of a graph file, .jsonl or .parquet.

    Raises:
        InputError: it has another suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".jsonl", ".parquet"):
        raise InputError(f"{path}: a graph file ends in .jsonl or .parquet")
    return suffix


def write(
    path: Path | str, parts: Iterable[TablePart], metrics: Sequence[str], with_meta: bool, operations: Iterable[str]
) -> None:
    """Write the rows of all parts, whole or not at all; arguments as `parquet.write`.

    Raises:
        InputError: the suffix is another one, or the file cannot be written.
    """
    suffix = table_suffix(path)
    with atomic_path(path) as temporary:
        if suffix == ".parquet":
            parquet.write(temporary, parts, metrics, with_meta, operations)
        else:
            with temporary.open("w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in jsonl.lines(parts))


def read(path: Path | str) -> TablePart:
    """All rows of a file, each graph checked.

    Raises:
        InputError: the file is missing or malformed; the text names the line or row.
    """
    whole = {".parquet": parquet.read, ".jsonl": jsonl.read}[table_suffix(path)]
    check_plain(path)
    return _understood(path, lambda: whole(Path(path)))


def parts(path: Path | str, rows: int) -> Iterator[TablePart]:
    """The same, so many rows at a time; a Parquet file is read while they are asked for.

    Raises:
        InputError: as `read`, but some faults only where they stand.
    """
    if table_suffix(path) == ".jsonl":  # any line may bring a metric that those before it lack
        yield from slices(read(path), rows)
        return
    check_plain(path)
    found = even(parquet.parts(Path(path), rows), rows)
    while (part := _understood(path, lambda: next(found, None))) is not None:
        yield part


def _understood(path: Path | str, step: Callable[[], T]) -> T:
    """What a step of reading a file gives; what goes wrong is said in one line, and leaves no operation behind."""
    with _one_line(path), OPS.kept_if_whole():
        return step()


@contextmanager
def _one_line(path: Path | str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except InputError:
        raise
    except (OSError, ValueError, LookupError, MemoryError, pa.ArrowException) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"cannot read {path}: {reason}") from error
