"""What is computed of architectures does not depend on who asked for what before."""

import numpy as np
import pytest

from archgraph import spaces
from search.architectures import Architectures

SPACE = spaces.get("macro")
BLOCKS = ("physics", "statistics")


@pytest.fixture(scope="module")
def members():
    """A tenth of the space."""
    return SPACE.enumerate()[np.random.default_rng(0).permutation(SPACE.size())[::10]]


def test_neighbours_are_those_of_the_space_that_the_table_holds(members):
    architectures = Architectures(SPACE, members)
    for row in range(0, len(members), 97):
        near = {graph.canonical_hash() for graph in SPACE.neighbors(members[row])}
        found = [architectures.hashes[other] for other in architectures.neighbors(row).tolist()]
        assert len(set(found)) == len(found)
        assert set(found) == near & set(architectures.hashes)


def test_an_open_space_has_all_neighbours_and_knows_each_once():
    architectures = Architectures(SPACE)
    [row] = architectures.add([SPACE.from_native("01201201")])
    near = architectures.neighbors(int(row))
    assert len(set(near.tolist())) == 16
    assert row in architectures.neighbors(int(near[0]))
    assert {architectures.native(other) for other in near.tolist()} == {
        SPACE.to_native(graph) for graph in SPACE.neighbors(architectures.graph(int(row)))
    }


def test_features_do_not_depend_on_what_was_read_before_or_ahead(members):
    at_once, bit_by_bit = Architectures(SPACE, members), Architectures(SPACE, members)
    rows = np.random.default_rng(1).permutation(len(members))
    whole = at_once.features(rows, *BLOCKS)
    bit_by_bit.expect(rows[::-7])
    for i in range(0, len(rows), 50):
        np.testing.assert_array_equal(bit_by_bit.features(rows[i : i + 3], *BLOCKS), whole[i : i + 3])
