"""The space around a network: its file, and its members."""

from __future__ import annotations

import imported_networks as networks
import numpy as np
import pytest

from archgraph import spaces
from archgraph.errors import InputError
from supernet.imported.space import NetworkSpace, from_module


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("space") / "net.yaml"
    from_module(networks.residual(), (1, 1, 8, 8), path)
    return path


def test_the_file_is_short_and_its_first_member_is_the_network(file, cases):
    space = NetworkSpace(spaces.get(f"module:{file}"))
    assert len(file.read_text().splitlines()) < 20
    graph = space.space.from_native("0" * len(space.space.options))
    assert cases["residual"].error(space.member(graph).network()) == 0
    assert (space.image, space.outputs) == ((1, 8, 8), 10)


def test_every_member_compiles(file, cases):
    space = NetworkSpace(spaces.get(f"module:{file}"))
    for graph in space.space.sample(5, np.random.default_rng(0)):
        network = space.member(graph).network()
        assert network(cases["residual"].images).shape == (3, 10)
        assert space.cost(graph).params == sum(p.numel() for p in network.parameters())


def test_an_edited_file_is_held_against_the_network(file):
    for old, new, said in (("depth: [2", "depth: [2, 7", ""), ("kernel: [3", "kernel: [3, 4", "odd number")):
        edited = file.with_name("edited.yaml")
        edited.write_text(file.read_text().replace(old, new, 1))
        space = spaces.get(f"module:{edited}")
        if not said:
            assert NetworkSpace(space).space.size() > 0
        else:
            with pytest.raises(InputError, match=said):
                NetworkSpace(space)


def test_a_damaged_network_is_refused_in_one_line(file, tmp_path):
    for content in (b"", b"\x00" * 100, file.with_suffix(".safetensors").read_bytes()[:-9]):
        (tmp_path / "net.yaml").write_text(file.read_text())
        (tmp_path / "net.safetensors").write_bytes(content)
        with pytest.raises(InputError, match="holds no network") as refused:
            NetworkSpace(spaces.get(f"module:{tmp_path / 'net.yaml'}"))
        assert "\n" not in str(refused.value)


def test_other_spaces_stand_around_no_network():
    with pytest.raises(InputError, match="module:FILE"):
        NetworkSpace(spaces.get("macro"))
