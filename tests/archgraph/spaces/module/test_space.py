"""Spaces around networks of one's own: the contract, what a file may say, and members that are one."""

import numpy as np
import pytest

from archgraph import spaces
from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.testing import SpaceContract

TEXT = """
name: small
network: small.safetensors
blocks:
  - {block: stem, width: [16, 8], kernel: [3, 5]}
  - {block: layer1, depth: [2, 1, 3], inner: [32, 16, 24]}
  - {block: layer2.0, depth: [1, 0], groups: [1, 2], activation: [relu, hardswish]}
  - {block: head}
"""


@pytest.fixture
def space(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(TEXT)
    return spaces.get(f"module:{file}")


class TestContract(SpaceContract):
    @pytest.fixture(autouse=True)
    def _file(self, tmp_path_factory):
        if type(self) not in self._spaces:
            file = tmp_path_factory.mktemp("space") / "small.yaml"
            file.write_text(TEXT)
            self._spaces[type(self)] = spaces.get(f"module:{file}")

    def make(self):
        raise AssertionError("made by the fixture")


def test_the_first_choices_are_the_network_as_it_is(space):
    graph = space.from_native("0" * len(space.options))
    assert graph.ops[1:-1] == (
        "block:stem-w16-k3",
        "block:layer1-i32",
        "block:layer1-i32",
        "block:layer2.0-g1-relu",
        "block:head",
    )
    assert space.to_choices(graph)["layer1.depth"] == 2


def test_what_a_block_that_is_left_out_chooses_has_no_effect(space):
    chosen = space.to_choices(space.from_native("0" * len(space.options))) | {"layer2.0.depth": 0}
    plain, other = (space.from_choices(chosen | {"layer2.0.activation": name}) for name in ("relu", "hardswish"))
    assert plain == other
    assert space.to_choices(other)["layer2.0.activation"] == "relu"
    assert space.size() == 4 * 9 * 5


def test_blocks_of_different_choices_differ_in_features(space):
    described = [tuple(OPS[name].features()) for name in space.operations if name.startswith("block:layer")]
    assert len(set(described)) == len(described)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("depth: [2, 1, 3]", "depth: [2, 2]", "different values"),
        ("depth: [2, 1, 3]", "depth: [-1]", "cannot be '-1'"),
        ("depth: [2, 1, 3]", "height: [1]", "not 'height'"),
        ("width: [16, 8]", "width: 16", "list of values"),
        ("block: head", "block: stem", "different names"),
        ("block: head", "block: a b", "a block is named"),
        ("block: head", "head: 1", "a block is written"),
        ("small.safetensors", "../small.safetensors", "beside the file"),
        ("small.safetensors", "x" * 300, "beside the file"),
        ("small.safetensors", '"a\\nb"', "beside the file"),
    ],
)
def test_a_malformed_file_is_refused_in_one_line_that_names_it(tmp_path, old, new, said):
    file = tmp_path / "wrong.yaml"
    file.write_text(TEXT.replace(old, new))
    with pytest.raises(InputError, match=said) as refused:
        spaces.get(f"module:{file}")
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_neighbours_change_one_place(space):
    graph = space.sample(1, np.random.default_rng(0))[0]
    chosen = space.to_choices(graph)
    for other in space.neighbors(graph):
        assert sum(a != b for a, b in zip(chosen.values(), space.to_choices(other).values(), strict=True)) == 1
