import pytest

from archgraph.errors import InputError
from encoders.delta.encoders import opened
from encoders.graph_network.checkpoint import NetworkCheckpoint, load_network
from encoders.graph_network.network import GraphNetwork


def test_a_network_is_trained_on_and_no_encoder_is_none():
    network = GraphNetwork(width=8, blocks=1, heads=2)
    assert opened(NetworkCheckpoint(network)) == (network, None)
    assert opened(None) == (None, None)


def test_what_ships_is_opened_by_name():
    network, embedding = opened("base")
    assert network.sizes == load_network("base").network.sizes
    assert embedding is None


def test_what_is_none_is_refused():
    with pytest.raises(InputError, match="is no encoder"):
        opened("nowhere")
