"""Which architectures are one network."""

from itertools import product

import numpy as np
import pytest

from archgraph import ArchTable, spaces
from archgraph.equivalence import network_hashes

EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]


def networks(space, natives):
    table = ArchTable.from_graphs([spaces.get(space).from_native(native) for native in natives])
    return network_hashes(table, table.hashes())


def reduced(code):
    """The code of a cell on four vertices, 0 being zero, with 0 for all that no path from first to last vertex uses."""
    used = [c != 0 for c in code]
    fed, heard = {0}, {3}
    for (s, t), on in zip(EDGES, used, strict=True):
        if on and s in fed:
            fed.add(t)
    for (s, t), on in reversed(list(zip(EDGES, used, strict=True))):
        if on and t in heard:
            heard.add(s)
    both = fed & heard
    return tuple(c if s in both and t in both else 0 for c, (s, t) in zip(code, EDGES, strict=True))


def test_cells_are_one_network_exactly_if_they_differ_in_what_carries_nothing():
    codes = list(product(range(4), repeat=6))
    found = networks("transnas", ["".join(map(str, code)) for code in codes])
    assert len(set(found)) == len(set(zip(found, map(reduced, codes), strict=True))) == len(set(map(reduced, codes)))


@pytest.mark.parametrize(("space", "count"), [("nasbench201", 9445), ("transnas", 2128), ("macro", 3969)])
def test_the_networks_of_published_spaces(space, count):
    table = spaces.get(space).enumerate()
    assert len(set(network_hashes(table, table.hashes()))) == count


def test_identities_of_a_chain_may_stand_anywhere_in_their_stage_behind_its_first_layer():
    assert len(set(networks("macro", ["22201201", "22210210"]))) == 1
    assert len(set(networks("macro", ["22201201", "22201210", "22211200"]))) == 2  # the last holds another layer
    assert len(set(networks("macro", ["20212222", "02212222"]))) == 2  # a first layer changes the shape


def test_identities_beside_other_ways_and_numberings_of_vertices_are_not_looked_through():
    assert len(set(networks("transnas", ["301123", "302131", "330132", "330123"]))) == 4


@pytest.mark.parametrize("space", ["darts", "nasbench101", "dag:1-5x3"])
def test_where_nothing_can_be_idle_each_architecture_is_its_own_network(space):
    table = ArchTable.from_graphs(spaces.get(space).sample(50, np.random.default_rng(0)))
    assert network_hashes(table, table.hashes()) == table.hashes()
