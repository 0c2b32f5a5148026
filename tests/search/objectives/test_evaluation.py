"""Evaluations are finite or have a reason, and what they cost is finite."""

import pytest

from archgraph import InputError
from search import Evaluation


def test_costs_that_are_unknown_are_left_out():
    assert Evaluation((1.0,)).costs == {"queries": 1.0}
    assert Evaluation((1.0,), gmacs=2, seconds=0.5, queries=3).costs == {"gmacs": 2.0, "seconds": 0.5, "queries": 3.0}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_no_number_is_a_reason(value):
    found = Evaluation((1.0, value), gmacs=1.0)
    assert found.reason == f"its value is no finite number, but {value}"
    assert found.stored == {"gmacs": 1.0, "queries": 1.0, "reason": found.reason}
    assert Evaluation((1.0, 2.0)).reason is None
    assert Evaluation((), reason="no room").stored == {"queries": 1.0, "reason": "no room"}


@pytest.mark.parametrize("cost", [-1.0, float("nan")])
def test_a_cost_is_not_negative(cost):
    with pytest.raises(InputError, match="gmacs is"):
        Evaluation((1.0,), gmacs=cost)
