"""NAS-Bench-101's network: published parameters, and how channels are split."""

import numpy as np
import pytest

from archgraph import ArchGraph, ArchTable, CompileError, spaces
from archgraph.cost import cost
from archgraph.networks import blueprint
from archgraph.networks.nasbench101 import channel_shares, vertex_channels


def test_parameters_are_the_published_ones(nasbench):
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    for i in range(0, len(table), 30):
        assert cost(table[i], "nasbench101").params == table.metrics["params"][i]


@pytest.mark.slow
def test_parameters_of_all_records_are_the_published_ones(nasbench):
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    assert [cost(graph, "nasbench101").params for graph in table] == table.metrics["params"].tolist()


def test_parameters_are_those_of_the_layers():
    graph = ArchGraph(["input", "conv3x3-bn-relu", "output"], [(0, 1), (1, 2), (0, 2)])
    cells = 0
    for inputs, outputs in ((128, 128), (128, 256), (256, 512)):
        for first in (inputs, outputs, outputs):
            cells += 2 * (first * outputs + 2 * outputs) + 9 * outputs * outputs + 2 * outputs
    assert cost(graph, "nasbench101").params == 27 * 128 + 256 + cells + 5130


def test_channels_are_divided_among_concatenated_vertices_remainder_first():
    edges = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    assert vertex_channels(5, edges, 64, 128) == [64, 43, 43, 42, 128]


def test_shares_of_channels_are_the_channels_where_no_remainder_is_left():
    for graph in spaces.get("nasbench101").sample(20, np.random.default_rng(0)):
        adjacency = np.zeros((1, graph.num_nodes, graph.num_nodes), dtype=np.bool_)
        adjacency[0, *graph.edge_index.numpy()] = True
        expected = vertex_channels(graph.num_nodes, graph.edges, 60, 60)
        np.testing.assert_allclose(channel_shares(adjacency)[0] * 60, expected)


def test_a_vertex_that_feeds_only_others_has_the_largest_of_their_channels():
    edges = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]
    assert vertex_channels(5, edges, 128, 129) == [128, 65, 65, 64, 129]


def test_fewer_channels_than_vertices_to_share_them_are_refused():
    edges = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    graph = ArchGraph(["input", *["conv1x1-bn-relu"] * 3, "output"], edges)
    with pytest.raises(CompileError, match=r"node 3 \(conv1x1-bn-relu\): 2 channels are too few to be shared"):
        blueprint(graph, "nasbench101", (3, 8, 8), 10, channels=2)
