"""NAS-Bench-101: official hash, native form, the whole space."""

from pathlib import Path

import numpy as np
import pytest

from archgraph import ArchGraph, ArchTable, GraphError, InputError
from archgraph.spaces import NASBench101Space
from archgraph.spaces.nasbench101 import official_hash
from archgraph.testing.spaces import shuffled

SPACE = NASBench101Space()
CONV3, CONV1, POOL = SPACE.node_operations


def test_the_official_hash_of_a_published_cell() -> None:
    ops = ["input", CONV3, POOL, CONV3, CONV3, CONV1, "output"]
    edges = [(0, 1), (1, 2), (2, 3), (0, 4), (0, 5), (3, 5), (4, 5), (2, 6), (5, 6)]
    assert SPACE.official_hash(ArchGraph(ops, edges)) == "00005c142e6f48ac74fdcf73e3439874"


def test_the_official_hash_does_not_depend_on_labels_and_tells_operations_apart() -> None:
    rng = np.random.default_rng(0)
    for graph in SPACE.sample(20, rng):
        assert {official_hash(*shuffled(graph, rng)) for _ in range(5)} == {SPACE.official_hash(graph)}
    chains = [ArchGraph(["input", op, "output"], [(0, 1), (1, 2)]) for op in SPACE.node_operations]
    assert len({SPACE.official_hash(graph) for graph in chains}) == 3


def test_every_published_cell_has_its_published_hash_and_is_a_member(nasbench: Path) -> None:
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    for i in range(0, len(table), 30):
        assert SPACE.official_hash(table[i]) == table.ids[i]


@pytest.mark.slow
def test_all_published_cells_have_their_published_hash(nasbench: Path) -> None:
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    assert [SPACE.official_hash(graph) for graph in table] == table.ids.tolist()


def test_the_native_form_is_the_matrix_and_the_operations() -> None:
    graph = ArchGraph(["input", CONV3, POOL, "output"], [(0, 1), (0, 2), (1, 3), (2, 3)])
    native = SPACE.to_native(graph)
    assert native == f"0110000100010000:input,{CONV3},{POOL},output"
    assert SPACE.from_native(native) == graph


def test_foreign_cells_are_pruned_and_say_so() -> None:
    with pytest.warns(UserWarning, match="1 nodes on no path from input to output were pruned"):
        graph = SPACE.from_native(f"0110000100000000:input,{CONV3},{POOL},output")
    assert graph.ops == ("input", CONV3, "output")


@pytest.mark.parametrize(
    ("native", "text"),
    [
        (f"0100:input,{CONV3},output", "written as its adjacency matrix"),
        ("0011:input,output", "upper triangular"),
        ("0000:input,output", "no path"),
        ("010001000:input,nonsense,output", "no operation 'nonsense'"),
        ("011001000:input,conv3x3-bn-relu,input", "must be `input`"),
    ],
)
def test_a_malformed_native_form_is_refused(native: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        SPACE.from_native(native)


def test_too_many_edges_or_nodes_are_no_member() -> None:
    n = 6
    ops = ["input", *[CONV3] * (n - 2), "output"]
    graph = ArchGraph(ops, [(s, t) for s in range(n) for t in range(s + 1, n)])
    with pytest.raises(GraphError, match="6 nodes and 15 edges"):
        SPACE.validate(graph)


def test_samples_are_uniform_over_the_members() -> None:
    sizes = [graph.num_nodes for graph in SPACE.sample(2000, np.random.default_rng(1))]
    assert abs(sizes.count(7) / 2000 - 359082 / 423624) < 0.03


def test_the_whole_space_is_listed_with_native_ids() -> None:
    table = SPACE.enumerate()
    assert len(table) == SPACE.size() == 423_624
    assert len(set(table.ids)) == len(table)
    for i in np.random.default_rng(0).integers(len(table), size=200):
        graph = SPACE.from_native(table.ids[i])
        assert (graph.ops, graph.edges) == (table[int(i)].ops, table[int(i)].edges)
