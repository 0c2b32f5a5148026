import json

import numpy as np
import pytest
import torch

from archgraph import ArchTable, spaces
from archgraph.errors import InputError
from encoders import load_encoder
from encoders.graph_network.checkpoint import NetworkCheckpoint, is_network, load_network
from encoders.graph_network.network import GraphNetwork


@pytest.fixture
def folder(tmp_path):
    NetworkCheckpoint(GraphNetwork(hidden=8, layers=1), {"seed": 3}).save(tmp_path / "e")
    return tmp_path / "e"


def test_a_network_comes_back(folder, tmp_path):
    table = ArchTable.from_graphs(spaces.get("macro").sample(5, np.random.default_rng(0)))
    found = load_network(folder)
    assert found.trained == {"seed": 3}
    found.save(tmp_path / "again")
    assert torch.equal(found.network.read(table), load_network(tmp_path / "again").network.read(table))
    assert (folder / "model.safetensors").read_bytes() == (tmp_path / "again" / "model.safetensors").read_bytes()


def test_a_network_of_fewer_kinds_of_operations_reads_what_it_knew(folder):
    config = json.loads((folder / "config.json").read_text())
    kinds = config["operation_kinds"]
    table = ArchTable.from_graphs(spaces.get("macro").sample(5, np.random.default_rng(0)))
    network = load_network(folder).network
    weights = network.state_dict()
    kept = [number for number, kind in enumerate(kinds) if kind not in ("cell", "embedding")]
    described = list(range(len(kinds), weights["node.weight"].shape[1]))
    weights["node.weight"] = weights["node.weight"][:, kept + described].contiguous()
    from safetensors.torch import save_file

    save_file(weights, folder / "model.safetensors")
    config["operation_kinds"] = [kinds[number] for number in kept]
    (folder / "config.json").write_text(json.dumps(config))
    assert torch.equal(load_network(folder).network.read(table), network.read(table))


def test_what_is_none_is_refused_in_one_line(folder, tmp_path):
    with pytest.raises(InputError, match="is no encoder"):
        load_network(tmp_path / "missing")
    with pytest.raises(InputError, match="is no encoder of an embedding space but of kind 'graph network'"):
        load_encoder(folder)
    assert is_network(folder)
    assert not is_network(tmp_path)
    (folder / "model.safetensors").write_bytes(b"\0" * 20)
    with pytest.raises(InputError, match="damaged"):
        load_network(folder)
    (folder / "config.json").write_text('{"kind": "delta"}')
    with pytest.raises(InputError, match="no graph network but of kind 'delta'"):
        load_network(folder)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "1.0.0"}, "was written by archgraph 1.0.0"),
        ({"version": 2}, "is none"),
        ({"trained": 1}, "by name"),
    ],
)
def test_a_network_of_the_future_or_of_no_version_is_refused(folder, changed, said):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changed))
    with pytest.raises(InputError, match=said):
        load_network(folder)
