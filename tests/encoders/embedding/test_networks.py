import pytest

from archgraph.errors import InputError
from encoders.embedding.networks import network_of
from encoders.graph_network.checkpoint import NetworkCheckpoint, load_network
from encoders.graph_network.network import GraphNetwork


def test_a_network_is_trained_on_whoever_brings_it_and_no_encoder_is_none(checkpoint):
    network = GraphNetwork(hidden=8, layers=1)
    assert network_of(NetworkCheckpoint(network)) is network
    assert network_of(checkpoint) is checkpoint.pretrained.encoder.network
    assert network_of(None) is None


def test_what_ships_is_opened_by_name():
    found = network_of("base")
    assert found is not None
    assert found.sizes == load_network("base").network.sizes


def test_what_is_none_is_refused():
    with pytest.raises(InputError, match="is no encoder"):
        network_of("nowhere")
