"""The space around a network: its file, and its members."""

from __future__ import annotations

import json
import re
import resource

import imported_networks as networks
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from archgraph import spaces
from archgraph.errors import CompileError, InputError
from supernet.imported.network import value_shapes
from supernet.imported.program_json import from_json
from supernet.imported.space import NetworkSpace, from_module, read_network


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


def test_a_member_that_would_fill_the_memory_is_refused(file):
    edited = file.with_name("wide.yaml")
    edited.write_text(re.sub(r"(width|inner): \[(\d+)", r"\1: [\2, 65536", file.read_text()))
    space = NetworkSpace(spaces.get(f"module:{edited}"))
    with pytest.raises(CompileError, match="numbers in its weights"):
        space.member(space.space.from_native("1" * len(space.space.options)))


def test_other_spaces_stand_around_no_network():
    with pytest.raises(InputError, match="module:FILE"):
        NetworkSpace(spaces.get("macro"))


def written(path, described, state):
    save_file({name: value.contiguous() for name, value in state.items()}, path, metadata={"program": described})
    return path


HUGE = [
    ["a", "aten.full.default", [[1 << 33], 1], {}],
    ["a", "aten.arange.default", [1 << 33], {}],
    ["a", "aten.expand.default", [{"ref": "x"}, [1 << 33, 4]], {}],
    ["a", "aten.tensor_split.sections", [{"ref": "$w"}, 1 << 20], {}],
    ["a", "aten.tensor_split.sections", [{"ref": "x"}, 1 << 40], {}],
]


@pytest.mark.parametrize("call", HUGE, ids=lambda call: call[1])
def test_a_program_that_asks_for_much_memory_is_refused_before_it_is_taken(call):
    described = {"inputs": {"x": "1,4"}, "calls": [call], "outputs": ["a"], "trainable": [], "any_batch": True}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CompileError):
        value_shapes(from_json(described), {"w": torch.zeros(1 << 20)})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20


def test_a_program_of_too_many_words_is_refused(tmp_path):
    described = json.dumps({"calls": [[]] * (1 << 20)})
    with pytest.raises(InputError, match=r"at most .* characters"):
        read_network(written(tmp_path / "net.safetensors", described + " " * (1 << 22), {"w": torch.zeros(1)}))
