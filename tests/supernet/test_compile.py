import numpy as np
import pytest
import torch
from small_networks import SMALL

from archgraph import ArchGraph, CompileError, spaces
from supernet.compile import compile_cell, compile_network


@pytest.mark.parametrize("name", SMALL)
def test_the_modules_have_the_parameters_that_the_blueprint_counts(name):
    graph = spaces.get(name).sample(1, np.random.default_rng(2))[0]
    network = compile_network(graph, name, (3, 32, 32), 10, seed=0, **SMALL[name])
    assert sum(p.numel() for p in network.parameters()) == network.blueprint.cost.params


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(
    ("image", "classes"), [((1, 8, 8), 2), ((3, 17, 17), 10), ((3, 28, 20), 7), ((3, 224, 224), 100)]
)
def test_any_image_and_number_of_classes(name, image, classes):
    graph = spaces.get(name).sample(1, np.random.default_rng(3))[0]
    network = compile_network(graph, name, image, classes, seed=0, **SMALL[name]).eval()
    assert network(torch.zeros(1, *image)).shape == (1, classes)


def test_spaces_without_a_network_of_their_own_stand_in_three_stages():
    graph = ArchGraph(
        ["input", "conv3x3-bn-relu", "identity", "sum", "output"], [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]
    )
    network = compile_network(graph, "mine", (1, 8, 8), 3, seed=0, channels=4)
    assert network(torch.zeros(2, 1, 8, 8)).shape == (2, 3)


def test_a_cell_is_a_module_that_keeps_the_shape(cells):
    images = torch.randn(2, 3, 8, 8)
    one, two, other = (compile_cell(cells[2], 3, seed=seed).eval()(images) for seed in (1, 1, 2))
    assert one.shape == images.shape
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_a_graph_of_several_cells_is_a_network():
    graph = spaces.get("macro").from_native("00000000")
    with pytest.raises(CompileError, match=r"use supernet\.compile_network"):
        compile_cell(graph, 4, "macro")
