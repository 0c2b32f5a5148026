"""DARTS' network: published parameters, and its search network as one graph."""

import pytest
import torch

from archgraph import spaces
from archgraph.networks.cells import MIXTURE
from archgraph.networks.cost import cost
from archgraph.networks.published.darts import mixed_graph
from archgraph.networks.registry import blueprint
from supernet.hyper.mixed import MixedNetwork

PDARTS = (
    "Genotype(normal=[('skip_connect', 0), ('dil_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('sep_conv_3x3', 3), ('sep_conv_3x3', 0), ('dil_conv_5x5', 4)], "
    "normal_concat=range(2, 6), reduce=[('avg_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_3x3', 0), "
    "('dil_conv_5x5', 2), ('max_pool_3x3', 0), ('dil_conv_3x3', 1), ('dil_conv_3x3', 1), ('dil_conv_5x5', 3)], "
    "reduce_concat=range(2, 6))"
)
DARTS_V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], "
    "normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), "
    "('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], "
    "reduce_concat=range(2, 6))"
)


@pytest.mark.parametrize(("genotype", "params"), [(DARTS_V2, 3_349_342), (PDARTS, 3_433_798)])
def test_published_genotypes_have_their_published_parameters(genotype, params):
    assert cost(spaces.get("darts").from_native(genotype), "darts").params == params


def test_darts_search_network_is_one_graph():
    graph = mixed_graph()
    assert graph.ops.count(MIXTURE) == 2 * 14
    made = blueprint(graph, "darts", (3, 16, 16), 5, channels=2, layers=3)
    assert list(made.mixtures.values()) == [8] * 28  # cells of one kind share their architecture parameters
    network = MixedNetwork(made, seed=0)
    assert network(torch.randn(2, 3, 16, 16)).shape == (2, 5)


def test_the_second_third_of_the_cells_doubles_the_channels_and_halves_the_image():
    graph = spaces.get("darts").from_native(DARTS_V2)
    made = blueprint(graph, "darts", (3, 32, 32), 10, channels=4, layers=6)
    ends = [made.shapes[i] for i, layer in enumerate(made.layers) if layer.join == "concat" and not layer.steps]
    assert ends == [(16, 32, 32)] * 2 + [(32, 16, 16)] * 2 + [(64, 8, 8)] * 2
