import dataclasses

import pytest

from archgraph import InputError
from archgraph.networks.macro_skeleton import hyper_of
from archgraph.networks.skeleton import Skeleton
from supernet.hyper.recipe import AT_ONCE, RANKING, BilevelRecipe, bilevel_macs


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"order": "third"}, "order is one of first, second, single-level, but got 'third'"),
        ({"mixture": "hard"}, "mixture is one of dirichlet, .*, but got 'hard'"),
        ({"order": "second", "alpha_step": "substitution"}, "second order needs gradients"),
        ({"alpha_start": "one"}, "alpha_start is one of zero, uniform, but got 'one'"),
        ({"alpha_step": "joint"}, "need order single-level and a mixture of softmax, .*, but got first and dirichlet"),
        (
            {"alpha_step": "joint", "order": "single-level", "mixture": "per-image"},
            "but got single-level and per-image",
        ),
    ],
)
def test_choices_that_do_not_exist_or_go_together_are_said(choices, message):
    with pytest.raises(InputError, match=message):
        BilevelRecipe(**choices)


def test_cost_is_linear_in_the_number_of_cells_and_rows(cells, skeleton):
    stem = bilevel_macs([[], []], skeleton, 100, BilevelRecipe())
    one = bilevel_macs([cells[:1], cells[:1]], skeleton, 100, BilevelRecipe()) - stem
    assert bilevel_macs([cells[:1] * 4, cells[:1] * 4], skeleton, 100, BilevelRecipe()) - stem == 4 * one


def test_architecture_parameters_pay_for_the_images_of_their_own_batches(cells, skeleton):
    rows = [cells, cells]
    each = skeleton.macs(rows) * 50
    assert bilevel_macs(rows, skeleton, 100, BilevelRecipe(2, warm_up=1, alpha_batch=256)) == (6 + 4 * 3) * each


def test_steps_by_substitution_cost_four_forward_passes_behind_the_first_row(cells, skeleton):
    rows, frozen = [cells, cells], BilevelRecipe(2, warm_up=2)
    each = skeleton.macs(rows) * 50
    assert bilevel_macs(rows, skeleton, 100, frozen) == 6 * each
    assert bilevel_macs(rows, skeleton, 100, BilevelRecipe(2, warm_up=1)) == 9 * each
    by_substitution = BilevelRecipe(2, warm_up=1, alpha_step="substitution")
    assert bilevel_macs(rows, skeleton, 100, by_substitution) == 10 * each - 3 * 50 * skeleton.row_macs(0, cells)


def test_a_joint_step_costs_what_a_step_of_the_weights_does(cells, skeleton):
    joint = BilevelRecipe(2, warm_up=0, order="single-level", alpha_step="joint", mixture="softmax")
    frozen = BilevelRecipe(2, warm_up=2, order="single-level")
    assert bilevel_macs([cells, cells], skeleton, 100, joint) == bilevel_macs([cells, cells], skeleton, 100, frozen)


def test_the_learning_rate_falls_by_a_cosine_for_so_many_epochs():
    whole = BilevelRecipe(8, learning_rate=0.2)
    assert [whole.rate(epoch) for epoch in (0, 4, 8)] == pytest.approx([0.2, 0.1, 0.0])
    short = BilevelRecipe(8, learning_rate=0.05, final_rate=0.01, falling=4)
    assert [short.rate(epoch) for epoch in (0, 2, 4, 7)] == pytest.approx([0.05, 0.03, 0.01, 0.01])


@pytest.fixture
def rows(cells):
    return [cells[:3], cells[2:]]


def test_small_images_go_side_by_side_and_large_ones_one_by_one(rows, skeleton):
    small = hyper_of(skeleton, rows)
    assert RANKING.at_once(small) == AT_ONCE
    assert dataclasses.replace(RANKING, batch_size=4096).at_once(small) == 1
    assert RANKING.at_once(hyper_of(Skeleton((3, 32, 32), 10, (16, 32), (2, 2)), rows)) == 1
