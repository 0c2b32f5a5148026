"""Canonical form and hash: exact, stable, independent of labels."""

from collections import defaultdict

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archgraph import ArchGraph, ArchTable, GraphError, canonical, spaces
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


@settings(max_examples=100)
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


def side_by_side(parts: list[list[str]]) -> tuple[list[str], list[tuple[int, int]]]:
    """Chains of operations between one input and one output."""
    ops, edges = ["input"], []
    for names in parts:
        for place, name in enumerate(names):
            edges.append((len(ops) - 1 if place else 0, len(ops)))
            ops.append(name)
    ends = np.cumsum([len(names) for names in parts]).tolist()
    return [*ops, "output"], [*edges, *((end, len(ops)) for end in ends)]


@pytest.mark.parametrize("chain", [["relu"], ["relu", "tanh"], ["relu", "relu", "tanh"]])
def test_thousands_of_equal_branches_are_hashed_in_any_order(chain):
    others = [["tanh", *chain], [*chain, "sigmoid"]]
    orders = [[*[chain] * 700, *others], [*others, *[chain] * 700], [others[1], *[chain] * 700, others[0]]]
    assert len(set(canonical_hashes([side_by_side(order) for order in orders]))) == 1


def test_thousands_of_branches_of_which_one_differs_have_another_hash():
    alike, odd = ["relu", "tanh"], ["tanh", "relu"]
    found = canonical_hashes(
        [side_by_side(parts) for parts in ([alike] * 700, [alike] * 699 + [odd], [odd] + [alike] * 699)]
    )
    assert (found[0] != found[1], found[1] == found[2]) == (True, True)


def test_layers_that_are_fully_connected_are_hashed_in_any_order():
    width = 150
    ops = ["input", *["relu"] * (2 * width), "output"]
    full = [(i, width + j) for i in range(1, width + 1) for j in range(1, width + 1)]
    ends = [(0, i) for i in range(1, width + 1)] + [(width + i, 2 * width + 1) for i in range(1, width + 1)]
    rng = np.random.default_rng(0)
    without = [
        canonical_hashes([(ops, [e for e in full if e != full[k]] + ends)])[0] for k in rng.integers(len(full), size=3)
    ]
    assert len(set(without)) == 1
    assert canonical_hashes([(ops, full + ends)])[0] not in without


def test_graphs_that_are_too_symmetric_are_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(canonical, "_MOST", 1 << 16)
    n = 80
    ops = ["input", *["relu"] * n, *["tanh"] * n, "output"]
    ring = [(i, n + 1 + (i + step) % n) for i in range(1, n + 1) for step in (0, 1)]
    ends = [(0, i) for i in range(1, n + 1)] + [(n + i, 2 * n + 1) for i in range(1, n + 1)]
    with pytest.raises(GraphError, match="too much alike"):
        canonical_hashes([(ops, ring + ends)])
