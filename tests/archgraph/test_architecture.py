"""The rules that make a graph an architecture."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archgraph import ArchGraph, GraphError
from archgraph.architecture import prune


@pytest.mark.parametrize(
    ("ops", "edges", "reason"),
    [
        (["input"], [], "2 to 4096 nodes"),
        ([], [(0, 1)], "2 to 4096 nodes, but got 0"),
        (["input", "output"], [], "no path"),
        (["input", "sum", "output"], [(0, 1), (1, 2), (2, 1)], "lower to a higher"),
        (["input", "sum", "output"], [(0, 1), (1, 3)], "lower to a higher"),
        (["input", "nonsense", "output"], [(0, 1), (1, 2)], "node 1: unknown operation 'nonsense'"),
        (["input", "input", "output"], [(0, 1), (1, 2)], "first node, and no other"),
        (["input", "sum", "output"], [(0, 2)], "node 1"),
        (["input", "output"], [(0, 1), (0, 1)], "twice"),
        (["input", "output"], [(0, True)], "pair of node numbers"),
    ],
)
def test_what_is_no_architecture_is_refused_with_its_reason(ops, edges, reason):
    with pytest.raises(GraphError, match=reason):
        ArchGraph(ops, edges)


@given(st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_pruning_leaves_a_valid_graph_or_says_that_there_is_no_path(n, seed):
    rng = np.random.default_rng(seed)
    edges = [(s, t) for t in range(n) for s in range(t) if rng.random() < 0.4]
    ops = ["input", *["identity"] * (n - 2), "output"]
    if nx.has_path(nx.DiGraph([*edges, *((v, v) for v in range(n))]), 0, n - 1):
        assert ArchGraph(*prune(ops, edges)).num_nodes <= n
    else:
        with pytest.raises(GraphError, match="no path"):
            prune(ops, edges)


def test_pruning_nothing_says_that_there_is_no_path():
    with pytest.raises(GraphError, match="no path"):
        prune([], [])
