"""The vocabulary of operations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from archgraph import ArchGraph, ArchTable, InputError, Operation
from archgraph.ops import OPS, Vocabulary

BASE = Operation("test-grouped", "conv", kernel=5, groups=4, expansion=2.0, activation="pre", norm=True)


def test_an_operation_of_a_users_own_works_everywhere_at_once(tmp_path):
    index = OPS.register(BASE)
    assert OPS.register(BASE) == index
    assert np.array_equal(OPS.features()[index], np.float32(BASE.features()))
    graph = ArchGraph(["input", "test-grouped", "output"], [(0, 1), (1, 2)])
    assert graph != ArchGraph(["input", "identity", "output"], [(0, 1), (1, 2)])
    for suffix in ("jsonl", "parquet"):
        ArchTable.from_graphs([graph]).write(tmp_path / f"t.{suffix}")
        assert ArchTable.read(tmp_path / f"t.{suffix}")[0] == graph


def test_a_name_stands_for_one_operation():
    vocabulary = Vocabulary([BASE])
    with pytest.raises(InputError, match="already registered with other properties"):
        vocabulary.register(replace(BASE, kernel=7))
    with pytest.raises(InputError, match="unknown operation 'nothing'; choose from"):
        OPS.index("nothing")


def test_an_error_names_some_choices_however_many_there_are():
    many = Vocabulary([replace(BASE, name=f"test-{number}") for number in range(1000)])
    with pytest.raises(InputError, match=r"choose from .* and \d+ more$") as caught:
        many.index("nothing")
    assert len(str(caught.value)) < 3000
