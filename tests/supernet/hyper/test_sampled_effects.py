import torch
from torch.nn import functional as F

from supernet.hyper.hyper import HyperArchitecture
from supernet.hyper.sampled_effects import sampled_effects


def test_sampled_effects_are_the_losses_of_one_cell_in_a_rows_place(cells, skeleton, small_digits):
    """Against every cell in every row's place, one by one; in evaluation, so that images do not see each other."""
    hyper = HyperArchitecture([cells[:3], cells[2:4]], skeleton, seed=0).eval()
    batch = small_digits.limit_train(64).train
    with torch.no_grad():
        hyper.alphas[0].copy_(torch.tensor([0.5, 0.0, -0.5]))
        even = [alpha.softmax(0) for alpha in hyper.alphas]
        losses = []
        for i, mixture in enumerate(even):
            ones = [[one if i == k else m for k, m in enumerate(even)] for one in torch.eye(len(mixture))]
            losses.append(torch.stack([F.cross_entropy(hyper(batch.images, m), batch.labels) for m in ones]))
    generator = torch.Generator().manual_seed(0)
    sampled = [sampled_effects(hyper, batch, [generator], times=4) for _ in range(40)]
    overall = torch.cat(losses).mean()
    for exact, row in zip(losses, zip(*sampled, strict=True), strict=True):
        torch.testing.assert_close(torch.stack(row).mean(0), exact - overall, atol=0.05, rtol=0.1)


def test_a_batch_smaller_than_the_cells_leaves_some_unseen(cells, skeleton, small_digits):
    hyper = HyperArchitecture([cells, cells], skeleton, seed=0)
    few = sampled_effects(hyper, small_digits.limit_train(2).train, [torch.Generator().manual_seed(0)], times=2)
    assert sum(int((row != 0).sum()) for row in few) <= 4
