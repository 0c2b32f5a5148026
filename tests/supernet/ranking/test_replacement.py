import torch
from torch.nn import functional as F

from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.trainings import train_hyper
from supernet.ranking.replacement import replacement_macs, replacement_scores


def test_the_price_of_substitution_is_a_forward_pass_of_what_comes_after_each_cell(cells, skeleton):
    rows = [cells[:2], cells[:3]]
    first, second, head = skeleton.row_macs(0, rows[0]), skeleton.row_macs(1, rows[1]), skeleton.head_macs
    assert skeleton.macs(rows) == first + second + head
    assert replacement_macs(rows, skeleton, 10) == 10 * (first + second + 2 * (second + head) + 3 * head)


def test_substitution_is_the_loss_with_one_cell_in_a_rows_place(cells, skeleton, small_digits):
    hyper, held_out = train_hyper([cells[:2], cells], skeleton, small_digits.train, BilevelRecipe(2, warm_up=1), 0)
    scores = replacement_scores(hyper, held_out)
    assert hyper.training
    hyper.eval()
    mixtures = [alpha.softmax(0).detach() for alpha in hyper.alphas]
    for row, size in enumerate((2, 5)):
        losses = [
            F.cross_entropy(hyper(held_out.images, [*mixtures[:row], one, *mixtures[row + 1 :]]), held_out.labels)
            for one in torch.eye(size)
        ]
        expected = (-torch.stack(losses)).double().softmax(0)
        torch.testing.assert_close(torch.tensor(scores[row]), expected.detach(), atol=1e-5, rtol=1e-4)
