"""Figures of the demo."""

import numpy as np

from archgraph import spaces
from archgraph.reports.figures import svg
from encoders import BucketGenerator
from search.demo import figures


def test_convergence_is_a_step_a_method_against_cost():
    rows = [
        {"cost": 1.0, "loss": 2.0, "best": 2.0, "architecture": "1:"},
        {"cost": 2.0, "loss": 3.0, "best": 2.0, "architecture": "2:0-1"},
    ]
    [axes] = figures.convergence_figure({"fade": rows, "random": rows}).axes
    assert [line.get_label() for line in axes.lines] == ["fade", "random"]
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[1, 2], [2, 2]])


def test_each_score_has_a_panel():
    panels = figures.agreement_figure({"one": [1.0, 2.0], "two": [3.0, 4.0]}, [0.5, 0.6], ["a", "b"]).axes
    assert [axes.get_xlabel() for axes in panels] == ["one", "two"]
    np.testing.assert_array_equal(panels[1].collections[0].get_offsets(), [[3.0, 0.5], [4.0, 0.6]])


def test_an_embedding_is_shown_by_buckets_and_by_sizes():
    cells = spaces.get("dag:1-3").enumerate()
    generator = BucketGenerator(cells, np.random.default_rng(0).normal(size=(len(cells), 2)), buckets=3, seed=0)
    figure = figures.buckets_figure(generator)
    left, right, _ = figure.axes
    np.testing.assert_array_equal(left.collections[0].get_array(), generator.bucket_of)
    np.testing.assert_array_equal(right.collections[0].get_array(), cells.graph_sizes)
    assert svg(figure).count("data-cell=") == 2 * len(cells)
