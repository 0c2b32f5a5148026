"""The wire format of protocol buffers, as far as small messages need it: fields and their numbers.

A message is a row of fields; a field is a varint `number << 3 | type` and its value: type 0 a varint, 1 eight bytes,
2 a length and as many bytes, 5 four bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TypeVar

from archgraph.errors import InputError

Bytes = TypeVar("Bytes", bytes, memoryview)
_DOUBLE, _FLOAT = struct.Struct("<d"), struct.Struct("<f")


def fields(message: Bytes) -> Iterator[tuple[int, int | float | Bytes]]:
    """The fields of a message, as they come: number and value (type 1 as double, type 5 as float).

    Texts and messages in it are parts of it: of a memoryview nothing is copied.

    Raises:
        InputError: the message is cut short or has a field of an unknown type.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        kind = key & 7
        if kind == 0:
            number, position = _varint(message, position)
            yield key >> 3, number
            continue
        if kind == 2:
            size, position = _varint(message, position)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise InputError(f"a protobuf message has a field of unknown type {kind}")
        part = message[position : position + size]
        if len(part) < size:
            raise InputError("a protobuf message is cut short")
        position += size
        yield key >> 3, part if kind == 2 else (_DOUBLE if kind == 1 else _FLOAT).unpack(part)[0]


def varints(message: bytes | memoryview) -> list[int]:
    """The numbers of a packed field.

    Raises:
        InputError: it is cut short.
    """
    numbers, position = [], 0
    while position < len(message):
        number, position = _varint(message, position)
        numbers.append(number)
    return numbers


def _varint(message: bytes | memoryview, position: int) -> tuple[int, int]:
    """The number at `position` and the position after it."""
    value = 0
    for i, byte in enumerate(message[position : position + 10]):
        value |= (byte & 127) << (7 * i)
        if byte < 128:
            return value, position + i + 1
    raise InputError("a protobuf message is cut short")
