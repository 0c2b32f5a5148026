"""TFRecord files: length, checksum of the length, data, checksum of the data; again and again.

The checksums are masked CRC-32C (Castagnoli). A table lookup a byte in Python would take an hour for a file of
2 GB, so the checksums of a few thousand records are computed side by side, one byte of each at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.persistence.files import check_plain

MAX_RECORD = 1 << 16  # bytes; the records of the benchmarks have less than 1,000
_HEAD = struct.Struct("<QI")
_TOGETHER = 4096  # records whose checksums are computed at once
_BYTES = 1 << 24  # of these records, each taken to be as long as the longest
_MASK = 0xA282EAD8  # kMaskDelta of TensorFlow's crc32c.h


def _table() -> NDArray[np.uint32]:
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, (values >> 1) ^ np.uint32(0x82F63B78), values >> 1)
    return values


_TABLE = _table()


def crc32c(texts: Sequence[bytes]) -> NDArray[np.uint32]:
    """The CRC-32C of each text, [len(texts)]."""
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    order = np.argsort(-sizes, kind="stable")
    longest = int(sizes.max(initial=0))
    columns = np.zeros((longest, len(texts)), dtype=np.uint8)
    for column, i in enumerate(order.tolist()):
        columns[: sizes[i], column] = np.frombuffer(texts[i], dtype=np.uint8)
    active = np.searchsorted(-sizes[order], -np.arange(longest), side="left")  # texts longer than each position
    state: NDArray[np.uint32] = np.full(len(texts), 0xFFFFFFFF, dtype=np.uint32)
    for position in range(longest):
        part = state[: active[position]]
        part[:] = _TABLE[(part ^ columns[position, : len(part)]) & 0xFF] ^ (part >> 8)
    result = np.empty_like(state)
    result[order] = state ^ np.uint32(0xFFFFFFFF)
    return result


def masked(crc: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The checksums as a file stores them."""
    rotated = (crc >> np.uint32(15)) | (crc << np.uint32(17))
    return (rotated + np.uint32(_MASK)).astype(np.uint32)


def read_records(path: Path) -> Iterator[bytes]:
    """The records of a TFRecord file, in order; only a few thousand are in memory at once.

    Raises:
        InputError: it does not begin as a TFRecord file, or a record is cut short, larger than `MAX_RECORD`, or fails a
            checksum; the text says which.
    """
    check_plain(path)
    number = longest = 0
    pending: list[tuple[bytes, bytes, int, int]] = []
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            index = number + len(pending)
            if len(head) < _HEAD.size:
                raise InputError(f"{path}, record {index}: cut short; get the file again")
            size, head_sum = _HEAD.unpack(head)
            if not index and masked(crc32c([head[:8]]))[0] != head_sum:
                raise InputError(f"{path} is no TFRecord file, or its beginning is damaged; get the file again")
            if size > MAX_RECORD:
                raise InputError(f"{path}, record {index}: {size} bytes; at most {MAX_RECORD} are read")
            body = file.read(size + 4)
            if len(body) < size + 4:
                raise InputError(f"{path}, record {index}: cut short; get the file again")
            longest = max(longest, size)
            if len(pending) == _TOGETHER or len(pending) * longest > _BYTES:
                yield from _checked(path, number, pending)
                number, longest = number + len(pending), size
                pending.clear()
            pending.append((head[:8], body[:-4], head_sum, int.from_bytes(body[-4:], "little")))
    yield from _checked(path, number, pending)


def _checked(path: Path, number: int, pending: list[tuple[bytes, bytes, int, int]]) -> list[bytes]:
    heads, bodies, head_sums, body_sums = (
        (list(column) for column in zip(*pending, strict=True)) if pending else [[]] * 4
    )
    for texts, sums in ((heads, head_sums), (bodies, body_sums)):
        wrong = np.flatnonzero(masked(crc32c(texts)) != np.array(sums, dtype=np.uint32))
        if len(wrong):
            raise InputError(f"{path}, record {number + int(wrong[0])}: wrong checksum; get the file again")
    return bodies
