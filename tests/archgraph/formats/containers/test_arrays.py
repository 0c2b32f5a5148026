"""Arrays and tensors of a pickle, built from bounded bytes."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import torch

from archgraph import InputError
from archgraph.formats.containers.pickles import load, values


def saved(value, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def read(tmp_path, data, name="x.pickle"):
    (tmp_path / name).write_bytes(data)
    return load(tmp_path / name)


def test_numbers_arrays_and_tensors_become_values(tmp_path):
    found = read(tmp_path, saved({"t": torch.tensor([1.0, 2.0]), "a": np.array([[3]]), "n": 4}), "x.pth")
    assert [values(found[key]).tolist() for key in "tan"] == [[1, 2], [3], [4]]
    with pytest.raises(InputError, match="number is needed"):
        values("high")


def test_tensor_data_that_do_not_fit_are_refused(tmp_path):
    data = saved({"t": torch.ones(3)}, _use_new_zipfile_serialization=False)
    with pytest.raises(InputError, match="cut short"):
        read(tmp_path, data[:-4], "x.pth")
    with pytest.raises(InputError):
        read(tmp_path, data.replace(struct.pack("<Q", 3), struct.pack("<Q", 1 << 60)), "x.pth")
