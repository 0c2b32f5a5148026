"""Curves of known searches."""

import numpy as np
import pytest
from small_comparisons import problem, run

from search.comparison.curves import Curves, over_seeds, summary


def test_a_search_that_stopped_at_the_best_keeps_it():
    p = problem(run("a", 0, [3, 1, 0]), run("a", 1, [2, 2, 2, 2]))
    curves = Curves.of(p, "a")
    np.testing.assert_array_equal(curves.losses, [[3, 1, 0, 0], [2, 2, 2, 2]])
    mean, low, high = curves.band()
    np.testing.assert_array_equal(mean, [2.5, 1.5, 1, 1])
    half = 1.96 * np.std([0, 2], ddof=1) / np.sqrt(2)
    assert (mean[-1] - low[-1], high[-1] - mean[-1]) == (pytest.approx(half), pytest.approx(half))


def test_costs_other_than_queries_are_met_where_they_were_paid():
    p = problem(run("a", 0, [3, 1], seconds=np.array([10.0, 20.0])))
    curves = Curves.of(p, "a", "seconds")
    assert np.isnan(curves.losses[0, curves.cost < 10]).all()
    assert (curves.losses[0, (curves.cost >= 10) & (curves.cost < 20)] == 3).all()
    assert curves.losses[0, -1] == 1


def test_summary_of_known_searches():
    p = problem(run("a", 0, [4, 2, 0]), run("a", 1, [4, 4, 4]), run("b", 0, [4, 0, 0]))
    frame = summary(p)
    np.testing.assert_array_equal(frame["queries to the best"], [3, np.nan, 2])
    np.testing.assert_allclose(frame["area"], [2, 4, 4 / 3])
    np.testing.assert_array_equal(frame["final"], [0, -4, 0])
    table = over_seeds(frame).set_index("method")
    assert table.loc["a", "share at the best"] == 0.5
    assert np.isinf(table.loc["a", "median queries to the best"])


def test_without_a_known_best_the_best_found_counts():
    p = problem(run("a", 0, [4, 2]), run("b", 0, [3, 3]), optimum=None)
    assert p.target == 2
    np.testing.assert_array_equal(summary(p)["regret"], [0, 1])
