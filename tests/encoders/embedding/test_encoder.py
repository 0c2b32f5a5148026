import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from archgraph import ArchGraph, ArchTable, spaces
from archgraph.testing.spaces import shuffled
from encoders.embedding.encoder import ArchEncoder
from encoders.graph_network.graphs import DenseGraphs
from encoders.graph_network.network import depths


@pytest.fixture(scope="module", params=["dag:1-4", "nasbench201", "darts", "macro"])
def graphs(request):
    return spaces.get(request.param).sample(40, np.random.default_rng(0))


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return ArchEncoder(latent=8, hidden=32).eval()


def test_isomorphic_graphs_have_the_same_embedding(graphs, encoder):
    rng = np.random.default_rng(0)
    relabelled = [ArchGraph(*shuffled(graph, rng)) for graph in graphs]
    first, second = (encoder.encode(ArchTable.from_graphs(g)) for g in (graphs, relabelled))
    torch.testing.assert_close(first, second, atol=1e-4, rtol=1e-4)


def test_non_isomorphic_graphs_have_different_embeddings(graphs, encoder):
    table = ArchTable.from_graphs(graphs)
    z = encoder.encode(table[np.unique(table.hashes(), return_index=True)[1]])
    distance = torch.cdist(z, z) + torch.eye(len(z)) * 1e9
    assert distance.min() > 1e-4


def test_the_fast_path_gives_the_numbers_of_a_pyg_batch(graphs, encoder):
    with torch.no_grad():
        z = encoder(Batch.from_data_list(graphs))
    assert z.shape == (len(graphs), 8)
    torch.testing.assert_close(encoder.encode(ArchTable.from_graphs(graphs)), z, atol=1e-5, rtol=1e-5)


def test_graphs_of_different_sizes_are_encoded_in_the_tables_order(encoder):
    mixed = [
        graph
        for name in ("dag:1-5", "darts", "nasbench101")
        for graph in spaces.get(name).sample(3, np.random.default_rng(1))
    ]
    together = encoder.encode(ArchTable.from_graphs(mixed))
    for graph, z in zip(mixed, together, strict=True):
        torch.testing.assert_close(encoder.encode(ArchTable.from_graphs([graph]))[0], z, atol=1e-5, rtol=1e-5)


def test_the_fast_path_has_the_gradients_of_the_pyg_path(graphs, encoder):
    table = ArchTable.from_graphs(graphs)
    gradients = []
    for forward in (lambda: encoder(table.batch()), lambda: encoder.embed(DenseGraphs.of(table.columns))):
        encoder.zero_grad()
        forward().square().mean().backward()
        gradients.append([p.grad.clone() for p in encoder.parameters()])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


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


def test_an_empty_table_has_an_empty_embedding(graphs):
    assert ArchEncoder(latent=3).encode(ArchTable.from_graphs(graphs)[:0]).shape == (0, 3)


def test_gradients_of_two_threads_repeat_exactly(encoder):
    columns = ArchTable.from_graphs(spaces.get("nasbench101").sample(300, np.random.default_rng(0))).columns
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = []
        for _ in range(8):
            encoder.zero_grad()
            encoder.embed(DenseGraphs.of(columns)).square().sum().backward()
            found.append(torch.cat([p.grad.flatten() for p in encoder.parameters() if p.grad is not None]))
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(found[0], again) for again in found)
