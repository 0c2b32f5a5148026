"""Every space keeps the contract, also spaces that a user describes."""

import warnings

import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from archgraph.spaces import Space, custom
from archgraph.testing.spaces import SpaceContract


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


class TestNATSSize(SpaceContract):
    def make(self) -> Space:
        return spaces.get("nats:size")


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


class TestCustomChain(SpaceContract):
    def make(self) -> Space:
        choices = [["identity", "conv3x3-relu"], ["conv3x3-relu", "maxpool3x3", "avgpool3x3"], ["identity", "zero"]]
        return custom.from_dict({"name": "own-chain", "cell": {"rule": "chain", "choices": choices}})


NAMES = ["dag", "dag:1-4x2", "nasbench101", "nasbench201", "darts", "macro", "transnas", "transnas:macro"]

_LETTERS = "0123456789-,:|~+[]()'\" _\n\x00é²x" + "conv"


def broken(native: str, rng: np.random.Generator) -> str:
    """The text with a few characters changed, removed, added, repeated or cut off."""
    text = native
    for _ in range(int(rng.integers(1, 4))):
        i, j = sorted(int(k) for k in rng.integers(0, len(text) + 1, size=2))
        letter = _LETTERS[int(rng.integers(len(_LETTERS)))]
        text = [
            text[:i] + letter + text[i + 1 :],
            text[:i] + text[j:],
            text[:i] + letter + text[i:],
            text[:j] + text[i:],
            text[:i],
            text[:i] + text[i:j] * 50 + text[j:],
        ][int(rng.integers(6))]
    return text


def read(space: Space, text: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells are pruned with a warning
            graph = space.from_native(text)
    except InputError as error:
        message = str(error)
        if not message or "\n" in message or len(message) > 1000:
            raise AssertionError(f"not one clear line for {text[:64]!r}: {message[:1000]!r}") from error
    else:
        space.validate(graph)


def fuzz(name: str, count: int) -> None:
    space, rng = spaces.get(name), np.random.default_rng(0)
    natives = [space.to_native(graph) for graph in space.sample(100, rng)]
    for k in range(count):
        read(space, broken(natives[k % 100], rng))


@pytest.mark.parametrize("name", NAMES)
def test_broken_texts_give_a_member_or_one_clear_error(name: str) -> None:
    fuzz(name, 300)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_10000_broken_texts_give_a_member_or_one_clear_error(name: str) -> None:
    fuzz(name, 10_000)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["", "\n", "\x00", "²" * 8, "٣" * 8, "1" * 100_000, "(" * 100_000, "[" * 10_000])
def test_hostile_texts_give_one_clear_error(name: str, text: str) -> None:
    with pytest.raises(InputError):
        spaces.get(name).from_native(text)


def test_a_space_without_rows_is_its_own_cell() -> None:
    space = spaces.get("macro")
    graph = space.from_native("01201201")
    assert (space.rows, space.cell) == (1, space)
    assert space.split(graph) == [graph]
    assert space.join([graph]) is graph
    with pytest.raises(InputError, match="one cell, but got 2"):
        space.join([graph, graph])
    with pytest.raises(InputError, match="rows are made of the cells of a dag space"):
        space.with_rows(3)


@pytest.mark.parametrize(
    "name", ["dag:1-4", "nasbench101", "nasbench201", "darts", "macro", "transnas:macro", "dag:1-2x2"]
)
def test_the_native_form_of_a_code_is_that_of_its_member(name: str) -> None:
    space = spaces.get(name)
    members = space.sample(6, np.random.default_rng(1))
    codes = space.to_codes(ArchTable.from_graphs(members))
    natives = [space.native(code) for code in codes.tolist()]
    assert [space.from_native(native) for native in natives] == members
    assert list(space.table(codes)) == members


def test_a_code_that_breaks_the_rules_has_no_native_form() -> None:
    space = spaces.get("transnas:macro")
    with pytest.raises(InputError, match="no member"):
        space.native([0] * 6)
    with pytest.raises(InputError, match="1 of 1 codes"):
        space.table(np.zeros((1, 6), dtype=np.int64))


@pytest.mark.parametrize(
    ("name", "same"), [("macro", True), ("nasbench201", True), ("dag:1-2", False), ("transnas:macro", False)]
)
def test_a_path_of_choices_says_so(name: str, same: bool) -> None:
    assert spaces.get(name).same_choices is same
