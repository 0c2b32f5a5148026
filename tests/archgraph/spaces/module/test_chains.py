"""Many members of a space around a network at once: as one by one."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from archgraph.errors import GraphError
from archgraph.graph import ArchGraph
from archgraph.spaces.module.blocks import Block
from archgraph.spaces.module.space import ModuleSpace
from archgraph.table.table import ArchTable

BLOCKS = [
    Block("stem", {"width": (16, 8), "kernel": (3, 5)}),
    Block("a", {"depth": (2, 1, 3), "inner": (32, 16, 24)}),
    Block("b.0", {"depth": (1, 0), "groups": (1, 2), "activation": ("relu", "gelu")}),
    Block("head", {}),
    Block("c", {"depth": (0, 2)}),
]


@pytest.fixture
def space():
    return ModuleSpace("module:small.yaml", Path("small.safetensors"), BLOCKS)


def test_every_code_gives_the_graph_that_it_gives_alone_and_comes_back(space):
    codes = np.indices(space.options).reshape(len(space.options), -1).T
    table = space.table(codes)
    assert list(table) == [space.decode(code) for code in codes.tolist()]
    plain = [space.plain(code) for code in codes.tolist()]
    assert [tuple(code) for code in space.to_codes(table).tolist()] == plain
    assert [space.encode(graph) for graph in table] == plain
    every = space.enumerate()
    assert len(every) == space.size() == len(set(plain))
    assert [space.to_native(graph) for graph in every] == every.ids.tolist()


OTHERS = [
    (
        ["stem-w16-k3", "a-i32", "a-i32", "b.0-g1-relu", "head"],
        [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (0, 6)],
    ),
    (["stem-w16-k3", "a-i32", "a-i16", "b.0-g1-relu", "head"], None),
    (["a-i32", "a-i32", "stem-w16-k3", "b.0-g1-relu", "head"], None),
    (["stem-w16-k3", "a-i32", "b.0-g1-relu", "a-i32", "head"], None),
    (["stem-w16-k3", "a-i32", "a-i32", "a-i32", "a-i32", "head"], None),
    (["a-i32", "head"], None),
    (["stem-w16-k7", "a-i32", "head"], None),
    (["stem-w16-k3", "a-i32", "head", "c"], None),
    (["stem-w16-k3", "a-i32", "head", "head"], None),
    ([], None),
]


@pytest.mark.parametrize(("names", "edges"), OTHERS)
def test_what_is_no_member_is_refused_with_the_reason(space, names, edges):
    ops = ["input", *(f"block:{name}" for name in names), "output"]
    other = ArchGraph(ops, edges or [(i, i + 1) for i in range(len(ops) - 1)])
    with pytest.raises(GraphError, match="not a member"):
        space.to_codes(ArchTable.from_graphs([space.from_native("0" * len(space.options)), other]))


def test_members_are_made_in_little_time(space):
    codes = np.stack([np.random.default_rng(0).integers(n, size=20_000) for n in space.options], axis=1)
    started = time.process_time()
    space.to_codes(space.table(codes))
    assert time.process_time() - started < 2
