"""Objectives that break the contract are found."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from suites import broken_promises

from archgraph import ArchTable, InputError, spaces
from archgraph.testing import ObjectiveContract


class Edges:
    """As an objective should: the edges of a graph, and a number of its seed."""

    names, directions = ("edges",), ("minimize",)

    def __init__(self):
        self.space = spaces.get("dag:1-4")
        self.members = ArchTable.from_graphs(list(self.space.enumerate())[:8])

    def __call__(self, architectures, seeds):
        known = self.members.hashes()
        if any(asked.hash not in known for asked in architectures):
            raise InputError("the table does not hold it")
        return [self.evaluation(self.value(a, s)) for a, s in zip(architectures, seeds, strict=True)]

    def value(self, asked, seed):
        return len(self.space.from_native(asked.native).edges) + seed / 100

    def evaluation(self, value):
        return SimpleNamespace(values=(value,), queries=1, costs={"seconds": 0.1})


class Unnamed(Edges):
    names = ("edges", "nodes")


class Upwards(Edges):
    directions = ("up",)


class Endless(Edges):
    def value(self, asked, seed):
        return float("nan")


class Free(Edges):
    def evaluation(self, value):
        return SimpleNamespace(values=(value,), queries=0, costs={"seconds": -1.0})


class Moody(Edges):
    random = np.random.default_rng(0)

    def value(self, asked, seed):
        return self.random.random()


class Counting(Edges):
    def __init__(self):
        super().__init__()
        self.calls = itertools.count()

    def value(self, asked, seed):
        return float(next(self.calls))


class Sorting(Edges):
    def __call__(self, architectures, seeds):
        return sorted(super().__call__(architectures, seeds), key=lambda evaluation: evaluation.values)


class Guessing(Edges):
    def __call__(self, architectures, seeds):
        return [self.evaluation(self.value(a, s)) for a, s in zip(architectures, seeds, strict=True)]


def suite(objective):
    class Suite(ObjectiveContract):
        def make(self):
            return objective()

    return Suite()


def test_an_objective_that_keeps_the_contract_passes(tmp_path):
    assert broken_promises(suite(Edges), tmp_path) == set()


@pytest.mark.parametrize(
    ("objective", "promise"),
    [
        (Unnamed, "test_names_and_directions_match"),
        (Unnamed, "test_values_are_finite_one_for_each_name"),
        (Upwards, "test_names_and_directions_match"),
        (Endless, "test_values_are_finite_one_for_each_name"),
        (Free, "test_costs_are_finite_and_not_negative"),
        (Moody, "test_a_seed_decides_all"),
        (Counting, "test_many_are_evaluated_as_one_by_one"),
        (Sorting, "test_values_come_in_the_order_asked_for"),
        (Guessing, "test_what_it_cannot_evaluate_is_refused_in_one_line"),
    ],
)
def test_what_breaks_the_contract_is_found(objective, promise, tmp_path):
    assert promise in broken_promises(suite(objective), tmp_path)
