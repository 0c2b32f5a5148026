import numpy as np
import torch

from archgraph import ArchGraph, ArchTable
from encoders.embedding.dense import MAX_DEPTH, dense


def test_small_graphs_are_padded_to_the_largest_with_depths_from_both_ends():
    short = ArchGraph(["input", "conv3x3-bn-relu", "output"], [(0, 1), (1, 2)])
    pair = ArchGraph(["input", "output"], [(0, 1)])
    found = dense(ArchTable.from_graphs([pair, short]).columns)
    assert found.present.tolist() == [[True, True, False], [True, True, True]]
    assert found.adjacency.sum((1, 2)).tolist() == [1, 2]
    assert found.from_input[1].tolist() == [0, 1, 2]
    assert found.from_output[1].tolist() == [2, 1, 0]
    assert found.ops[0, 2] == 0


def test_deep_nodes_share_a_position():
    nodes = MAX_DEPTH + 5
    ops = ["input", *["conv3x3-bn-relu"] * (nodes - 2), "output"]
    chain = ArchGraph(ops, [(i, i + 1) for i in range(nodes - 1)])
    depths = dense(ArchTable.from_graphs([chain]).columns).from_input[0]
    assert torch.equal(depths, torch.from_numpy(np.minimum(np.arange(nodes), MAX_DEPTH - 1)))
