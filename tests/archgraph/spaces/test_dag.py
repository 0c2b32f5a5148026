"""FaDE's cells."""

from itertools import combinations

import numpy as np
import pytest

from archgraph import ArchTable, GraphError, InputError, spaces
from archgraph.spaces import DagSpace, Space
from archgraph.testing import SpaceContract


class TestDag(SpaceContract):
    def make(self) -> Space:
        return spaces.get("dag")


class TestDagTooLargeToList(SpaceContract):
    samples = 8

    def make(self) -> Space:
        return spaces.get("dag:7")


@pytest.mark.parametrize(("vertices", "cells"), [(1, 1), (2, 2), (3, 6), (4, 31), (5, 302)])
def test_there_are_as_many_cells_as_published(vertices, cells):
    assert DagSpace(vertices, vertices).size() == cells


@pytest.mark.slow
def test_there_are_as_many_cells_of_six_vertices_as_published():
    assert DagSpace(6, 6).size() == 5984


def test_a_cell_is_written_by_its_vertices_and_edges():
    graph = spaces.get("dag").from_native("4:0-1,1-3,2-3")
    assert graph.ops.count("conv3x3-relu") == 3 + 1  # on each edge, and from the sink to the output
    assert spaces.get("dag").to_native(graph) in {"4:0-1,1-3,2-3", "4:0-3,1-2,2-3", "4:0-2,1-3,2-3"}


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("4", "is written like 4:0-1"),
        ("0:", "is written like"),
        ("3:0-1,0-1", "edges are distinct"),
        ("3:1-0", "from a lower to a higher vertex"),
        ("3:0-3", "from a lower to a higher vertex"),
        ("6:0-1", "vertices"),
    ],
)
def test_a_malformed_cell_is_refused(native, reason):
    with pytest.raises(InputError, match=reason):
        spaces.get("dag").from_native(native)


@pytest.mark.parametrize(("low", "high"), [(0, 3), (3, 2), (1, 10)])
def test_a_space_has_one_to_nine_vertices(low, high):
    with pytest.raises(InputError, match="1 to 9 vertices, but got"):
        DagSpace(low, high)


def test_a_cell_of_more_vertices_is_no_member():
    graph = spaces.get("dag:4").from_native("4:0-1,1-2,2-3")
    with pytest.raises(GraphError):
        spaces.get("dag:1-3").validate(graph)


def test_a_code_is_a_number_of_vertices_and_a_bit_an_edge():
    space = DagSpace(1, 3)
    assert space.options == (3, *[2] * len(list(combinations(range(3), 2))))
    [code] = space.to_codes(ArchTable.from_graphs([space.from_native("3:0-1,1-2")])).tolist()
    assert code[0] == 2
    assert sum(code[1:]) == 2


def test_a_space_that_is_too_large_is_sampled_and_not_listed():
    space = spaces.get("dag:7")
    assert space.size() is None
    with pytest.raises(InputError, match="too large to enumerate"):
        space.enumerate()
    assert len(set(space.sample(20, np.random.default_rng(0)))) > 10


def test_sources_join_the_input_and_sinks_the_output() -> None:
    graph = spaces.get("dag:3").from_native("3:0-1")
    assert graph.ops.count("sum") == 3
    assert graph.ops.count("conv3x3-relu") == 3
    assert [t for s, t in graph.edges if s == 0] == [1, 4]


def test_another_kind_of_cell_is_no_member() -> None:
    with pytest.raises(GraphError, match="it has no operation"):
        spaces.get("dag").validate(spaces.get("macro").from_native("01201201"))
