"""Figures of the demo."""

import numpy as np

from search.demo import figures


def test_convergence_is_a_step_a_method_against_cost():
    rows = [{"cost": 1.0, "loss": 2.0, "best": 2.0}, {"cost": 2.0, "loss": 3.0, "best": 2.0}]
    [axes] = figures.convergence({"fade": rows, "random": rows}).axes
    assert [line.get_label() for line in axes.lines] == ["fade", "random"]
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[1, 2], [2, 2]])


def test_each_score_has_a_panel():
    panels = figures.correlation({"one": [1.0, 2.0], "two": [3.0, 4.0]}, [0.5, 0.6]).axes
    assert [axes.get_xlabel() for axes in panels] == ["one", "two"]
    np.testing.assert_array_equal(panels[1].collections[0].get_offsets(), [[3.0, 0.5], [4.0, 0.6]])


def test_an_embedding_is_shown_by_buckets_and_by_sizes():
    points = np.arange(8.0).reshape(4, 2)
    left, right, _ = figures.embedding(points, np.array([0, 21, 1, 1]), np.array([3, 4, 5, 6])).axes
    np.testing.assert_array_equal(left.collections[0].get_array(), [0, 1, 1, 1])
    np.testing.assert_array_equal(right.collections[0].get_array(), [3, 4, 5, 6])
