"""Figures of comparisons."""

import numpy as np
import pytest
from small_comparisons import problem, run

from search.comparison.figures import best_name, colors, curves_figure, front_figure, time_figure, winners_figure
from search.comparison.runs import ComparedProblem

PROBLEM = problem(run("a", 0, [3, 1, 0]), run("a", 1, [2, 2, 2]), run("b", 0, [3, 2, 2]))
TWO = ComparedProblem(
    "p", "dag:1-4", ("acc", "size"), np.array([-1.0, 1.0]), None, (run("a", 0, [[3, 1], [1, 3]]), run("b", 0, [[2, 2]]))
)


@pytest.mark.parametrize("count", [1, 10, 11, 20])
def test_methods_have_colours_of_their_own(count):
    names = [str(i) for i in range(count)]
    assert len(set(colors(names).values())) == count


def test_curves_show_every_method_against_every_shared_cost():
    figure = curves_figure(PROBLEM, colors(PROBLEM.names))
    best, regret = figure.axes
    assert [text.get_text() for text in best.get_legend().get_texts()] == ["a", "b"]
    assert (best.get_ylabel(), best.get_xlabel(), regret.get_yscale()) == ("best acc so far", "queries", "log")
    np.testing.assert_array_equal(best.lines[0].get_ydata(), [-2.5, -1.5, -1.0])


def test_a_point_stands_where_a_search_found_its_best_and_names_it():
    best, _ = curves_figure(PROBLEM).axes
    of_a, of_b = best.collections[-2:]
    assert of_a.get_offsets().tolist() == [[3, 0], [1, -2]]
    assert of_b.get_offsets().tolist() == [[2, -2]]
    first = PROBLEM.runs[0]
    assert of_a.get_urls()[0].startswith(f"a, seed 0: {first.architectures[2]}")
    volume = curves_figure(TWO).axes[0]
    assert all(not points.get_urls() or not points.get_urls()[0] for points in volume.collections)


def test_shares_of_seeds_at_the_best():
    [axes] = time_figure(PROBLEM, colors(PROBLEM.names)).axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [[0, 0, 0.5], [0, 0, 0]]


def test_fronts_are_there_for_two_objectives_only():
    assert front_figure(PROBLEM, colors(PROBLEM.names)) is None
    [axes] = front_figure(TWO, colors(TWO.names)).axes
    assert [line.get_label() for line in axes.lines] == ["a, seed 0", "b, seed 0"]
    assert axes.lines[0].get_xydata().tolist() == [[-3, 1], [-1, 3]]
    assert (best_name(PROBLEM), best_name(TWO)) == ("best acc so far", "volume dominated")


def test_a_winner_of_several_methods_is_drawn_once():
    titles = [axes.get_title() for axes in winners_figure(PROBLEM).axes]
    assert [title for title in titles if title] == ["a, b"]


def test_what_no_space_reads_is_not_drawn():
    unknown = ComparedProblem("p", "elsewhere", ("acc",), np.array([-1.0]), None, PROBLEM.runs)
    assert winners_figure(unknown) is None
