"""Spaces that break the contract are found."""

import numpy as np
import pytest
from suites import broken_promises

from archgraph import ArchGraph, InputError, spaces
from archgraph.spaces import MacroSpace
from archgraph.testing import SpaceContract
from archgraph.testing.spaces import shuffled


def suite(space):
    class Suite(SpaceContract):
        samples = 4

        def make(self):
            return space

    return Suite()


class Unseeded(MacroSpace):
    def sample(self, n, rng):
        return super().sample(n, np.random.default_rng())


class Short(MacroSpace):
    def sample(self, n, rng):
        return super().sample(n, rng)[1:]


class Mangling(MacroSpace):
    def from_native(self, native):
        return super().from_native(native[::-1])


class Alone(MacroSpace):
    def neighbors(self, graph):
        return [graph]


class OneWay(MacroSpace):
    def neighbors(self, graph):
        return super().neighbors(graph)[:1]


class Doubled(MacroSpace):
    def neighbors(self, graph):
        return super().neighbors(graph) * 2


class Incomplete(MacroSpace):
    def enumerate(self):
        return super().enumerate()[1:]


class Open(MacroSpace):
    def validate(self, graph):
        pass


class Silent(MacroSpace):
    def from_native(self, native):
        try:
            return super().from_native(native)
        except InputError:
            raise InputError("") from None


@pytest.mark.parametrize(
    ("space", "promise"),
    [
        (Unseeded(), "test_sampling_is_repeatable_and_gives_as_many_as_asked"),
        (Short(), "test_sampling_is_repeatable_and_gives_as_many_as_asked"),
        (Mangling(), "test_native_form_round_trip_is_the_identity"),
        (Alone(), "test_neighbors_are_other_members_each_once"),
        (Doubled(), "test_neighbors_are_other_members_each_once"),
        (OneWay(), "test_being_neighbors_is_mutual"),
        (Incomplete(), "test_enumeration_lists_every_member_once"),
        (Open(), "test_foreign_graphs_are_refused_in_one_line"),
        (Silent(), "test_foreign_graphs_are_refused_in_one_line"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_what_breaks_the_contract_is_found(space, promise, tmp_path):
    assert promise in broken_promises(suite(space), tmp_path)


def test_shuffled_graphs_are_the_same_with_other_numbers():
    graph = spaces.get("nasbench201").sample(1, np.random.default_rng(0))[0]
    rng = np.random.default_rng(1)
    orders = {tuple(shuffled(graph, rng)[0]) for _ in range(20)}
    assert len(orders) > 1
    assert all(ArchGraph(*shuffled(graph, rng)) == graph for _ in range(20))
