import numpy as np
import pytest
import torch

from archgraph import ArchTable, spaces
from encoders.graph_network.network import GraphNetwork
from encoders.graph_network.shared_states import runs


@pytest.mark.parametrize("layers", [1, 3])
def test_sharing_states_gives_the_numbers_of_a_batch(layers):
    torch.manual_seed(0)
    network = GraphNetwork(hidden=16, layers=layers).eval()
    graphs = spaces.get("nasbench101").sample(40, np.random.default_rng(0))
    table = ArchTable.from_graphs(graphs + graphs[:5])
    with torch.no_grad():
        expected = network.read_batch(table.batch())
    found = network.read_columns(table.columns)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert torch.equal(found[:5], found[40:])


def test_runs_hold_at_most_so_many_nodes_but_one_graph_at_least():
    assert list(runs(np.array([0, 3, 5, 15, 17]), 6)) == [(0, 2), (2, 3), (3, 4)]
