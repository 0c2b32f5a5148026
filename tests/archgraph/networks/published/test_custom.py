"""The network of spaces that have none of their own."""

from itertools import pairwise

import pytest
import torch

from archgraph import ArchGraph, spaces
from archgraph.networks.cost import cost
from supernet.compile import compile_network

DESCRIPTION = """
name: mine
operations:
  - {name: conv5x5-custom-network, kind: conv, kernel: 5, activation: post}
cell: {rule: edges, vertices: 3, choices: [conv5x5-custom-network, identity, zero]}
"""


def test_spaces_without_a_network_of_their_own_stand_in_three_stages():
    graph = ArchGraph(
        ["input", "conv3x3-bn-relu", "identity", "sum", "output"], [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]
    )
    network = compile_network(graph, "mine", (1, 8, 8), 3, seed=0, channels=4)
    assert network(torch.zeros(2, 1, 8, 8)).shape == (2, 3)


def test_a_space_of_ones_own_has_a_cost(tmp_path):
    (tmp_path / "mine.yaml").write_text(DESCRIPTION)
    space = spaces.get(f"custom:{tmp_path / 'mine.yaml'}")
    graph = max(space.enumerate(), key=lambda graph: graph.ops.count("conv5x5-custom-network"))
    cells = sum(3 * (25 * channels**2 + channels) for channels in (16, 32, 64))
    between = 16 * 32 + 64 + 32 * 64 + 128
    assert cost(graph, space).params == 27 * 16 + 32 + cells + between + 650
    assert cost(graph, f"custom:{tmp_path / 'mine.yaml'}") == cost(graph, space)


@pytest.mark.parametrize(("cells", "stages"), [(2, 3), (1, 4)])
def test_cells_and_stages_can_be_set(cells, stages):
    space = spaces.NodeCellSpace("own", ["conv3x3-bn-relu"], 4, 5)
    graph = ArchGraph(["input", "conv3x3-bn-relu", "output"], [(0, 1), (1, 2)])
    widths = [8 * 2**stage for stage in range(stages)]
    weights = 27 * 8 + 16 + sum(a * b + 2 * b for a, b in pairwise(widths))
    weights += cells * sum(9 * width**2 + 2 * width for width in widths) + widths[-1] * 10 + 10
    assert cost(graph, space, channels=8, cells=cells, stages=stages).params == weights
