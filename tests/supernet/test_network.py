import pytest
import torch

from archgraph import InputError
from supernet.network import NetworkBank
from supernet.standalone import Recipe, train_networks, training_macs


def test_a_lane_has_the_weights_and_numbers_of_its_network_alone(cells, skeleton):
    paths, seeds = [[cells[0], cells[3]], [cells[4], cells[1]], [cells[2], cells[2]]], [5, 6, 7]
    images = torch.randn(6, 1, 8, 8)
    together = NetworkBank(paths, skeleton, seeds)(images)
    for lane, (path, seed) in enumerate(zip(paths, seeds, strict=True)):
        alone = NetworkBank([path], skeleton, [seed])(images)
        torch.testing.assert_close(together[:, lane], alone[:, 0], atol=1e-4, rtol=1e-4)


def test_networks_trained_side_by_side_score_as_when_trained_alone(cells, skeleton, small_digits):
    paths, recipe = [[cells[0], cells[1]], [cells[3], cells[4]]], Recipe(epochs=2)
    together = train_networks(paths, skeleton, small_digits, recipe, [3, 3])
    alone = [train_networks([path], skeleton, small_digits, recipe, [3]) for path in paths]
    for lane, scores in enumerate(alone):
        assert together.validation_loss[lane].item() == pytest.approx(scores.validation_loss.item(), rel=0.02)


def test_training_learns_and_repeats_exactly(cells, skeleton, small_digits):
    def train(seed):
        return train_networks([[cells[1], cells[2]]], skeleton, small_digits, Recipe(epochs=30), [seed])

    first, again, other = train(0), train(0), train(1)
    assert first.validation_accuracy.item() > 0.6
    assert first.validation_loss.item() == again.validation_loss.item()
    assert first.validation_loss.item() != other.validation_loss.item()


def test_the_price_of_training_is_three_forward_passes_an_image_and_epoch(cells, skeleton):
    path = [cells[0], cells[1]]
    assert training_macs([path, path], skeleton, 100, 5) == 2 * 3 * 100 * 5 * skeleton.macs([[c] for c in path])


def test_a_path_with_a_missing_row_is_refused(cells, skeleton):
    with pytest.raises(InputError, match="one cell for each of 2 rows"):
        NetworkBank([[cells[0]]], skeleton, [0])
