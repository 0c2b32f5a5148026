"""Spaces of one graph on which positions choose."""

import numpy as np
import pytest

from archgraph import InputError, spaces
from archgraph.spaces.template import TemplateSpace, chain, complete_cell, is_rigid


def test_two_positions_that_are_interchangeable_are_refused() -> None:
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]
    with pytest.raises(InputError, match="two positions are interchangeable"):
        TemplateSpace("twins", ["input", "", "", "sum", "output"], edges, [1, 2], [["identity", "zero"]] * 2)


def test_an_operation_is_chosen_or_fixed() -> None:
    with pytest.raises(InputError, match="either chosen at positions or fixed"):
        TemplateSpace("both", ["input", "", "zero", "output"], [(0, 1), (1, 2), (2, 3)], [1], [["identity", "zero"]])


def test_a_position_has_1_to_10_different_operations() -> None:
    for options in ([], ["zero", "zero"]):
        with pytest.raises(InputError, match="1 to 10 different operations"):
            TemplateSpace("odd", *chain(1), [options])


def test_a_complete_cell_has_an_operation_on_each_edge() -> None:
    ops, edges, positions = complete_cell(4)
    assert (len(positions), ops.count("sum"), len(edges)) == (6, 3, 13)
    assert not is_rigid(["input", "zero", "zero", "output"], [(0, 1), (0, 2), (1, 3), (2, 3)])


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
