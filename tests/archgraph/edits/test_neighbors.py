"""One-edit neighbours, edit distance and edit paths."""

import numpy as np
import pytest

from archgraph import ArchGraph, spaces
from archgraph.edits.neighbors import neighbors
from archgraph.edits.paths import edit_distance

CELLS = spaces.get("nasbench101")

OPS = ("identity", "conv3x3-relu")


@pytest.mark.parametrize(("kind", "distance"), [("op", 1), ("edge", 1), ("rewire", 2), ("node", 3)])
def test_neighbors_are_as_far_as_their_kind_says(kind: str, distance: int) -> None:
    for graph in CELLS.sample(3, np.random.default_rng(4)):
        found = neighbors(graph, OPS, kinds=[kind])  # type: ignore[list-item]
        assert found
        assert all(1 <= edit_distance(graph, other) <= distance for other in found)


def test_all_changes_of_one_operation_or_edge_are_found() -> None:
    chain = ArchGraph(["input", "identity", "conv3x3-relu", "output"], [(0, 1), (1, 2), (2, 3)])
    assert len(neighbors(chain, OPS, kinds=["op"])) == 2
    assert len(neighbors(chain, OPS, kinds=["edge"])) == 3


def test_kinds_have_their_inverse() -> None:
    for kind in ("op", "edge", "rewire", "node"):
        graph = CELLS.sample(1, np.random.default_rng(5))[0]
        for other in neighbors(graph, CELLS.node_operations, kinds=[kind]):  # type: ignore[list-item]
            assert graph in neighbors(other, CELLS.node_operations, kinds=[kind])  # type: ignore[list-item]
