"""Cells with operations on nodes."""

import numpy as np
import pytest

from archgraph import ArchGraph, ArchTable, GraphError, InputError
from archgraph.spaces import NodeCellSpace, Space, custom
from archgraph.testing import SpaceContract

CHOICES = ["identity", "conv3x3-relu"]
SMALL = NodeCellSpace("small", ["conv3x3-bn-relu", "maxpool3x3"], max_vertices=4, max_edges=4)


class TestCustomNodes(SpaceContract):
    def make(self) -> Space:
        choices = ["identity", "conv3x3-relu"]
        cell = {"rule": "nodes", "max_vertices": 5, "max_edges": 7, "choices": choices}
        return custom.from_dict({"name": "own-nodes", "cell": cell})


def test_the_smallest_space_is_counted_by_hand():
    """Input to output alone; one node of either operation, with and without the edge past it."""
    assert NodeCellSpace("own", CHOICES, max_vertices=3, max_edges=3).size() == 1 + 2 * 2


@pytest.mark.parametrize(
    ("choices", "vertices", "edges", "reason"),
    [
        (CHOICES, 2, 9, "3 to 7 nodes"),
        (CHOICES, 8, 9, "3 to 7 nodes"),
        (CHOICES, 5, 3, "at least one edge fewer than nodes"),
        ([], 5, 9, "different operations"),
        (["identity", "identity"], 5, 9, "different operations"),
        (["input"], 5, 9, "different operations"),
        (["conv-of-mine"], 5, 9, "unknown operation"),
    ],
)
def test_a_space_that_cannot_be_is_refused(choices, vertices, edges, reason):
    with pytest.raises(InputError, match=reason):
        NodeCellSpace("own", choices, vertices, edges)


@pytest.mark.parametrize(
    ("ops", "edges", "reason"),
    [
        (["input", *["identity"] * 4, "output"], [(i, i + 1) for i in range(5)], "more than 5 or 7"),
        (["input", "maxpool3x3", "output"], [(0, 1), (1, 2)], "no operation 'maxpool3x3'"),
    ],
)
def test_what_is_no_member_says_why(ops, edges, reason):
    with pytest.raises(GraphError, match=reason):
        NodeCellSpace("own", CHOICES, 5, 7).validate(ArchGraph(ops, edges))


def test_a_code_prunes_what_lies_on_no_path():
    space = NodeCellSpace("own", CHOICES, 4, 5)
    alone = ArchGraph(["input", "output"], [(0, 1)])
    [code] = space.to_codes(ArchTable.from_graphs([alone]))
    with_dead_end = code.copy()
    with_dead_end[0], with_dead_end[2] = 1, 1  # a node that the input reaches and that reaches nothing
    assert space.from_codes(np.stack([code, with_dead_end])) == [alone, alone]


def test_nodes_on_no_path_are_pruned_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="1 nodes on no path"):
        graph = SMALL.from_native("0011000100010000:input,maxpool3x3,conv3x3-bn-relu,output")
    assert graph.ops == ("input", "conv3x3-bn-relu", "output")


BROKEN = [
    ("0010:input,output", "upper triangular"),
    ("010:input,output", "is written as"),
    ("010001000:input,zero,output", "no operation 'zero'"),
    ("010001000:output,maxpool3x3,input", "must be `input`"),
]


@pytest.mark.parametrize(("native", "reason"), BROKEN)
def test_what_is_no_cell_is_refused(native: str, reason: str) -> None:
    for read in (SMALL.from_native, lambda text: SMALL.from_natives([text])):
        with pytest.raises(InputError, match=reason):
            read(native)
