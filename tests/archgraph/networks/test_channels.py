"""How channels are split among the vertices of a cell."""

import subprocess
import sys

import numpy as np

from archgraph import spaces
from archgraph.networks.channels import channel_shares, vertex_channels


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


def test_they_are_reached_without_torch():
    code = "import sys, archgraph.networks.channels; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
