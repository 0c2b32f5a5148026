"""`archgraph space`: list, sample, enumerate and neighbors."""

import json

import pytest

from archgraph import ArchTable
from archgraph.cli.main import run


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "cells.jsonl"
    with pytest.raises(SystemExit):
        run(["space", "enumerate", "dag:1-3", "-o", str(path)])
    return path


def test_spaces_are_listed_sampled_enumerated_and_their_neighbours_found(archgraph, cells, tmp_path):
    assert "dag" in json.loads(archgraph("space", "list", "--json")[1])
    assert len(ArchTable.read(cells)) == 1 + 2 + 6
    _, first, _ = archgraph("space", "sample", "dag", "-n", 3, "--seed", 4)
    _, again, _ = archgraph("space", "sample", "dag", "-n", 3, "--seed", 4)
    assert first == again
    assert len(first.splitlines()) == 3
    assert archgraph("space", "neighbors", "dag:1-4", cells, "-o", tmp_path / "near.parquet")[0] == 0
    near = ArchTable.read(tmp_path / "near.parquet")
    assert {name.partition("/")[0] for name in near.ids} == set(ArchTable.read(cells).ids)


@pytest.mark.parametrize("name", ["dag:1-3", "dag:1-2x2", "nasbench201", "macro", "transnas", "transnas:macro"])
def test_listing_members_loads_no_torch(torch_after, tmp_path, name):
    assert not torch_after("space", "enumerate", name, "-o", str(tmp_path / "x.parquet"))
    assert not torch_after("space", "list", "--json")
