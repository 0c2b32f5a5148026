"""FaDE's network of rows."""

import numpy as np
import pytest

from archgraph import ArchGraph, CompileError, spaces
from archgraph.cost import cost
from archgraph.networks.rows import split


def test_two_rows_are_counted_in_fades_network():
    graph = spaces.get("dag:1-4x2").from_native("1:|2:0-1")
    expected = (27 * 16 + 16) + (9 * 16 * 16 + 16) + (9 * 16 * 64 + 64) + 2 * (9 * 64 * 64 + 64) + 64 * 2 * 2 * 10 + 10
    assert cost(graph, "dag:1-4x2").params == expected
    wide = (27 * 8 + 8) + (9 * 8 * 8 + 8) + (9 * 8 * 32 + 32) + 2 * (9 * 32 * 32 + 32) + 32 * 2 * 2 * 5 + 5
    assert cost(graph, "dag:1-4x2", classes=5, width=32).params == wide


@pytest.mark.parametrize("name", ["dag:3", "dag:1-3x1", "dag:1-3x3", "dag:1-3x4", "dag:1-3x7"])
def test_every_number_of_rows_has_a_cost(name):
    space = spaces.get(name)
    for graph in space.sample(3, np.random.default_rng(0)):
        assert cost(graph, space).params > 64 * 10


def test_rows_are_split_into_the_cells_of_the_space():
    space = spaces.get("dag:1-5x3")
    for graph in space.sample(10, np.random.default_rng(0)):
        assert [(c.ops, c.edges) for c in split(graph)] == [(c.ops, c.edges) for c in space.split(graph)]


def test_an_edge_that_leaps_over_a_row_is_refused():
    ops = ["input", "conv3x3-relu", "row", "conv3x3-relu", "sum", "output"]
    graph = ArchGraph(ops, [(0, 1), (1, 2), (2, 3), (3, 4), (1, 4), (4, 5)])
    with pytest.raises(CompileError, match=r"node 2 \(row\): an edge leaps over the end of a row"):
        split(graph)
