"""Edit paths lead from one architecture to another."""

import numpy as np
import pytest

from archgraph import ArchGraph, GraphError, spaces
from archgraph.edits.paths import Edit, apply_edits, edit_distance, edit_path

CELLS = spaces.get("nasbench101")


def pair(seed: int, name: str = "nasbench101") -> tuple[ArchGraph, ArchGraph]:
    first, second = (CELLS if name == "nasbench101" else spaces.get(name)).sample(2, np.random.default_rng(seed))
    return first, second


@pytest.mark.parametrize("name", ["nasbench101", "nasbench201", "dag", "transnas:macro"])
def test_a_path_has_the_length_of_the_distance_and_leads_to_the_other_graph(name: str) -> None:
    for seed in range(6):
        first, second = pair(seed, name)
        path = edit_path(first, second)
        assert len(path) == edit_distance(first, second)
        assert apply_edits(first, path) == second


def test_the_path_of_equal_graphs_is_empty() -> None:
    graph = CELLS.sample(1, np.random.default_rng(0))[0]
    assert edit_path(graph, graph.canonical()) == []


def test_edits_print_what_they_do() -> None:
    first = ArchGraph(["input", "identity", "output"], [(0, 1), (1, 2)])
    second = ArchGraph(["input", "zero", "output"], [(0, 1), (0, 2), (1, 2)])
    assert [str(edit) for edit in edit_path(first, second)] == ["change op 1 zero", "add edge 0->2"]


@pytest.mark.parametrize(
    "edit",
    [
        Edit("remove_edge", (0, 2)),
        Edit("add_edge", (0, 1)),
        Edit("remove_node", (1,)),
        Edit("add_node", (1,), "zero"),
        Edit("change_op", (9,), "zero"),
    ],
)
def test_an_edit_that_does_not_apply_is_refused(edit: Edit) -> None:
    with pytest.raises(GraphError, match="does not apply"):
        apply_edits(ArchGraph(["input", "identity", "output"], [(0, 1), (1, 2)]), [edit])


@pytest.mark.parametrize("end", [0, 1])
def test_input_and_output_stay(end: int) -> None:
    with pytest.raises(GraphError, match="does not apply"):
        apply_edits(
            ArchGraph(["input", "output"], [(0, 1)]), [Edit("remove_edge", (0, 1)), Edit("remove_node", (end,))]
        )
