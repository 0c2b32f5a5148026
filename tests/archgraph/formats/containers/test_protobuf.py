"""Fields of a protobuf message."""

from __future__ import annotations

import base64

import pytest
from made_messages import field

from archgraph import InputError
from archgraph.formats.containers import protobuf


def evaluation(*numbers: float) -> bytes:
    return b"".join(field(i, value) for i, value in enumerate(numbers, 1)) + field(6, b"path")


def message(test: float, params: int = 8_555_530) -> str:
    evaluations = (evaluation(0.0, 0.0, 0.1, 0.1, 0.1), evaluation(54.0, 10.0, 0.5, 0.5, 0.5))
    last = evaluation(108.0, 1769.0, 1.0, 0.93, test)
    parts = [field(1, part) for part in (*evaluations, last)]
    return base64.b64encode(b"".join([*parts, field(2, params), field(3, 2000.0)])).decode()


@pytest.mark.parametrize("message", [b"", b"\x08\x96\x01", b"\x12\x07testing", b"\x09" + bytes(8), b"\x0d" + bytes(4)])
def test_protobuf_fields_are_read(message):
    expected = {b"": [], b"\x08\x96\x01": [(1, 150)], b"\x12\x07testing": [(2, b"testing")]}
    assert list(protobuf.fields(message)) == expected.get(message, [(1, 0.0)])


@pytest.mark.parametrize("message", [b"\x08", b"\x12\x07test", b"\x0b", b"\x09\x00", b"\x80" * 20])
def test_a_protobuf_message_that_is_cut_short_is_refused(message):
    with pytest.raises(InputError, match="protobuf"):
        list(protobuf.fields(message))
