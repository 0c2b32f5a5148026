"""The contract that every space keeps, as a suite of tests to inherit.

    from archgraph.testing import SpaceContract

    class TestMySpace(SpaceContract):
        def make(self):
            return MySpace()

pytest then runs every test of the suite on the space.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from archgraph.architecture import check_architecture
from archgraph.canonical import RawGraph, canonical_hashes
from archgraph.graph import ArchGraph
from archgraph.spaces.base import Space
from archgraph.table.table import ArchTable
from archgraph.testing.outcome import outcome


def shuffled(graph: ArchGraph, rng: np.random.Generator) -> RawGraph:
    """The same graph with its nodes in a random topological order."""
    ops, edges = graph.ops, graph.edges
    waiting = np.zeros(len(ops), dtype=int)
    for _, t in edges:
        waiting[t] += 1
    order: list[int] = []
    ready = [0]
    while ready:
        node = ready.pop(int(rng.integers(len(ready))))
        order.append(node)
        for s, t in edges:
            if s == node:
                waiting[t] -= 1
                if not waiting[t]:
                    ready.append(t)
    position = {node: i for i, node in enumerate(order)}
    return [ops[i] for i in order], sorted((position[s], position[t]) for s, t in edges)


class SpaceContract(ABC):
    """Tests of one space. `make` gives the space; the attributes bound the work.

    Attributes:
        samples: members drawn for each test.
        most_enumerated: a space with more members than that is not enumerated.
        most_neighbors: how many neighbours of a member are followed back.

    Example:
        >>> from archgraph import spaces
        >>> from archgraph.testing import SpaceContract
        >>> class TestMySpace(SpaceContract):
        ...     def make(self):
        ...         return spaces.get("dag:1-3")
        >>> [name for name in dir(TestMySpace) if name.startswith("test_")][:1]
        ['test_any_code_is_a_member_or_none']
    """

    samples = 20
    most_enumerated = 20_000
    most_neighbors = 12
    _spaces: dict[type, Space] = {}  # noqa: RUF012  one space a test class, since some take a while to make

    @abstractmethod
    def make(self) -> Space:
        """The space under test."""

    @property
    def space(self) -> Space:
        """The space, made once."""
        return self._spaces.setdefault(type(self), self._spaces.get(type(self)) or self.make())

    @property
    def rng(self) -> np.random.Generator:
        """Random numbers, the same for each test."""
        return np.random.default_rng(0)

    @property
    def members(self) -> list[ArchGraph]:
        """Sampled members."""
        return self.space.sample(self.samples, self.rng)

    def test_samples_are_valid_members(self) -> None:
        for graph in self.members:
            check_architecture(graph.ops, graph.edges)
            self.space.validate(graph)
            assert graph in self.space
            assert set(graph.ops) <= set(self.space.operations)

    def test_sampling_is_repeatable_and_gives_as_many_as_asked(self) -> None:
        first, second = (self.space.sample(7, np.random.default_rng(3)) for _ in range(2))
        assert [(g.ops, g.edges) for g in first] == [(g.ops, g.edges) for g in second]
        assert len(first) == 7
        assert self.space.sample(0, self.rng) == []

    def test_native_form_round_trip_is_the_identity(self) -> None:
        for graph in self.members:
            native = self.space.to_native(graph)
            again = self.space.from_native(native)
            assert again == graph
            assert self.space.to_native(again) == native

    def test_relabelled_and_canonical_members_stay_members(self) -> None:
        rng = self.rng
        for graph in self.members:
            for other in (ArchGraph(*shuffled(graph, rng)), graph.canonical()):
                assert other == graph
                assert self.space.from_native(self.space.to_native(other)) == graph

    def test_codes_go_to_graphs_and_back_and_do_not_depend_on_labels(self) -> None:
        if not self.space.options:
            return
        members = self.members
        codes = self.space.to_codes(ArchTable.from_graphs(members))
        assert codes.shape == (len(members), len(self.space.options))
        assert (codes >= 0).all()
        assert (codes < np.array(self.space.options)).all()
        assert self.space.from_codes(codes) == members
        rng = self.rng
        relabelled = [ArchGraph(*shuffled(graph, rng)) for graph in members]
        np.testing.assert_array_equal(self.space.to_codes(ArchTable.from_graphs(relabelled)), codes)
        mixed = [graph for both in zip(members, relabelled, strict=True) for graph in both]
        np.testing.assert_array_equal(self.space.to_codes(ArchTable.from_graphs(mixed)), codes.repeat(2, axis=0))

    def test_any_code_is_a_member_or_none(self) -> None:
        if not self.space.options:
            return
        codes = self.rng.integers(self.space.options, size=(self.samples, len(self.space.options)))
        for graph in self.space.from_codes(codes):
            assert graph is None or graph in self.space

    def test_codes_of_other_choices_or_places_are_refused(self) -> None:
        if not self.space.options:
            return
        first = np.zeros((1, len(self.space.options)), dtype=np.int64)
        for codes in (first - 1, first + self.space.options, first[:, 1:], first[0]):
            graphs, refusal = outcome(partial(self.space.from_codes, codes))
            assert graphs is None
            assert "codes of" in refusal

    def test_choices_are_codes_in_words_and_name_the_member_they_are_of(self) -> None:
        assert self.space.options == tuple(map(len, self.space.choices.values()))
        for values in self.space.choices.values():
            assert len(set(map(str, values))) == len(values)
        members = self.members
        if not self.space.choices:
            found, refusal = outcome(partial(self.space.to_choices, members[0]))
            assert found is None
            assert "no codes" in refusal
            return
        rng = self.rng
        codes = self.space.to_codes(ArchTable.from_graphs(members)).tolist()
        for graph, code in zip(members, codes, strict=True):
            chosen = self.space.to_choices(graph)
            assert list(chosen) == list(self.space.choices)
            assert self.space.code(chosen) == tuple(code)
            assert self.space.from_choices(chosen) == graph
            assert self.space.to_choices(ArchGraph(*shuffled(graph, rng))) == chosen
        for wrong in ({}, {**chosen, "nowhere": 0}, {**chosen, min(chosen): "nothing"}):
            made, refusal = outcome(partial(self.space.from_choices, wrong))
            assert made is None
            assert "chooses" in refusal

    def test_canonical_hash_does_not_depend_on_labels(self) -> None:
        rng = self.rng
        for graph in self.members[:5]:
            hashes = canonical_hashes([shuffled(graph, rng) for _ in range(20)])
            assert set(hashes) == {graph.canonical_hash()}

    def test_neighbors_are_other_members_each_once(self) -> None:
        for graph in self.members[:5]:
            neighbors = self.space.neighbors(graph)
            assert len(set(neighbors)) == len(neighbors)
            assert graph not in neighbors
            for neighbor in neighbors:
                self.space.validate(neighbor)

    def test_being_neighbors_is_mutual(self) -> None:
        graph = self.members[0]
        neighbors = self.space.neighbors(graph)
        for i in self._some(len(neighbors)):
            assert graph in self.space.neighbors(neighbors[i])

    def test_mutation_gives_a_neighbor(self) -> None:
        rng = self.rng
        for graph in self.members[:3]:
            neighbors = set(self.space.neighbors(graph))
            if neighbors:
                assert all(self.space.mutate(graph, rng) in neighbors for _ in range(3))

    def test_crossover_gives_a_member_or_says_that_there_is_none(self) -> None:
        rng = self.rng
        members = self.members
        for first, second in pairwise(members):
            child, refusal = outcome(partial(self.space.crossover, first, second, rng))
            if child is None:
                assert "no crossover" in refusal
            else:
                self.space.validate(child)

    def test_enumeration_lists_every_member_once(self) -> None:
        size = self.space.size()
        if size is None or size > self.most_enumerated:
            return
        table = self.space.enumerate()
        hashes = table.hashes()
        assert len(table) == size
        assert len(set(hashes)) == size
        assert set(table.space) == {self.space.name}
        for i in self._some(size):
            assert self.space.from_native(table.ids[i]).canonical_hash() == hashes[i]
            self.space.validate(table[i])
        assert {graph.canonical_hash() for graph in self.members} <= set(hashes)

    def test_foreign_graphs_are_refused_in_one_line(self) -> None:
        foreign = ArchGraph(["input", "concat", "sum", "output"], [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)])
        assert foreign not in self.space
        assert "not a graph" not in self.space
        for native in ("", "nonsense", "\x00", "9" * 10_000):
            graph, refusal = outcome(partial(self.space.from_native, native))
            assert graph is None
            assert refusal

    def _some(self, count: int) -> NDArray[np.int64]:
        return self.rng.permutation(count)[: self.most_neighbors]
