import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from archgraph import ArchGraph, ArchTable, spaces
from encoders.graph_network.graphs import RELATIONS, RelatedGraphs, batches

CONV, POOL, ZERO = "conv3x3-bn-relu", "maxpool3x3", "zero"


def related(*graphs, **options):
    return RelatedGraphs.of(ArchTable.from_graphs(list(graphs)).columns, **options)


def test_relations_of_a_diamond():
    graph = ArchGraph(["input", CONV, POOL, "output"], [(0, 1), (0, 2), (1, 3), (2, 3)])
    found = dict(zip(RELATIONS, related(graph).relations()[0].tolist(), strict=True))
    assert found["edge"][0] == [0, 1, 1, 0]
    assert found["edge back"][3] == [0, 1, 1, 0]
    assert found["two steps"][0] == [0, 0, 0, 1]
    assert found["two steps back"][3] == [1, 0, 0, 0]
    assert found["sibling"][1] == [0, 1, 1, 0]  # of itself, too
    assert found["co-parent"][1] == [0, 1, 1, 0]


def test_what_stands_behind_a_zero_does_not_count_where_only_the_effective_does():
    graph = ArchGraph(["input", CONV, ZERO, POOL, "sum", "output"], [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4), (4, 5)])
    assert related(graph).present.tolist() == [[1, 1, 1, 1, 1, 1]]
    effective = related(graph, effective=True)
    assert effective.present.tolist() == [[1, 1, 0, 0, 1, 1]]
    assert effective.adjacency.sum() == 3


def test_an_architecture_that_carries_nothing_keeps_its_ends():
    assert related(ArchGraph(["input", ZERO, "output"], [(0, 1), (1, 2)]), effective=True).present.tolist() == [
        [1, 0, 1]
    ]


@pytest.mark.parametrize("effective", [False, True])
def test_graphs_of_several_sizes_are_each_as_by_itself(effective):
    graphs = [
        *spaces.get("nasbench201").sample(3, np.random.default_rng(0)),
        *spaces.get("dag").sample(3, np.random.default_rng(0)),
    ]
    together = related(*graphs, effective=effective)
    for number, graph in enumerate(graphs):
        alone, n = related(graph, effective=effective), graph.num_nodes
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
