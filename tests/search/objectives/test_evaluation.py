"""Evaluations are finite, and so is what they cost."""

import pytest

from archgraph import ArchGraphError, InputError
from search import Evaluation


def test_costs_that_are_unknown_are_left_out():
    assert Evaluation((1.0,)).costs == {"queries": 1.0}
    assert Evaluation((1.0,), gmacs=2, seconds=0.5, queries=3).costs == {"gmacs": 2.0, "seconds": 0.5, "queries": 3.0}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_is_finite(value):
    with pytest.raises(ArchGraphError, match=r"an evaluation gives finite numbers, but got 1\.0, "):
        Evaluation((1.0, value))


@pytest.mark.parametrize("cost", [-1.0, float("nan")])
def test_a_cost_is_not_negative(cost):
    with pytest.raises(InputError, match="gmacs is"):
        Evaluation((1.0,), gmacs=cost)
