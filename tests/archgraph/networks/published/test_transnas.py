"""TransNAS-Bench-101's networks: the backbone costs what its layers do, the classifier comes on top."""

import numpy as np
import pytest

from archgraph import spaces
from archgraph.networks.cost import cost
from archgraph.networks.registry import blueprint


def test_a_macro_network_costs_what_its_layers_do():
    def basic(inputs: int, outputs: int) -> int:
        shortcut = inputs * outputs + 2 * outputs if inputs != outputs else 0
        return 9 * inputs * outputs + 27 * outputs * outputs + 8 * outputs + shortcut

    stem = 3 * 9 * 32 + 64 + 32 * 9 * 64 + 128
    total = stem + basic(64, 128) + basic(128, 128) + basic(128, 128) + basic(128, 128)
    halved = 128 * 128 + 256  # the third module halves the image, so its first cell has a shortcut, too
    graph = spaces.get("transnas:macro").from_native("2131")
    assert cost(graph, "transnas:macro").params == total + halved


def test_a_cell_of_convolutions_costs_what_its_layers_do():
    def cell(first, channels):  # three edges from the input, three from inner vertices
        return 3 * (9 * first * channels + 2 * channels) + 3 * (9 * channels * channels + 2 * channels)

    stem = 3 * 9 * 32 + 64 + 32 * 9 * 64 + 128
    modules = ((64, 128), (128, 128), (128, 256), (256, 256), (256, 512))
    total = stem + sum(cell(first, channels) + cell(channels, channels) for first, channels in modules)
    graph = spaces.get("transnas").from_native("333333")
    assert cost(graph, "transnas").params == total


@pytest.mark.parametrize("name", ["transnas", "transnas:macro"])
def test_the_published_cost_leaves_out_the_classifier(name):
    for graph in spaces.get(name).sample(3, np.random.default_rng(1)):
        made = blueprint(graph, name, (3, 256, 256), 10)
        head = made.shapes[made.layers[-1].sources[0]][0] * 10
        backbone = cost(graph, name)
        assert (made.cost.params, made.cost.flops) == (backbone.params + head + 10, backbone.flops + head)
        assert made.cost == cost(graph, name, classes=10)
