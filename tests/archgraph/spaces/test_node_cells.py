"""Cells with operations on nodes and few edges."""

import pytest

from archgraph import InputError
from archgraph.spaces import NodeCellSpace

SPACE = NodeCellSpace("small", ["conv3x3-bn-relu", "maxpool3x3"], max_vertices=4, max_edges=4)


def test_members_are_counted_and_listed_once() -> None:
    table = SPACE.enumerate()
    assert len(table) == len(set(table.hashes())) == SPACE.size()
    assert max(table.graph_sizes) == 4


def test_nodes_on_no_path_are_pruned_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="1 nodes on no path"):
        graph = SPACE.from_native("0011000100010000:input,maxpool3x3,conv3x3-bn-relu,output")
    assert graph.ops == ("input", "conv3x3-bn-relu", "output")


BROKEN = [
    ("0010:input,output", "upper triangular"),
    ("010:input,output", "is written as"),
    ("010001000:input,zero,output", "no operation 'zero'"),
    ("010001000:output,maxpool3x3,input", "must be `input`"),
]


@pytest.mark.parametrize(("native", "reason"), BROKEN)
def test_what_is_no_cell_is_refused(native: str, reason: str) -> None:
    for read in (SPACE.from_native, lambda text: SPACE.from_natives([text])):
        with pytest.raises(InputError, match=reason):
            read(native)


ODD = [(["zero"], 8, 9), (["zero"], 4, 2), ([], 4, 4), (["zero", "zero"], 4, 4), (["input"], 4, 4)]


@pytest.mark.parametrize(("choices", "vertices", "edges"), ODD)
def test_sizes_and_choices_that_make_no_sense_are_refused(choices: list[str], vertices: int, edges: int) -> None:
    with pytest.raises(InputError, match="space odd"):
        NodeCellSpace("odd", choices, vertices, edges)
