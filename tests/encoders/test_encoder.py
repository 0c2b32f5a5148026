import networkx as nx
import numpy as np
import torch
from torch_geometric.data import Batch

from archgraph import ArchGraph, ArchTable
from encoders.encoder import ArchEncoder, depths


def test_isomorphic_graphs_have_the_same_embedding(members):
    torch.manual_seed(0)
    encoder = ArchEncoder(latent=5)
    rng = np.random.default_rng(0)
    relabelled = []
    for graph in members:
        nodes = rng.permutation(graph.num_nodes).tolist()
        shuffled = nx.relabel_nodes(graph.to_networkx(), dict(enumerate(nodes)))
        relabelled.append(ArchGraph.from_networkx(shuffled))
    embedded = encoder.encode(ArchTable.from_graphs(relabelled))
    torch.testing.assert_close(encoder.encode(members), embedded, atol=1e-4, rtol=1e-4)


def test_non_isomorphic_graphs_have_different_embeddings(members):
    torch.manual_seed(0)
    z = ArchEncoder(latent=8).encode(members)
    distance = torch.cdist(z, z) + torch.eye(len(z)) * 1e9
    assert distance.min() > 1e-4


def test_columns_give_the_numbers_of_a_batch_of_graphs(members):
    encoder = ArchEncoder(latent=3).eval()
    with torch.no_grad():
        mean, log_variance = encoder(Batch.from_data_list(list(members)))
    assert mean.shape == log_variance.shape == (len(members), 3)
    torch.testing.assert_close(encoder.encode(members, batch_size=7), mean, atol=1e-5, rtol=1e-5)


def test_direction_of_the_data_flow_matters():
    torch.manual_seed(0)
    ops = ["input", "conv3x3-relu", "identity", "output"]
    chain, reverse = (
        ArchGraph(ops, [(0, 1), (1, 2), (2, 3)]),
        ArchGraph(ops[:1] + ops[2:0:-1] + ops[3:], [(0, 1), (1, 2), (2, 3)]),
    )
    z = ArchEncoder().encode(ArchTable.from_graphs([chain, reverse]))
    assert (z[0] - z[1]).abs().max() > 1e-3


def test_depth_is_the_longest_path():
    edges = torch.tensor([[0, 0, 1, 2, 0], [1, 2, 2, 3, 3]])
    assert depths(edges, 4).tolist() == [0, 1, 2, 3]
    assert depths(edges.flip(0), 4).tolist() == [3, 2, 1, 0]


def test_an_empty_table_has_an_empty_embedding(members):
    assert ArchEncoder(latent=3).encode(members[:0]).shape == (0, 3)
