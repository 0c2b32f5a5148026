import numpy as np
import pytest

from archgraph import spaces
from archgraph.edits import edit_distance
from archgraph.table import ArchTable
from encoders.pairs import MOST_EDITS, edit_pairs


@pytest.fixture(params=["nasbench101", "nasbench201", "darts", "dag:1-5", "macro"])
def space(request):
    return spaces.get(request.param)


def test_pairs_are_members_a_known_number_of_edits_apart(space):
    members = ArchTable.from_graphs(space.sample(30, np.random.default_rng(0)), space=space.name)
    pairs = edit_pairs(space, members, 40, np.random.default_rng(1))
    assert 20 < len(pairs) <= 40
    assert ((pairs.distance >= 1) & (pairs.distance <= MOST_EDITS)).all()
    for first, second, distance in zip(pairs.first, pairs.second, pairs.distance, strict=True):
        assert first in space
        assert second in space
        assert first != second
        if max(first.num_nodes, second.num_nodes) <= 8:
            assert edit_distance(first, second) == distance
    again = edit_pairs(space, members, 40, np.random.default_rng(1))
    assert again.second.hashes() == pairs.second.hashes()


def test_one_edit_apart_are_neighbours():
    space = spaces.get("nasbench201")
    members = ArchTable.from_graphs(space.sample(30, np.random.default_rng(0)), space=space.name)
    pairs = edit_pairs(space, members, 60, np.random.default_rng(1))
    for row in np.flatnonzero(pairs.distance == 1):
        assert pairs.second[int(row)] in space.neighbors(pairs.first[int(row)])
