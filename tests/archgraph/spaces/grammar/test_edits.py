"""Edits of derivations stay within the grammar, and each can be undone."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from small_grammar import seeds, small

from archgraph import spaces
from archgraph.spaces.grammar.building import size
from archgraph.spaces.grammar.edits import at, put

VISION = spaces.get("grammar:vision")


def test_every_member_is_a_neighbor_of_its_neighbors():
    space = small()
    graphs = space.sample(6, np.random.default_rng(0))
    for graph in graphs:
        for neighbor in space.neighbors(graph)[::3]:
            assert graph in space.neighbors(neighbor)


def test_neighbors_of_cells_are_those_of_their_spaces():
    cells, grammar = spaces.get("dag"), spaces.get("grammar:dag")
    for graph in cells.sample(8, np.random.default_rng(1)):
        assert set(grammar.neighbors(graph)) == set(cells.neighbors(graph))


def test_one_edit_changes_one_alternative_and_adds_the_simplest():
    space = small()
    graph = space.from_native("030")  # one operation
    assert set(map(space.to_native, space.neighbors(graph))) == {"031", "130030", "000", "0100", "0200"}


@settings(max_examples=20)
@given(seed=seeds)
def test_sub_trees_drawn_anew_and_exchanged_give_members(seed):
    rng = np.random.default_rng(seed)
    first, second = VISION.sample(2, rng)
    for child in (VISION.regrow(first, rng), VISION.crossover(first, second, rng)):
        VISION.validate(child)
        assert child.num_nodes <= VISION.grammar.most + 2


@pytest.mark.slow
def test_a_thousand_crossovers_and_mutations_give_members():
    rng = np.random.default_rng(0)
    graphs = VISION.sample(1001, rng)
    for first, second in pairwise(graphs):
        VISION.validate(VISION.crossover(first, second, rng))
        VISION.validate(VISION.regrow(first, rng))
    for graph in graphs[:1000]:
        VISION.validate(VISION.mutate(graph, rng))


def test_a_sub_tree_is_found_and_replaced_where_it_stands():
    space = small()
    edits, random = space.edits, Random(0)
    derivation = space.derivation(space.from_native("030"))
    assert at(derivation, (0, 0)) == (0,)
    assert put(derivation, (0, 0), (1,)) == (0, (3, (1,)))
    grown = [edits.regrown(derivation, random) for _ in range(40)]
    assert {size(space.grammar, one) for one in grown} <= {1, 2}
    assert edits.crossed(derivation, derivation, random) == derivation
