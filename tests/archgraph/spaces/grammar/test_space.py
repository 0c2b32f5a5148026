"""Spaces of grammars keep the contract, and hold the members that they are said to."""

import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from archgraph.networks.cost import cost
from archgraph.spaces import GrammarSpace, Space
from archgraph.spaces.grammar.building import size
from archgraph.testing import SpaceContract


class TestVision(SpaceContract):
    samples = 6
    most_neighbors = 2

    def make(self) -> Space:
        return spaces.get("grammar:vision")


class TestSequence(SpaceContract):
    samples = 6
    most_neighbors = 2

    def make(self) -> Space:
        return spaces.get("grammar:sequence")


class TestNASBench201(SpaceContract):
    most_enumerated = 0  # below, against the space itself

    def make(self) -> Space:
        return spaces.get("grammar:nasbench201")


class TestDag(SpaceContract):
    def make(self) -> Space:
        return spaces.get("grammar:dag")


class TestRowsOfCells(SpaceContract):
    samples = 6
    most_neighbors = 4

    def make(self) -> Space:
        return spaces.get("grammar:nasbench201x2")


def test_cells_of_a_file_stand_in_rows_and_whole_networks_do_not(tmp_path):
    (tmp_path / "ax2").write_text(
        "start: cell\nnodes: 8\nrules: {cell: [conv3x3-relu, [conv3x3-relu, conv3x3-relu]]}\n"
    )
    assert isinstance(spaces.get(f"grammar:{tmp_path}/ax2"), GrammarSpace)  # a file of this name
    space = spaces.get(f"grammar:{tmp_path}/ax2x3")
    assert (space.name, space.rows, space.size()) == (f"grammar:{tmp_path}/ax2x3", 3, 8)
    assert cost(space.from_native("0|1|1"), space).params > cost(space.from_native("0|1|0"), space).params
    with pytest.raises(InputError, match="rows are made of cells, but grammar:vision derives whole networks"):
        spaces.get("grammar:visionx3")
    with pytest.raises(InputError, match=r"no file gone\.yaml"):
        spaces.get("grammar:gone.yamlx3")


@pytest.mark.parametrize(
    ("name", "space", "members"), [("nasbench201", "nasbench201", 15_625), ("dag", "dag:1-5", 342)]
)
def test_a_benchmark_as_a_grammar_has_its_members(name, space, members):
    grammar = spaces.get(f"grammar:{name}")
    assert grammar.size() == members
    assert set(grammar.enumerate().hashes()) == set(spaces.get(space).enumerate().hashes())


def test_large_grammars_say_how_many_derivations_there_are():
    space = spaces.get("grammar:vision")
    assert space.size() is None
    assert space.derivations == sum(space.counts.rule("network", n) for n in space.counts.sizes) > 10**17
    with pytest.raises(InputError, match="too many to list; sample instead"):
        space.enumerate()


def test_sizes_are_drawn_evenly():
    space = spaces.get("grammar:dag")
    drawn = [size(space.grammar, one) for one in space.sample_derivations(6000, np.random.default_rng(0))]
    counts = np.bincount(drawn)[space.counts.sizes]
    assert counts.sum() == 6000
    assert np.abs(counts - 6000 / len(counts)).max() < 5 * np.sqrt(6000 / len(counts))


@pytest.mark.slow
def test_a_hundred_thousand_samples_are_members():
    space, rng = spaces.get("grammar:vision"), np.random.default_rng(0)
    drawn = 0
    while drawn < 100_000:
        derivations = space.sample_derivations(5000, rng)
        table = ArchTable.from_columns(space.columns(derivations), space=space.name)  # checks each architecture
        drawn += len(table)
        for graph in table[np.arange(0, len(table), 50)]:
            space.validate(graph)
