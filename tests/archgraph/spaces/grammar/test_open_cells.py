"""Cells of grammars with their choices open, at every level."""

from collections import Counter

import pytest
from small_grammar import cells_in_cells

from archgraph import InputError, spaces
from archgraph.persistence.plain_yaml import parse_yaml
from archgraph.spaces.grammar.open_cells import open_cells
from archgraph.spaces.grammar.reading import grammar_of
from archgraph.spaces.grammar.space import GrammarSpace


def space_of(text):
    return GrammarSpace("grammar:test", grammar_of(parse_yaml(text)))


def test_the_edges_of_nasbench201_are_six_mixtures_of_five():
    opened = open_cells(spaces.get("grammar:nasbench201").grammar)
    assert [(choice.rule, len(choice.options), choice.level) for choice in opened.choices] == [("op", 5, 0)] * 6
    (cell,) = opened.cells
    assert Counter(cell.ops)["other:mixture"] == 6
    assert Counter(cell.ops)["relu-conv3x3-bn"] == 6


def test_what_is_chosen_inside_stands_one_level_further_in():
    opened = cells_in_cells().open_cells()
    levels = {(choice.rule, choice.level) for choice in opened.choices}
    assert levels == {("cell", 0), ("inner", 1), ("cell times", 1), ("op", 2)}
    assert len(opened.cells) == 3


def test_copies_share_their_choices():
    opened = cells_in_cells().open_cells()
    of_copies = Counter(opened.mixtures[2].values())
    assert sorted(of_copies.values()) == [1, *[3] * (len(of_copies) - 1)]


def test_rules_that_come_back_to_themselves_do_so_as_often_as_nodes_allow():
    space = space_of("{start: cell, nodes: 6, rules: {cell: [op, [op, cell]], op: [conv3x3-relu, maxpool3x3]}}")
    opened = open_cells(space.grammar)
    assert [choice.rule for choice in opened.choices].count("cell") == 3  # a fourth operation can only be the last
    assert max(choice.level for choice in opened.choices) == 3


def test_a_grammar_with_too_many_choices_is_refused():
    with pytest.raises(InputError, match="more than 4096 nodes; bound them by `nodes`"):
        open_cells(spaces.get("grammar:sequence").grammar)


def test_edges_that_may_be_missing_are_refused():
    with pytest.raises(InputError, match="no mixture stands for that; write its cells into a file"):
        open_cells(spaces.get("grammar:dag").grammar)
