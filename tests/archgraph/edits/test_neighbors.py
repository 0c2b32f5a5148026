"""One-edit neighbours, edit distance and edit paths."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archgraph import ArchGraph, GraphError, InputError, spaces
from archgraph.edits.neighbors import neighbors
from archgraph.edits.order import topological
from archgraph.edits.paths import Edit, apply_edits, edit_distance, edit_path
from archgraph.testing.spaces import shuffled

CELLS = spaces.get("nasbench101")
OPS = ("identity", "conv3x3-relu")
seeds = st.integers(0, 2**32 - 1)


def pair(seed: int, name: str = "nasbench101") -> tuple[ArchGraph, ArchGraph]:
    first, second = (CELLS if name == "nasbench101" else spaces.get(name)).sample(2, np.random.default_rng(seed))
    return first, second


def by_brute_force(first: ArchGraph, second: ArchGraph) -> int:
    """Least cost over all matches of interior nodes, `None` standing for no partner."""
    n, m = len(first.ops), len(second.ops)
    best = 10**9
    for partners in set(permutations([*range(1, m - 1), *[None] * (n - 2)], n - 2)):
        image = [0, *partners, m - 1]
        kept = [i for i in range(n) if image[i] is not None]
        cost = n + m - 2 * len(kept) + sum(first.ops[i] != second.ops[image[i]] for i in kept)
        mapped = {(image[s], image[t]) for s, t in first.edges if image[s] is not None and image[t] is not None}
        cost += len(first.edges) + len(second.edges) - 2 * len(mapped & set(second.edges))
        best = min(best, cost)
    return best


def test_the_distance_is_that_of_brute_force() -> None:
    space = spaces.NodeCellSpace("small", OPS, max_vertices=5, max_edges=8)
    members = space.sample(40, np.random.default_rng(0))
    for first, second in zip(members[::2], members[1::2], strict=True):
        assert edit_distance(first, second) == by_brute_force(first, second)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_the_distance_is_symmetric_and_does_not_depend_on_labels(seed: int) -> None:
    first, second = pair(seed)
    distance = edit_distance(first, second)
    assert edit_distance(second, first) == distance
    assert edit_distance(ArchGraph(*shuffled(first, np.random.default_rng(seed))), second) == distance
    assert (distance == 0) == (first == second)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_the_distance_keeps_the_triangle_inequality(seed: int) -> None:
    first, second = pair(seed)
    third = CELLS.sample(1, np.random.default_rng(seed + 1))[0]
    assert edit_distance(first, third) <= edit_distance(first, second) + edit_distance(second, third)


@pytest.mark.parametrize("name", ["nasbench101", "nasbench201", "dag", "transnas:macro"])
def test_a_path_has_the_length_of_the_distance_and_leads_to_the_other_graph(name: str) -> None:
    for seed in range(6):
        first, second = pair(seed, name)
        path = edit_path(first, second)
        assert len(path) == edit_distance(first, second)
        assert apply_edits(first, path) == second


def test_the_distance_to_a_graph_without_inner_nodes_is_found() -> None:
    empty, *others = CELLS.enumerate()[:4]
    for other in others:
        assert edit_distance(other, empty) == edit_distance(empty, other) == by_brute_force(other, empty) == 4


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


@pytest.mark.parametrize(("kind", "distance"), [("op", 1), ("edge", 1), ("rewire", 2), ("node", 3)])
def test_neighbors_are_as_far_as_their_kind_says(kind: str, distance: int) -> None:
    for graph in CELLS.sample(3, np.random.default_rng(4)):
        found = neighbors(graph, OPS, kinds=[kind])  # type: ignore[list-item]
        assert found
        assert all(1 <= edit_distance(graph, other) <= distance for other in found)


def test_all_changes_of_one_operation_or_edge_are_found() -> None:
    chain = ArchGraph(["input", "identity", "conv3x3-relu", "output"], [(0, 1), (1, 2), (2, 3)])
    assert len(neighbors(chain, OPS, kinds=["op"])) == 2
    assert len(neighbors(chain, OPS, kinds=["edge"])) == 3


def test_kinds_have_their_inverse() -> None:
    for kind in ("op", "edge", "rewire", "node"):
        graph = CELLS.sample(1, np.random.default_rng(5))[0]
        for other in neighbors(graph, CELLS.node_operations, kinds=[kind]):  # type: ignore[list-item]
            assert graph in neighbors(other, CELLS.node_operations, kinds=[kind])  # type: ignore[list-item]


@pytest.mark.parametrize("name", ["nasbench101", "nasbench201", "dag", "transnas:macro"])
def test_the_integer_program_finds_the_distance_of_branch_and_bound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(6):
        first, second = pair(seed, name)
        distance = edit_distance(first, second)
        with monkeypatch.context() as patch:
            patch.setattr("archgraph.edits.distance.MAX_STEPS", 0)
            assert edit_distance(first, second) == distance
            assert apply_edits(first, edit_path(first, second)) == second


def test_the_distance_of_genotypes_is_found() -> None:
    space = spaces.get("darts")
    rng = np.random.default_rng(0)
    for first in space.sample(2, rng):
        other = space.mutate(first, rng)
        assert edit_distance(first, other) <= len(first.ops) // 4
        second = space.sample(1, rng)[0]
        path = edit_path(first, second)
        assert apply_edits(first, path) == second
        assert len(path) == edit_distance(second, first)


def test_a_distance_too_long_to_find_is_refused() -> None:
    first, second = spaces.get("dag:5-5x8").sample(2, np.random.default_rng(0))
    with pytest.raises(InputError, match=r"no exact edit distance of graphs .* in 0.1 seconds"):
        edit_distance(first, second, seconds=0.1)


def test_topological_order_keeps_input_first_and_output_last() -> None:
    ops, edges = topological(["input", "output", "a", "b"], [(0, 3), (3, 2), (2, 1)], output=1)
    assert ops == ("input", "b", "a", "output")
    assert edges == [(0, 1), (1, 2), (2, 3)]
    with pytest.raises(GraphError, match="cycle"):
        topological(["input", "a", "b", "output"], [(0, 1), (1, 2), (2, 1), (2, 3)])
