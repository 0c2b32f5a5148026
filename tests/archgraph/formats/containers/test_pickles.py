"""Pickles from others: data come through, everything else is refused by name, and nothing runs."""

from __future__ import annotations

import bz2
import io
import os
import pickle
import zipfile
from collections import OrderedDict, defaultdict

import numpy as np
import pytest
import torch
from broken_inputs import COUNTS, cut_or_flip

from archgraph import InputError
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


def saved(value, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def read(tmp_path, data, name="x.pickle"):
    (tmp_path / name).write_bytes(data)
    return load(tmp_path / name)


def check_plain(found):
    assert found["numbers"] == PLAIN["numbers"]
    assert found["text"] == "é"
    assert found["bytes"] == b"\x00\xff"
    assert found["data", 777] == {"nested": (1, {2, 3}, frozenset([4]))}
    assert found["ordered"] == {"a": 1, "b": 2}
    assert found["default"] == {"x": [1]}
    assert found["number"] == 2.5
    for key in ("array", "fortran", "flag", "scalar"):
        assert np.array_equal(found[key].numpy(), PLAIN[key])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_data_come_through_every_protocol(tmp_path, protocol):
    check_plain(read(tmp_path, pickle.dumps(PLAIN, protocol)))


def test_a_bz2_compressed_pickle_is_read(tmp_path):
    check_plain(read(tmp_path, bz2.compress(pickle.dumps(PLAIN, 4)), "x.pickle.pbz2"))


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_come_through_torchs_files(tmp_path, zipped):
    base = torch.arange(24.0)
    tensors = {
        "view": base.reshape(4, 6).T[1:3],
        "whole": torch.tensor(7),
        "half": torch.tensor([0.5], dtype=torch.half),
        "flags": torch.tensor([True, False]),
        "weight": torch.nn.Parameter(torch.ones(2, 2)),
        "empty": torch.empty(0, 3),
    }
    found = read(tmp_path, saved(PLAIN | tensors, _use_new_zipfile_serialization=zipped), "x.pth")
    check_plain(found)
    for key, tensor in tensors.items():
        assert np.array_equal(found[key].numpy(), tensor.detach().numpy()), key


class Calls:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.system, "system"),
        (eval, "builtins.eval"),
        (getattr, "getattr"),
        (open, "open"),
        (torch.load, "torch.serialization.load"),
    ],
)
def test_a_function_is_refused_by_name_and_not_called(tmp_path, function, name, protocol):
    marker = tmp_path / "called"
    data = pickle.dumps(Calls(function, f"touch {marker}"), protocol).replace(b"__builtin__", b"builtins")
    with pytest.raises(InputError, match=name):
        read(tmp_path, data)
    assert not marker.exists()


def test_a_class_of_others_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"torch\.nn\.modules\.linear\.Linear"):
        read(tmp_path, saved(torch.nn.Linear(2, 2)), "x.pth")


@pytest.mark.parametrize(
    "call",
    [
        (bytes, 1 << 40),
        (bytearray, 1 << 40),
        (list, "text"),
        (int, "9" * 9000),
        (np.dtype, "O"),
        (np.ndarray, (1 << 40,)),
        (np.dtype, "U99999999"),
    ],
)
def test_an_admitted_name_builds_only_what_it_should(tmp_path, call):
    with pytest.raises(InputError):
        read(tmp_path, pickle.dumps(Calls(*call), 2))


def test_admitted_functions_cannot_be_changed(tmp_path):
    state = pickle.dumps({"_call": 1}, 2)[2:-1]
    with pytest.raises(InputError, match="change"):
        read(tmp_path, b"\x80\x02ccollections\nOrderedDict\n" + state + b"b.")


def test_bombs_are_refused_before_they_unpack(tmp_path):
    with pytest.raises(InputError, match="bomb"):
        read(tmp_path, bz2.compress(bytes(65 << 20)), "x.pickle.pbz2")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(65 << 20))
    with pytest.raises(InputError, match="bomb"):
        read(tmp_path, buffer.getvalue(), "x.pth")


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no file .*x\.pth"):
        load(tmp_path / "x.pth")
    with pytest.raises(InputError, match=tmp_path.name):
        load(tmp_path)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("form", ["plain", "bz2", "zip", "legacy"])
def test_damaged_pickles_are_refused_or_read(survives, form, count):
    small = {"a": [1, 2.5, "x"], "t": torch.arange(3.0) if form in ("zip", "legacy") else 0, "n": np.arange(4.0)}
    data = {
        "plain": lambda: pickle.dumps(small, 2),
        "bz2": lambda: bz2.compress(pickle.dumps(small, 4)),
        "zip": lambda: saved(small),
        "legacy": lambda: saved(small, _use_new_zipfile_serialization=False),
    }[form]()
    assert survives(load, cut_or_flip(data), "x.pth", count) > count / 5
