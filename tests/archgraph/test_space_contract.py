"""Every space keeps the contract, also spaces that a user describes."""

import pytest

from archgraph import InputError, spaces
from archgraph.spaces import Space, custom
from archgraph.testing.spaces import SpaceContract


class TestDag(SpaceContract):
    def make(self) -> Space:
        return spaces.get("dag")


class TestDagTooLargeToList(SpaceContract):
    samples = 8

    def make(self) -> Space:
        return spaces.get("dag:7")


class TestRows(SpaceContract):
    samples = 8

    def make(self) -> Space:
        return spaces.get("dag:1-3x3")


class TestManyRows(SpaceContract):
    samples = 6

    def make(self) -> Space:
        return spaces.get("dag:1-4x4")


class TestNASBench101(SpaceContract):
    def make(self) -> Space:
        return spaces.get("nasbench101")


class TestNASBench201(SpaceContract):
    def make(self) -> Space:
        return spaces.get("nasbench201")


class TestDARTS(SpaceContract):
    samples = 8
    most_neighbors = 6

    def make(self) -> Space:
        return spaces.get("darts")


class TestMacro(SpaceContract):
    def make(self) -> Space:
        return spaces.get("macro")


class TestTransNASMicro(SpaceContract):
    def make(self) -> Space:
        return spaces.get("transnas")


class TestTransNASMacro(SpaceContract):
    def make(self) -> Space:
        return spaces.get("transnas:macro")


class TestCustomEdges(SpaceContract):
    def make(self) -> Space:
        return custom.from_dict(
            {
                "name": "own-edges",
                "operations": [{"name": "conv7x7-relu", "kind": "conv", "kernel": 7, "activation": "post"}],
                "cell": {"rule": "edges", "vertices": 3, "choices": ["conv7x7-relu", "identity", "zero"]},
            }
        )


class TestCustomNodes(SpaceContract):
    def make(self) -> Space:
        choices = ["identity", "conv3x3-relu"]
        cell = {"rule": "nodes", "max_vertices": 5, "max_edges": 7, "choices": choices}
        return custom.from_dict({"name": "own-nodes", "cell": cell})


class TestCustomChain(SpaceContract):
    def make(self) -> Space:
        choices = [["identity", "conv3x3-relu"], ["conv3x3-relu", "maxpool3x3", "avgpool3x3"], ["identity", "zero"]]
        return custom.from_dict({"name": "own-chain", "cell": {"rule": "chain", "choices": choices}})


@pytest.mark.parametrize("name", spaces.SPACES)
def test_every_registered_space_has_a_description_and_refuses_bad_parameters(name: str) -> None:
    assert spaces.SPACES[name][1]
    with pytest.raises(InputError, match=name):
        spaces.get(f"{name}:?")


def test_an_unknown_space_lists_the_choices() -> None:
    with pytest.raises(InputError, match=r"choose from dag, nasbench101.*custom"):
        spaces.get("nasbench1001")


def test_a_space_can_be_registered_under_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "SPACES", dict(spaces.SPACES))
    spaces.register("own", lambda parameter: spaces.get("macro"), "a test")
    assert spaces.get("own").size() == 6561
    with pytest.raises(InputError, match="taken"):
        spaces.register("dag", lambda parameter: spaces.get("macro"))


@pytest.mark.parametrize("name", ["dag", "dag:2-4x3", "nasbench101", "darts", "transnas:macro"])
def test_a_space_prints_its_name_and_is_known_by_it(name: str) -> None:
    space = spaces.get(name)
    assert repr(space).endswith(f"({space.name!r})")
    assert spaces.get(space.name).size() == space.size()
