"""Canonical form and hash: exact, stable, independent of labels."""

from collections import defaultdict

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archgraph import ArchGraph, ArchTable, spaces
from archgraph.canonical import canonical_form, canonical_hashes
from archgraph.testing.spaces import shuffled

NAMES = ["dag", "dag:1-5x3", "nasbench101", "nasbench201", "darts", "macro", "transnas", "transnas:macro"]


@st.composite
def graphs(draw: st.DrawFn) -> ArchGraph:
    """Any architecture of at most nine nodes; few operations, so that many nodes look alike."""
    n = draw(st.integers(2, 9))
    ops = ["input", *draw(st.lists(st.sampled_from(["sum", "identity"]), min_size=n - 2, max_size=n - 2)), "output"]
    edges = {(s, t) for s in range(n) for t in range(s + 1, n) if draw(st.booleans())}
    edges |= {(i, n - 1) for i in range(n - 1) if all(s != i for s, _ in edges)}
    edges |= {(0, i) for i in range(1, n) if all(t != i for _, t in edges)}
    return ArchGraph(ops, sorted(edges))


@settings(max_examples=100, deadline=None)
@given(graphs(), graphs(), st.integers(0, 2**32 - 1))
def test_hashes_agree_exactly_for_isomorphic_graphs(first: ArchGraph, second: ArchGraph, seed: int) -> None:
    def same(a: ArchGraph, b: ArchGraph) -> bool:
        return nx.is_isomorphic(a.to_networkx(), b.to_networkx(), node_match=lambda u, v: u["op"] == v["op"])

    relabelled = ArchGraph(*shuffled(first, np.random.default_rng(seed)))
    assert relabelled.canonical_hash() == first.canonical_hash()
    assert (first == second) == same(first, second)
    assert canonical_form(relabelled.ops, relabelled.edges) == canonical_form(first.ops, first.edges)


@pytest.mark.parametrize("name", NAMES)
def test_hashes_of_a_table_are_those_of_its_graphs(name: str) -> None:
    members = spaces.get(name).sample(12, np.random.default_rng(0))
    table = ArchTable.from_graphs(members)
    assert table.hashes() == [graph.canonical_hash() for graph in members]
    assert table[[3, 1, 7]].hashes() == [members[i].canonical_hash() for i in (3, 1, 7)]


def test_a_table_of_mixed_sizes_keeps_its_order() -> None:
    members = [g for name in NAMES for g in spaces.get(name).sample(3, np.random.default_rng(1))]
    members = [members[i] for i in np.random.default_rng(2).permutation(len(members))]
    assert ArchTable.from_graphs(members).hashes() == [graph.canonical_hash() for graph in members]


def test_many_equal_branches_are_told_apart_from_others_without_trying_all() -> None:
    ops, edges = ["input", *["sum"] * 200, "output"], [e for i in range(1, 201) for e in ((0, i), (i, 201))]
    other = [*ops[:7], "identity", *ops[8:]]
    same = [*ops[:150], "identity", *ops[151:]]
    plain, first, second = canonical_hashes([(names, edges) for names in (ops, other, same)])
    assert plain != first == second


def test_an_empty_table_has_no_hashes() -> None:
    assert canonical_hashes([]) == []


def test_the_hash_is_the_same_on_every_machine_and_in_every_version() -> None:
    graph = ArchGraph(["input", "sum", "sum", "identity", "output"], [(0, 1), (0, 2), (1, 3), (2, 4), (3, 4)])
    assert graph.canonical_hash() == "a58023b40d4d7125354c33b8e57b46e8"


def test_many_interchangeable_nodes_take_no_exponential_time() -> None:
    n = 40
    edges = [(0, i) for i in range(1, n - 1)] + [(i, n - 1) for i in range(1, n - 1)]
    graph = ArchGraph(["input", *["sum"] * (n - 2), "output"], edges)
    assert graph.canonical_hash() == ArchGraph(*shuffled(graph, np.random.default_rng(0))).canonical_hash()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_100_relabelings_of_each_of_1000_members_share_a_hash(name: str) -> None:
    rng = np.random.default_rng(0)
    members = spaces.get(name).sample(1000, rng)
    for start in range(0, 1000, 50):
        part = members[start : start + 50]
        hashes = canonical_hashes([shuffled(graph, rng) for graph in part for _ in range(100)])
        by_graph = defaultdict(set)
        for i, digest in enumerate(hashes):
            by_graph[i // 100].add(digest)
        assert [by_graph[i] for i in range(50)] == [{graph.canonical_hash()} for graph in part]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_native_forms_of_10000_members_return(name: str) -> None:
    space = spaces.get(name)
    members = space.sample(10_000, np.random.default_rng(1))
    again = [space.from_native(space.to_native(graph)) for graph in members]
    before, after = ArchTable.from_graphs(members), ArchTable.from_graphs(again)
    assert before.hashes() == after.hashes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("dag:3", 6),
        ("dag:4", 31),
        ("dag:5", 302),
        ("dag:6", 5984),
        ("dag:1-4x2", 1600),
        ("macro", 6561),
        ("nasbench101", 423_624),
        ("nasbench201", 15_625),
        ("transnas", 4096),
        ("transnas:macro", 3256),
    ],
)
def test_no_two_members_of_an_enumerated_space_share_a_hash(name: str, size: int) -> None:
    table = spaces.get(name).enumerate()
    assert len(table) == len(set(table.hashes())) == size
