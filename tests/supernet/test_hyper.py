import pytest
import torch

from archgraph import OPS, ArchGraph, InputError, Operation
from supernet.darts import BilevelRecipe, _draw_mixture, bilevel_macs, fade_ranks, train_hyper
from supernet.hyper import HyperArchitecture
from supernet.datasets import digits
from supernet.substitution import substitution_macs, substitution_scores


def test_a_row_is_the_softmax_weighted_sum_of_its_candidates(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0).eval()
    images = torch.randn(4, 1, 8, 8)
    with torch.no_grad():
        hyper.alphas[0].copy_(torch.tensor([0.3, -0.2, 1.0]))
        weights = hyper.alphas[0].softmax(0)
        candidates = hyper.rows[0](images).split(skeleton.channels[0], dim=1)
        mixed = sum(w * c for w, c in zip(weights, candidates, strict=True))
        expected = hyper.finish(mixed, 0, [alpha.softmax(0) for alpha in hyper.alphas])
        torch.testing.assert_close(hyper(images), expected)


def test_a_one_hot_mixture_is_the_chosen_path_alone(cells, skeleton):
    rows = [cells[:3], cells[2:]]
    hyper = HyperArchitecture(rows, skeleton, seed=0).eval()
    images = torch.randn(4, 1, 8, 8)
    one_hot = [torch.eye(3)[1], torch.eye(3)[2]]
    x = images
    for i, j in ((0, 1), (1, 2)):
        x = hyper.pool(hyper.rows[i](x).split(skeleton.channels[i], dim=1)[j], i)
    torch.testing.assert_close(hyper(images, one_hot), hyper.head(x)[:, 0])


def test_architecture_parameters_start_equal_and_are_apart_from_the_weights(cells, skeleton):
    hyper = HyperArchitecture([cells, cells], skeleton, seed=0)
    assert all((row == 1 / len(cells)).all() for row in hyper.probabilities())
    own = {id(alpha) for alpha in hyper.alphas}
    assert not own & {id(weight) for weight in hyper.weights()}
    assert len(list(hyper.weights())) + 2 == len(list(hyper.parameters()))


def test_every_row_needs_candidates(cells, skeleton):
    for rows in ([cells], [cells, []]):
        with pytest.raises(InputError, match="candidates for each of 2 rows"):
            HyperArchitecture(rows, skeleton, seed=0)


def test_bilevel_training_moves_architecture_parameters_only_after_the_warm_up(cells, skeleton, small_digits):
    frozen, _ = train_hyper([cells, cells], skeleton, small_digits.train, BilevelRecipe(2, warm_up=2), seed=0)
    assert all(not alpha.detach().any() for alpha in frozen.alphas)
    moved, _ = train_hyper([cells, cells], skeleton, small_digits.train, BilevelRecipe(2, warm_up=1), seed=0)
    assert all(alpha.detach().any() for alpha in moved.alphas)
    # One natural gradient step: it keeps the mean and has the stated size.
    for alpha in moved.alphas:
        assert alpha.mean().item() == pytest.approx(0, abs=1e-5)
        assert alpha.square().mean().sqrt().item() == pytest.approx(0.05, rel=1e-3)


def test_training_repeats_exactly_and_lowers_the_loss(cells, skeleton, small_digits):
    def loss(epochs):
        hyper, held_out = train_hyper([cells, cells], skeleton, small_digits.train, BilevelRecipe(epochs, 0), seed=4)
        hyper.eval()
        return torch.nn.functional.cross_entropy(hyper(held_out.images), held_out.labels).item()

    assert loss(12) < loss(1)
    assert loss(2) == loss(2)


def test_weights_and_architecture_parameters_see_different_halves(cells, skeleton, small_digits):
    _, held_out = train_hyper([cells, cells], skeleton, small_digits.train, BilevelRecipe(1, 0), seed=0)
    assert len(held_out) == len(small_digits.train) // 2


def test_mixtures_are_points_of_the_simplex_around_the_softmax():
    generator = torch.Generator().manual_seed(0)
    alpha = torch.tensor([1.0, 0.0, -1.0])
    drawn = torch.stack([_draw_mixture(alpha, 1.0, generator) for _ in range(4000)])
    torch.testing.assert_close(drawn.sum(1), torch.ones(4000))
    torch.testing.assert_close(drawn.mean(0), alpha.softmax(0), atol=0.02, rtol=0)


def test_cost_is_linear_in_the_number_of_cells(cells, skeleton):
    stem = bilevel_macs([[], []], skeleton, 100, BilevelRecipe())
    one = bilevel_macs([cells[:1], cells[:1]], skeleton, 100, BilevelRecipe()) - stem
    assert bilevel_macs([cells[:1] * 4, cells[:1] * 4], skeleton, 100, BilevelRecipe()) - stem == 4 * one


def test_ranks_put_a_cell_that_blurs_the_image_away_behind_one_that_works(cells, skeleton):
    OPS.register(Operation("test-blur", "avg_pool", kernel=15))
    blur = ArchGraph(["input", "test-blur", "test-blur", "output"], [(0, 1), (1, 2), (2, 3)])
    rows = [[blur, cells[1]], [cells[1], blur]]
    ranks = fade_ranks(rows, skeleton, digits().train, BilevelRecipe(4, 2), seeds=[0, 1])
    assert ranks.best() == (1, 0)


def test_the_price_of_substitution_is_a_forward_pass_of_what_comes_after_each_cell(cells, skeleton):
    rows = [cells[:2], cells[:3]]
    first, second, head = skeleton.row_macs(0, rows[0]), skeleton.row_macs(1, rows[1]), skeleton.head_macs
    assert skeleton.macs(rows) == first + second + head
    assert substitution_macs(rows, skeleton, 10) == 10 * (first + second + 2 * (second + head) + 3 * head)


def test_substitution_scores_are_distributions_over_each_row(cells, skeleton, small_digits):
    hyper, held_out = train_hyper([cells[:2], cells], skeleton, small_digits.train, BilevelRecipe(2, 1), seed=0)
    scores = substitution_scores(hyper, held_out)
    assert [len(row) for row in scores] == [2, 5]
    assert all(row.sum() == pytest.approx(1) for row in scores)
    assert hyper.training
