"""Spaces of one graph on which positions choose among operations."""

import numpy as np
import pytest

from archgraph import ArchGraph, ArchTable, GraphError, InputError, spaces
from archgraph.spaces import Space, TemplateSpace
from archgraph.spaces.template import chain, complete_cell, is_rigid
from archgraph.testing import SpaceContract

CHOICES = ["identity", "conv3x3-relu", "maxpool3x3"]


def own(ops=None, edges=None, positions=None, choices=None):
    made = chain(3)
    return TemplateSpace("own", ops or made[0], edges or made[1], positions or made[2], choices or [CHOICES] * 3)


class TestChain(SpaceContract):
    def make(self) -> Space:
        return own()


class TestPositionsOfDifferentChoices(SpaceContract):
    def make(self) -> Space:
        ops, edges, positions = complete_cell(3, join="concat")
        return TemplateSpace("own", ops, edges, positions, [CHOICES, CHOICES[:2], CHOICES])


def test_a_code_is_a_digit_a_position():
    space = own()
    graph = space.from_native("012")
    assert graph.ops == ("input", "identity", "conv3x3-relu", "maxpool3x3", "output")
    assert space.encode(graph) == (0, 1, 2)
    assert space.size() == len(space.codes()) == 27
    assert [space.native(code) for code in space.codes()[:3].tolist()] == ["000", "001", "002"]


def test_a_complete_cell_has_an_operation_on_every_edge():
    ops, edges, positions = complete_cell(4)
    assert ops.count("") == len(positions) == 6
    assert ops.count("sum") == 3
    assert (ops[0], ops[-1]) == ("input", "output")
    assert all(source < target for source, target in edges)


def test_a_graph_with_two_nodes_that_can_change_places_is_not_rigid():
    twins = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]
    assert not is_rigid(["input", "", "", "sum", "output"], twins)
    assert is_rigid(["input", "identity", "", "sum", "output"], twins)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"choices": [[], CHOICES, CHOICES]}, "1 to 10 different operations"),
        ({"choices": [["identity", "identity"], CHOICES, CHOICES]}, "1 to 10 different operations"),
        (
            {
                "positions": {"first": 1, "second": 2},
                "ops": ["input", "", "", "identity", "output"],
                "choices": [CHOICES] * 2,
            },
            "not both",
        ),
        (
            {
                "ops": ["input", "", "", "sum", "output"],
                "edges": [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)],
                "positions": {"first": 1, "second": 2},
                "choices": [CHOICES] * 2,
            },
            "interchangeable",
        ),
    ],
)
def test_a_template_whose_codes_would_not_be_distinct_is_refused(changes, reason):
    with pytest.raises(InputError, match=reason):
        own(**changes)


def test_a_graph_of_another_size_or_form_is_no_member():
    small = ArchGraph(["input", "identity", "output"], [(0, 1), (1, 2)])
    with pytest.raises(GraphError, match="3 nodes and 2 edges, not 5 and 4"):
        own().validate(small)
    cell = TemplateSpace("own", *complete_cell(3), [CHOICES] * 3)
    ops = ["input", "identity", "identity", "sum", "identity", "sum", "output"]
    with pytest.raises(GraphError, match="its nodes are joined differently"):
        cell.validate(ArchGraph(ops, [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 5), (5, 6)]))


def test_an_operation_of_another_position_is_no_choice():
    space = own(choices=[CHOICES[:1], CHOICES, CHOICES])
    with pytest.raises(GraphError, match="position 0 holds maxpool3x3, not identity"):
        space.validate(own().from_native("200"))


def test_a_space_with_one_member_cannot_be_mutated():
    space = own(choices=[CHOICES[:1]] * 3)
    with pytest.raises(InputError, match="single member"):
        space.mutate(space.from_native("000"), np.random.default_rng(0))


def test_many_codes_are_read_at_once_and_alone():
    space = own()
    members = space.enumerate()
    np.testing.assert_array_equal(space.to_codes(members), space.codes())
    assert [space.encode(graph) for graph in members] == list(map(tuple, space.codes().tolist()))
    assert space.from_codes(space.codes()[:5]) == list(members)[:5]
    assert list(ArchTable.from_columns(space.from_natives(["012", "210"]))) == [
        space.from_native("012"),
        space.from_native("210"),
    ]


def test_all_codes_are_listed_in_order_and_make_the_table() -> None:
    space = spaces.get("transnas")
    codes = space.codes()  # type: ignore[attr-defined]
    assert codes.shape == (4096, 6)
    assert (np.diff(codes @ 4 ** np.arange(5, -1, -1)) == 1).all()
    part = space.table(codes[[5, 77]], ids=["a", "b"])
    np.testing.assert_array_equal(space.to_codes(part), codes[[5, 77]])
    assert part.ids.tolist() == ["a", "b"]


def test_a_space_too_large_to_list_says_so() -> None:
    space = TemplateSpace("long", *chain(30), [["identity", "zero"]] * 30)
    with pytest.raises(InputError, match="too many to enumerate"):
        space.enumerate()
