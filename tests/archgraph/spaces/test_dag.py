"""FaDE's cells."""

import pytest

from archgraph import GraphError, InputError, spaces
from archgraph.spaces.dag import DagSpace


@pytest.mark.parametrize(("vertices", "cells"), [(1, 1), (2, 2), (3, 6), (4, 31), (5, 302)])
def test_there_are_as_many_cells_as_unlabelled_acyclic_graphs(vertices: int, cells: int) -> None:
    """OEIS A003087."""
    assert spaces.get(f"dag:{vertices}").size() == cells


def test_sources_join_the_input_and_sinks_the_output() -> None:
    graph = spaces.get("dag:3").from_native("3:0-1")
    assert graph.ops.count("sum") == 3
    assert graph.ops.count("conv3x3-relu") == 3
    assert [t for s, t in graph.edges if s == 0] == [1, 4]


BROKEN = [("3:1-0", "lower to a higher"), ("3:0-1,0-1", "distinct"), ("9:", "9 vertices")]


@pytest.mark.parametrize(("native", "reason"), BROKEN)
def test_a_cell_that_is_none_is_refused(native: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        spaces.get("dag:1-4").from_native(native)


def test_numbers_of_vertices_that_make_no_sense_are_refused() -> None:
    for low, high in ((0, 3), (4, 3), (1, 10)):
        with pytest.raises(InputError, match="1 to 9 vertices"):
            DagSpace(low, high)
    with pytest.raises(InputError, match="too large to enumerate"):
        spaces.get("dag:7").enumerate()


def test_another_kind_of_cell_is_no_member() -> None:
    with pytest.raises(GraphError, match="it has no operation"):
        spaces.get("dag").validate(spaces.get("macro").from_native("01201201"))
