"""A pickle's opcodes are walked before any is run."""

from __future__ import annotations

import bz2
import pickle
import time
from collections import OrderedDict, defaultdict

import numpy as np
import pytest

from archgraph import InputError
from archgraph.formats.containers.opcodes import walk
from archgraph.formats.containers.pickles import load

PLAIN = {
    "numbers": [1, -2, 2.5, True, None, 2**70, 3j],
    "text": "é",
    "bytes": b"\x00\xff",
    ("data", 777): {"nested": (1, {2, 3}, frozenset([4]))},
    "ordered": OrderedDict(a=1, b=2),
    "default": defaultdict(list, {"x": [1]}),
    "number": np.float64(2.5),
    "array": np.arange(6, dtype=np.float32).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "flag": np.array([True, False]),
    "scalar": np.array(5, dtype=">i4"),
}


def read(tmp_path, data, name="x.pickle"):
    (tmp_path / name).write_bytes(data)
    return load(tmp_path / name)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x80\x02}r\xff\xff\xff\x7f.", "runs ahead"),
        (b"p99999999999\nN.", "runs ahead|cut short"),
        (b"\x80\x04\x8e" + b"\xff" * 8 + b".", "announces more"),
        (b"\x80\x04\x96" + b"\xff" * 8 + b".", "announces more"),
        (b"\x80\x02\x8b\xff\xff\xff\x7f.", "announces more"),
        (b"\x80\x04\x95" + b"\xff" * 8 + b"N.", "pickle"),
        (b"\x80\x02\x82\x01.", "EXT1"),
        (b"\xfe", "0xfe"),
        (b"", "cut short"),
        (b"(" * 100, "cut short"),
        (b"." * 3, "pickle"),
        (b"\x80\x02cos\n" + b"x" * 9000, "4,096"),
    ],
)
def test_a_pickle_that_announces_more_than_it_has_is_refused(tmp_path, data, reason):
    with pytest.raises(InputError, match=reason):
        read(tmp_path, data)


def test_the_end_of_a_pickle_is_found_without_running_it():
    data = pickle.dumps(PLAIN, 2)
    assert walk(b"xx" + data + b"yy", 2).end == len(data) + 2


BOMBS = {
    "sets": b"\x80\x04(" + b"\x8f" * 20_000_000 + b"t.",
    "marks": b"\x80\x04" + b"(" * 20_000_000 + b"N.",
    "copies": b"\x80\x02(" + b"]q\x00(" + b"N" * 100_000 + b"e" + b"c__builtin__\nlist\nh\x00\x85R" * 10_000 + b"t.",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_that_makes_many_objects_is_refused_before_it_makes_them(tmp_path, name):
    (tmp_path / "x.pickle.pbz2").write_bytes(bz2.compress(BOMBS[name]))
    begun = time.process_time()
    with pytest.raises(InputError, match="bomb"):
        load(tmp_path / "x.pickle.pbz2")
    assert time.process_time() - begun < 60  # it took seconds; without a bound it would be minutes and gigabytes


def test_many_plain_values_are_read(tmp_path):
    values = [{"a": i, "b": [float(i)], ("c", i): None} for i in range(100_000)]
    assert read(tmp_path, bz2.compress(pickle.dumps(values, 4)), "x.pickle.pbz2") == values
