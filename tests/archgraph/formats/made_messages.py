"""Protobuf messages and TFRecord files, written for the tests of their readers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from archgraph.formats.containers.tfrecord import crc32c, masked


def varint(value: int) -> bytes:
    """A number that is not negative."""
    parts = [value & 127]
    while value := value >> 7:
        parts[-1] |= 128
        parts.append(value & 127)
    return bytes(parts)


def field(number: int, value: float | str | bytes) -> bytes:
    """One field: a whole number as a varint, any other as a double, texts and messages with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def write_records(path: Path, records: Sequence[bytes]) -> None:
    """A TFRecord file."""
    heads = [struct.pack("<Q", len(record)) for record in records]
    sums = zip(masked(crc32c(heads)).tolist(), masked(crc32c(records)).tolist(), strict=True)
    with path.open("wb") as file:
        for head, record, (head_sum, body_sum) in zip(heads, records, sums, strict=True):
            file.write(head + struct.pack("<I", head_sum) + record + struct.pack("<I", body_sum))
