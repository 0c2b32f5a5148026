"""All graphs at once are checked as one graph by itself is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archgraph.architecture import check_architecture
from archgraph.columns import GraphColumns, pointers, sort_and_check
from archgraph.errors import GraphError
from archgraph.ops import OPS

NAMES = ("input", "output", "sum", "identity")
nodes = st.lists(st.sampled_from(NAMES), max_size=3).map(lambda inner: ["input", *inner, "output"])
any_nodes = st.lists(st.sampled_from(NAMES), max_size=5)
edges = st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 5)), max_size=8)
chains = st.integers(0, 3).map(lambda n: (["input", *["sum"] * n, "output"], [(i, i + 1) for i in range(n + 1)]))
graphs = st.one_of(st.tuples(nodes | any_nodes, edges), chains)


def columns(some):
    return GraphColumns(
        np.array([OPS.index(name) for names, _ in some for name in names], np.int16),
        np.array([e for _, es in some for e in es], np.int16).reshape(-1, 2).T.copy(),
        pointers([len(names) for names, _ in some]),
        pointers([len(es) for _, es in some]),
    )


def is_architecture(ops, links):
    try:
        check_architecture(ops, links)
    except GraphError:
        return False
    return True


@given(st.lists(graphs, min_size=1, max_size=6))
@settings(max_examples=400)
def test_a_row_is_refused_exactly_when_the_check_of_one_graph_refuses_it(some):
    row = sort_and_check(columns(some))
    valid = [is_architecture(*graph) for graph in some]
    assert (row is None) == all(valid)
    assert row is None or not valid[row]


@given(st.lists(chains, min_size=1, max_size=5), st.randoms())
def test_edges_are_sorted_within_each_graph(some, random):
    shuffled = [(names, random.sample(links, len(links))) for names, links in some]
    together = columns(shuffled)
    assert sort_and_check(together) is None
    assert together.edges.T.tolist() == [list(e) for _, links in some for e in links]


def test_taking_and_concatenating_rows_are_inverse():
    some = [(["input", "output"], [(0, 1)]), (["input", "sum", "output"], [(0, 1), (1, 2)])]
    together = GraphColumns.from_lists(some)
    again = GraphColumns.concatenate([together.take(np.array([1])), together.take(np.array([0]))])
    assert again.take(np.array([1, 0])).edges.tolist() == together.edges.tolist()
    assert again.node_ptr.tolist() == [0, 3, 5]


def test_an_unknown_operation_is_refused():
    some = columns([(["input", "sum", "output"], [(0, 1), (1, 2)])] * 3)
    some.ops[4] = -1
    assert sort_and_check(some) == 1


@pytest.mark.parametrize("rows", [0, 1])
def test_an_empty_or_small_table_is_no_special_case(rows):
    assert sort_and_check(columns([(["input", "output"], [(0, 1)])] * rows)) is None


def test_new_names_come_into_the_vocabulary_in_an_order_that_each_process_has():
    names = [f"conv{k}x{k}-d3-bn" for k in (9, 15, 11, 13, 17)]
    GraphColumns.from_lists([(["input", name, "output"], [(0, 1), (1, 2)]) for name in names])
    assert sorted(names, key=OPS.index) == sorted(names)
