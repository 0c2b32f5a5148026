"""Every member of a grammar is a path through the network of its choices, and nothing else is."""

import numpy as np
import pytest
from small_grammar import cells_in_cells

from archgraph.networks.macro_skeleton import network_of
from archgraph.networks.open_network import mixture_name, network_of_choices
from archgraph.networks.skeleton import Skeleton


def taken(choice, derivation):
    """Number of each choice that a derivation makes -> position of what it takes."""
    number, *children = derivation
    place = [option.number for option in choice.options].index(number)
    found = {} if choice.number < 0 else {choice.number: place}
    for inside, child in zip(choice.options[place].inside, children, strict=True):
        found |= taken(inside, child)
    return found


@pytest.fixture(scope="module")
def space():
    return cells_in_cells()


@pytest.mark.parametrize("rows", [1, 2])
def test_every_member_is_a_path_and_costs_what_its_own_network_does(space, rows):
    opened, skeleton = space.open_cells(), Skeleton.fade((1, 8, 8), 10, rows, 8, norm="none")
    network = network_of_choices(opened, skeleton)
    for derivation in space.sample_derivations(60, np.random.default_rng(0)):
        choice = {
            mixture_name(row, number): place
            for row in range(rows)
            for number, place in taken(opened.root, derivation).items()
        }
        own = network_of(skeleton, [space.graph(derivation)] * rows)
        path = network.select(choice)
        assert (path.cost, path.depth) == (own.cost, own.depth)


def test_what_stands_inside_is_normed_as_cells_are(space):
    opened = space.open_cells()
    normed, plain = (
        network_of_choices(opened, Skeleton.fade((1, 8, 8), 10, 1, 8, norm=norm)) for norm in ("cells", "none")
    )
    inside = [layer for layer in normed.layers if layer.join == "mixture"]
    behind = {source for layer in inside for source in layer.sources}
    assert all(normed.layers[number].steps[-1].kind == "BatchNorm2d" for number in behind)
    assert normed.mixtures == plain.mixtures
