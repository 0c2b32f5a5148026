import numpy as np
import pytest

from archgraph import spaces
from archgraph.edits.paths import edit_distance
from archgraph.table.table import ArchTable
from encoders.embedding.pairs import MOST_EDITS, edit_pairs


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


def test_between_dags_the_numbering_of_vertices_does_not_count():
    space = spaces.get("dag:2-4")
    natives = [("4:0-1,0-2,2-3", "4:0-1,0-2,1-3"), ("4:0-1,1-2,2-3", "4:0-3,1-2,2-3"), ("2:0-1", "4:2-3")]
    codes = [np.zeros((len(natives), len(space.options)), dtype=np.int64) for _ in range(2)]
    for row, pair in enumerate(natives):
        for side, native in enumerate(pair):
            vertices, edges = native.split(":")
            codes[side][row, 0] = int(vertices) - 2
            for edge in edges.split(","):
                codes[side][row, 1 + ["0-1", "0-2", "0-3", "1-2", "1-3", "2-3"].index(edge)] = 1
    assert space.edits_between(*codes).tolist() == [0, 2, 2]
    rows = spaces.get("dag:2-4x3")
    assert rows.edits_between(*(code.reshape(1, -1) for code in codes)).tolist() == [4]


def test_one_edit_apart_are_neighbours():
    space = spaces.get("nasbench201")
    members = ArchTable.from_graphs(space.sample(30, np.random.default_rng(0)), space=space.name)
    pairs = edit_pairs(space, members, 60, np.random.default_rng(1))
    for row in np.flatnonzero(pairs.distance == 1):
        assert pairs.second[int(row)] in space.neighbors(pairs.first[int(row)])
