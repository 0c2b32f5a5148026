import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from archgraph import ArchGraph, ArchTable, spaces
from encoders.graph_network.graphs import MAX_DEPTH, DenseGraphs, batches

CONV, POOL, ZERO = "conv3x3-bn-relu", "maxpool3x3", "zero"


def padded(*graphs, **options):
    return DenseGraphs.of(ArchTable.from_graphs(list(graphs)).columns, **options)


def test_small_graphs_are_padded_to_the_largest_with_depths_from_both_ends():
    found = padded(ArchGraph(["input", "output"], [(0, 1)]), ArchGraph(["input", CONV, "output"], [(0, 1), (1, 2)]))
    assert found.present.tolist() == [[1, 1, 0], [1, 1, 1]]
    assert found.adjacency.sum((1, 2)).tolist() == [1, 2]
    assert found.from_input[1].tolist() == [0, 1, 2]
    assert found.from_output[1].tolist() == [2, 1, 0]
    assert found.ops[0, 2] == 0


def test_deep_nodes_share_a_position():
    nodes = MAX_DEPTH + 5
    chain = ArchGraph(["input", *[CONV] * (nodes - 2), "output"], [(i, i + 1) for i in range(nodes - 1)])
    assert padded(chain).from_input[0].tolist() == np.minimum(np.arange(nodes), MAX_DEPTH - 1).tolist()


def test_what_stands_behind_a_zero_does_not_count_where_only_the_effective_does():
    graph = ArchGraph(["input", CONV, ZERO, POOL, "sum", "output"], [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4), (4, 5)])
    assert padded(graph).present.tolist() == [[1, 1, 1, 1, 1, 1]]
    effective = padded(graph, effective=True)
    assert effective.present.tolist() == [[1, 1, 0, 0, 1, 1]]
    assert effective.adjacency.sum() == 3


def test_an_architecture_that_carries_nothing_keeps_its_ends():
    assert padded(ArchGraph(["input", ZERO, "output"], [(0, 1), (1, 2)]), effective=True).present.tolist() == [
        [1, 0, 1]
    ]


@pytest.mark.parametrize("effective", [False, True])
def test_graphs_of_several_sizes_are_each_as_by_itself(effective):
    graphs = [
        *spaces.get("nasbench201").sample(3, np.random.default_rng(0)),
        *spaces.get("dag").sample(3, np.random.default_rng(0)),
    ]
    together = padded(*graphs, effective=effective)
    for number, graph in enumerate(graphs):
        alone, n = padded(graph, effective=effective), graph.num_nodes
        assert torch.equal(together.present[number, :n], alone.present[0])
        assert torch.equal(together.adjacency[number, :n, :n], alone.adjacency[0])
        assert torch.equal(together.from_output[number, :n], alone.from_output[0])
        assert together.present[number, n:].sum() == 0
        assert together.last[number] == n - 1


@given(st.lists(st.integers(2, 500), min_size=1, max_size=60))
def test_batches_hold_each_graph_once_and_little_padding(sizes):
    sizes = np.array(sizes)
    found = list(batches(sizes, pairs=40_000))
    assert sorted(np.concatenate(found).tolist()) == list(range(len(sizes)))
    assert all(len(rows) == 1 or len(rows) * sizes[rows].max() ** 2 <= 40_000 for rows in found)
