"""Graphs go back to their derivations, however their nodes are numbered; others are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from published_networks import mixer, resnet, vit
from small_grammar import seeds, small

from archgraph import ArchGraph, spaces
from archgraph.errors import GraphError
from archgraph.spaces.grammar.parsing import Forest
from archgraph.testing.spaces import shuffled

SPACES = {name: spaces.get(f"grammar:{name}") for name in ("vision", "sequence", "dag", "nasbench201")}


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=15)
@given(seed=seeds)
def test_a_graph_has_one_first_derivation_and_it_gives_the_graph(name, seed):
    space, rng = SPACES[name], np.random.default_rng(seed)
    [graph] = space.sample(1, rng)
    derivation = space.derivation(graph)
    assert space.graph(derivation) == graph
    assert space.derivation(ArchGraph(*shuffled(graph, rng))) == derivation


def test_the_first_derivation_of_a_member_is_the_least_of_all():
    space = small()
    members: dict[str, list] = {}
    for n in space.counts.sizes:
        for derivation in space.counts.every("cell", n):
            members.setdefault(space.graph(derivation).canonical_hash(), []).append(derivation)
    assert len(members) < space.derivations
    for derivations in list(members.values())[::7]:
        assert space.derivation(space.graph(derivations[-1])) == min(derivations)


def test_published_networks_are_members_of_vision():
    space = SPACES["vision"]
    for graph in (resnet((2, 2, 2, 2)), resnet((3, 4, 6, 3)), vit(12, 16, 4), mixer(8, 16)):
        native = space.to_native(graph)
        assert space.from_native(native) == graph


def test_what_other_nodes_read_too_is_no_part_by_itself():
    space = small()
    ops = ["input", "conv3x3-bn-relu", "relu", "maxpool3x3", "relu", "sum", "output"]
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (4, 5), (5, 6)]
    with pytest.raises(GraphError, match="not a member of grammar:small: it cannot be derived from cell"):
        space.validate(ArchGraph(ops, edges))
    with pytest.raises(GraphError, match="it has no operation avgpool3x3"):
        space.validate(ArchGraph(["input", "avgpool3x3", "output"], [(0, 1), (1, 2)]))


def test_copies_that_differ_are_no_repeat():
    space = small()
    two = ArchGraph(["input", "maxpool3x3", "conv3x3-bn-relu", "output"], [(0, 1), (1, 2), (2, 3)])
    assert space.to_native(two) == "131030"  # one after another, not twice the same
    same = ArchGraph(["input", "maxpool3x3", "maxpool3x3", "output"], [(0, 1), (1, 2), (2, 3)])
    forest = Forest(space.counts, same.ops, same.edges)
    assert {number for number, _ in forest.ways(forest.root)} == {1, 2}


def test_members_with_too_many_nodes_are_none():
    ops = ["input", *["maxpool3x3"] * 12, "output"]
    with pytest.raises(GraphError, match="more than 9"):
        small().validate(ArchGraph(ops, [(i, i + 1) for i in range(13)]))
