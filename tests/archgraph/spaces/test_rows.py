"""Products of FaDE's cells."""

import numpy as np
import pytest

from archgraph import ArchGraph, GraphError, InputError, spaces
from archgraph.spaces import DagSpace, RowsSpace

SPACE = RowsSpace(DagSpace(1, 4), 3)


def test_the_size_is_that_of_the_cells_to_the_number_of_rows() -> None:
    assert SPACE.size() == (1 + 2 + 6 + 31) ** 3
    assert RowsSpace(DagSpace(7, 7), 2).size() is None


def test_the_native_form_joins_the_cells() -> None:
    graph = SPACE.from_native("1:|3:0-1,1-2|2:0-1")
    assert graph.ops.count("row") == 2
    assert SPACE.to_native(graph) == "1:|3:0-1,1-2|2:0-1"


def test_the_order_of_rows_counts() -> None:
    assert SPACE.from_native("1:|2:|1:") != SPACE.from_native("2:|1:|1:")


def test_splitting_undoes_joining() -> None:
    cells = SPACE.cell.sample(3, np.random.default_rng(0))
    assert SPACE.split(SPACE.join(cells)) == cells


def test_crossover_takes_each_row_from_a_parent() -> None:
    first, second = SPACE.sample(2, np.random.default_rng(1))
    child = SPACE.split(SPACE.crossover(first, second, np.random.default_rng(2)))
    assert all(row in pair for row, *pair in zip(child, SPACE.split(first), SPACE.split(second), strict=True))


def test_mutation_changes_one_row_without_listing_neighbors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(DagSpace, "neighbors")
    rng = np.random.default_rng(3)
    changed = []
    for graph in SPACE.sample(20, rng):
        pairs = list(zip(SPACE.split(graph), SPACE.split(SPACE.mutate(graph, rng)), strict=True))
        changed.append([before != after for before, after in pairs])
    assert [sum(rows) for rows in changed] == [1] * 20
    assert np.any(changed, axis=0).all()


def test_another_number_of_rows_is_refused() -> None:
    with pytest.raises(InputError, match="3 cells joined by"):
        SPACE.from_native("1:|1:")
    with pytest.raises(GraphError, match="2 rows, not 3"):
        SPACE.validate(spaces.get("dag:1-4x2").from_native("1:|1:"))


def test_a_broken_row_is_named() -> None:
    with pytest.raises(GraphError, match="row 1: not a member of dag:1-4"):
        SPACE.validate(
            ArchGraph(
                ["input", "sum", "conv3x3-relu", "row", "conv3x3-relu", "row", "sum", "conv3x3-relu", "output"],
                [(i, i + 1) for i in range(8)],
            )
        )


def test_a_product_too_large_to_list_says_so() -> None:
    with pytest.raises(InputError, match="sample instead"):
        spaces.get("dag:1-5x3").enumerate()


def test_rows_are_made_of_a_dag_space() -> None:
    space = spaces.get("dag:1-2").with_rows(3)
    assert (space.name, space.rows, space.cell.name) == ("dag:1-2x3", 3, "dag:1-2")
    with pytest.raises(InputError, match="has 3 cells, but got 1"):
        space.join([space.cell.from_native("1:")])


def test_the_members_listed_are_their_native_forms_joined() -> None:
    space = spaces.get("dag:1-2x3")
    table = space.enumerate()
    assert [(graph.ops, graph.edges) for graph in table] == [
        (graph.ops, graph.edges) for graph in map(space.from_native, table.ids)
    ]
