"""FaDE's network of rows and what surrounds its cells."""

import numpy as np
import pytest

from archgraph import ArchGraph, CompileError, InputError, spaces
from archgraph.networks.cost import cost
from archgraph.networks.skeleton import Skeleton, split

COLOUR = (3, 32, 32)


@pytest.mark.parametrize(
    ("rows", "channels", "pools"),
    [(2, (16, 64), (4, 4)), (3, (16, 32, 64), (4, 2, 2)), (4, (8, 16, 32, 64), (2, 2, 2, 2))],
)
def test_the_published_networks_have_their_channels_and_poolings(rows, channels, pools):
    skeleton = Skeleton.fade(COLOUR, 10, rows, 64)
    assert (skeleton.channels, skeleton.pools) == (channels, pools)


def test_small_images_are_halved_while_they_last():
    skeleton = Skeleton.fade((1, 8, 8), 10, 3, 32)
    assert skeleton.sizes == [(8, 8), (4, 4), (2, 2), (1, 1)]
    assert skeleton.features == 32
    assert Skeleton.fade((1, 8, 8), 10, 5, 32).sizes[-1] == (1, 1)


def test_multiply_adds_are_those_of_every_convolution_and_the_linear_layer():
    cell = spaces.get("dag").from_native("1:")  # one convolution
    skeleton = Skeleton((1, 8, 8), 10, (4,), (2,))
    assert skeleton.macs([[cell]]) == 64 * 9 * (1 * 4 + 4 * 4) + 4 * 16 * 10
    assert skeleton.macs([[cell, cell]]) == skeleton.macs([[cell]]) + 64 * 9 * 16


@pytest.mark.parametrize("rows", [0, 17])
def test_an_impossible_number_of_rows_is_refused(rows):
    with pytest.raises(InputError, match=f"1 to 16 rows, but got {rows}"):
        Skeleton.fade(COLOUR, 10, rows, 64)


def test_two_rows_are_counted_in_fades_network():
    graph = spaces.get("dag:1-4x2").from_native("1:|2:0-1")
    expected = (27 * 16 + 16) + (9 * 16 * 16 + 16) + (9 * 16 * 64 + 64) + 2 * (9 * 64 * 64 + 64) + 64 * 2 * 2 * 10 + 10
    assert cost(graph, "dag:1-4x2").params == expected
    wide = (27 * 8 + 8) + (9 * 8 * 8 + 8) + (9 * 8 * 32 + 32) + 2 * (9 * 32 * 32 + 32) + 32 * 2 * 2 * 5 + 5
    assert cost(graph, "dag:1-4x2", classes=5, width=32).params == wide


@pytest.mark.parametrize("name", ["dag:3", "dag:1-3x1", "dag:1-3x3", "dag:1-3x4", "dag:1-3x7"])
def test_every_number_of_rows_has_a_cost(name):
    space = spaces.get(name)
    for graph in space.sample(3, np.random.default_rng(0)):
        assert cost(graph, space).params > 64 * 10


def test_rows_are_split_into_the_cells_of_the_space():
    space = spaces.get("dag:1-5x3")
    for graph in space.sample(10, np.random.default_rng(0)):
        assert [(c.ops, c.edges) for c in split(graph)] == [(c.ops, c.edges) for c in space.split(graph)]


def test_an_edge_that_leaps_over_a_row_is_refused():
    ops = ["input", "conv3x3-relu", "row", "conv3x3-relu", "sum", "output"]
    graph = ArchGraph(ops, [(0, 1), (1, 2), (2, 3), (3, 4), (1, 4), (4, 5)])
    with pytest.raises(CompileError, match=r"node 2 \(row\): an edge leaps over the end of a row"):
        split(graph)
