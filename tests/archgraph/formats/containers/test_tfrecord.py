"""Records of a TFRecord file, with their checksums."""

from __future__ import annotations

import base64
import json
import struct
import tracemalloc

import pytest
from made_messages import field, write_records

from archgraph import InputError
from archgraph.formats.containers import tfrecord
from archgraph.formats.containers.tfrecord import crc32c, masked, read_records
from archgraph.formats.nasbench101 import read_nasbench101


def evaluation(*numbers: float) -> bytes:
    return b"".join(field(i, value) for i, value in enumerate(numbers, 1)) + field(6, b"path")


def message(test: float, params: int = 8_555_530) -> str:
    evaluations = (evaluation(0.0, 0.0, 0.1, 0.1, 0.1), evaluation(54.0, 10.0, 0.5, 0.5, 0.5))
    last = evaluation(108.0, 1769.0, 1.0, 0.93, test)
    parts = [field(1, part) for part in (*evaluations, last)]
    return base64.b64encode(b"".join([*parts, field(2, params), field(3, 2000.0)])).decode()


CELLS = {
    "a" * 32: ("0100001000010000", "input,conv3x3-bn-relu,maxpool3x3,output"),
    "b" * 32: ("011001000", "input,conv1x1-bn-relu,output"),
}

RECORDS = [
    [name, epochs, *cell, message(test)]
    for name, cell in CELLS.items()
    for epochs, test in ((108, 0.9), (108, 0.94), (4, 0.5))
]


def encoded(records) -> list[bytes]:
    return [json.dumps(record).encode() for record in records]


def test_the_checksum_is_castagnolis():
    assert [hex(crc) for crc in crc32c([b"123456789", b"", bytes(32)])] == ["0xe3069283", "0x0", "0x8a9136aa"]


def test_records_come_back_in_order(tmp_path):
    records = [bytes([i % 251]) * (i % 50) for i in range(10_000)]
    write_records(tmp_path / "x.tfrecord", records)
    assert list(read_records(tmp_path / "x.tfrecord")) == records


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0", b"id,accuracy\n1,0.9\n", bytes(100)])
def test_a_file_of_another_kind_is_called_one(tmp_path, data):
    (tmp_path / "x.tfrecord").write_bytes(data)
    with pytest.raises(InputError, match=r"x\.tfrecord is no TFRecord file"):
        list(read_records(tmp_path / "x.tfrecord"))


def test_a_wrong_checksum_is_named(tmp_path):
    write_records(tmp_path / "x.tfrecord", encoded(RECORDS))
    data = bytearray((tmp_path / "x.tfrecord").read_bytes())
    data[-30] ^= 1
    (tmp_path / "x.tfrecord").write_bytes(data)
    with pytest.raises(InputError, match=f"record {len(RECORDS) - 1}: wrong checksum"):
        read_nasbench101(tmp_path / "x.tfrecord")


def test_a_record_that_claims_a_huge_size_is_refused(tmp_path):
    size = struct.pack("<Q", 1 << 60)
    (tmp_path / "x.tfrecord").write_bytes(size + masked(crc32c([size])).tobytes() + b"x")
    with pytest.raises(InputError, match=f"at most {tfrecord.MAX_RECORD}"):
        read_nasbench101(tmp_path / "x.tfrecord")


def test_one_long_record_among_many_short_ones_takes_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(tfrecord, "_BYTES", 1 << 20)
    records = [bytes(1 << 13), *[b""] * 4095]
    for name, some in {"long": records[:1], "short": records[1:]}.items():
        write_records(tmp_path / name, some)
    (tmp_path / "x.tfrecord").write_bytes(((tmp_path / "long").read_bytes() + (tmp_path / "short").read_bytes()) * 2)
    tracemalloc.start()
    count = sum(1 for _ in read_records(tmp_path / "x.tfrecord"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, peak < 1 << 23) == (2 * len(records), True)
