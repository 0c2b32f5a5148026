"""The contract that every objective keeps, as a suite of tests to inherit.

    from archgraph.testing import ObjectiveContract

    class TestMyObjective(ObjectiveContract):
        def make(self):
            return MyObjective(spaces.get("dag:1-4"))

pytest then runs every test of the suite on the objective.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from archgraph.testing.outcome import outcome


class Asked(NamedTuple):
    """An architecture, as an objective is asked for it: its native form, its canonical hash, and no graph."""

    native: str
    hash: str
    graph: None = None


class ObjectiveContract(ABC):
    """Tests of one objective. `make` gives it, new each time; the attributes bound the work.

    Attributes:
        evaluated: how many architectures are evaluated.
        tolerance: relative difference between values that are computed together and one by one; 0 for objectives that
            do not compute in floating point side by side.

    Example:
        >>> from archgraph import ArchTable, spaces
        >>> from archgraph.testing import ObjectiveContract
        >>> from search import TableObjective
        >>> class TestTable(ObjectiveContract):
        ...     def make(self):
        ...         return TableObjective(ArchTable.read("cells.parquet"), spaces.get("dag:1-4"), ["nodes"])
        >>> [name for name in dir(TestTable) if name.startswith("test_")][:1]
        ['test_a_seed_decides_all']
    """

    evaluated = 4
    tolerance = 0.0

    @abstractmethod
    def make(self) -> Any:
        """The objective under test, a `search.Objective`."""

    def architectures(self, objective: Any) -> list[Asked]:
        """Different architectures that it can evaluate."""
        space, members, rng = objective.space, objective.members, np.random.default_rng(0)
        if members is not None:
            graphs = [members[int(row)] for row in rng.permutation(len(members))[: self.evaluated]]
        else:
            graphs = list(dict.fromkeys(space.sample(4 * self.evaluated, rng)))[: self.evaluated]
        return [Asked(space.to_native(graph), graph.canonical_hash()) for graph in graphs]

    def values(self, objective: Any, asked: Sequence[Asked], seeds: Sequence[int]) -> NDArray[np.float64]:
        """What an objective says of architectures, [architectures, objectives]."""
        return np.array([evaluation.values for evaluation in objective(asked, seeds)], dtype=float)

    def test_names_and_directions_match(self) -> None:
        objective = self.make()
        assert len(objective.names) == len(objective.directions) > 0
        assert len(set(objective.names)) == len(objective.names)
        assert all(isinstance(name, str) and name for name in objective.names)
        assert set(objective.directions) <= {"minimize", "maximize"}

    def test_what_it_can_evaluate_is_in_its_space(self) -> None:
        objective = self.make()
        for asked in self.architectures(objective):
            graph = objective.space.from_native(asked.native)
            objective.space.validate(graph)
            assert graph.canonical_hash() == asked.hash

    def test_values_are_finite_one_for_each_name(self) -> None:
        objective = self.make()
        asked = self.architectures(objective)
        values = self.values(objective, asked, range(len(asked)))
        assert values.shape == (len(asked), len(objective.names))
        assert np.isfinite(values).all()

    def test_costs_are_finite_and_not_negative(self) -> None:
        objective = self.make()
        asked = self.architectures(objective)
        for evaluation in objective(asked, range(len(asked))):
            assert evaluation.queries > 0
            assert all(np.isfinite(cost) and cost >= 0 for cost in evaluation.costs.values())

    def test_a_seed_decides_all(self) -> None:
        asked = self.architectures(self.make())
        first, second = (self.values(self.make(), asked, [7] * len(asked)) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_many_are_evaluated_as_one_by_one(self) -> None:
        """With one seed for all, since what is trained side by side may share the order of its images."""
        objective = self.make()
        asked = self.architectures(objective)
        together = self.values(objective, asked, [7] * len(asked))
        apart = [self.values(objective, [one], [7])[0] for one in asked]
        np.testing.assert_allclose(together, apart, rtol=self.tolerance)

    def test_values_come_in_the_order_asked_for(self) -> None:
        objective = self.make()
        asked = self.architectures(objective)
        there, back = (self.values(objective, order, [7] * len(asked)) for order in (asked, asked[::-1]))
        np.testing.assert_allclose(there, back[::-1], rtol=self.tolerance)

    def test_what_it_cannot_evaluate_is_refused_in_one_line(self) -> None:
        objective = self.make()
        if objective.members is None:
            return
        known = set(objective.members.hashes())
        for graph in objective.space.sample(100, np.random.default_rng(0)):
            if graph.canonical_hash() not in known:
                asked = Asked(objective.space.to_native(graph), graph.canonical_hash())
                assert outcome(partial(objective, [asked], [0]))[1]
