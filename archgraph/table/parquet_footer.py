"""What a Parquet file claims to hold, read from its footer before Arrow unpacks anything.

The footer is a Thrift structure in the compact protocol: `FileMetaData` has row groups (field 4), a row group has
column chunks (1), a chunk has metadata (3) with its type (1), encodings (2), path (3), values (5) and unpacked bytes
(6). pyarrow's own view of a chunk ends the process on some damaged footers, so it is not
asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archgraph.errors import InputError

MAX_FOOTER = 1 << 26  # bytes
_BYTE_ARRAY = 6
_OWN_BYTES = frozenset((0, 3, 4))  # encodings in which every text takes its own bytes: plain, RLE, bit-packed
_MAX_DEPTH = 16


@dataclass(frozen=True)
class Chunk:
    """A column chunk: path in the schema, values, unpacked bytes, and whether it holds packed texts."""

    path: str
    values: int
    size: int
    packed_text: bool


def chunks(path: Path) -> list[Chunk]:
    """All column chunks of a Parquet file.

    Raises:
        InputError: the file has no readable footer.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != b"PAR1" or length + 8 > size or length > MAX_FOOTER:
            raise InputError(f"{path} is no Parquet file, or is cut short")
        file.seek(size - 8 - length)
        footer = file.read(length)
    try:
        return list(_chunks(_Thrift(footer).structure()))
    except (IndexError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{path}: the Parquet file's footer is damaged") from error


def _chunks(footer: dict[int, Any]) -> Iterator[Chunk]:
    for group in footer[4]:
        for column in group[1]:
            data = column[3]
            path = ".".join(part.decode() for part in data[3])
            text = data[1] == _BYTE_ARRAY and not _OWN_BYTES.issuperset(data[2])
            if not all(type(data[field]) is int and data[field] >= 0 for field in (5, 6)):
                raise ValueError("a chunk without a size")
            yield Chunk(path, data[5], data[6], text)


class _Thrift:
    """A reader of Thrift's compact protocol: structures as field number -> value."""

    def __init__(self, data: bytes) -> None:
        self._data, self._position = data, 0

    def structure(self, depth: int = 0) -> dict[int, Any]:
        """The structure at the present position."""
        found: dict[int, Any] = {}
        field = 0
        while header := self._byte():
            field = field + (header >> 4) if header >> 4 else self._signed()
            found[field] = self._value(header & 15, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 7:
            return self._bytes(8)
        if kind == 8:
            return self._bytes(self._unsigned())
        if kind in (9, 10):
            return self._list(depth + 1)
        if kind == 12:
            return self.structure(depth + 1)
        raise ValueError(f"unknown type {kind}")

    def _list(self, depth: int) -> list[Any]:
        header = self._byte()
        count = self._unsigned() if header >> 4 == 15 else header >> 4
        if count > len(self._data):
            raise ValueError("a list longer than the footer")
        kind = header & 15
        return [self._byte() if kind in (1, 2) else self._value(kind, depth) for _ in range(count)]

    def _bytes(self, count: int) -> bytes:
        part = self._data[self._position : self._position + count]
        if len(part) < count:
            raise ValueError("cut short")
        self._position += count
        return part

    def _byte(self) -> int:
        self._position += 1
        return self._data[self._position - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ValueError("a number too long")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
