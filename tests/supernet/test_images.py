import pytest
import torch

from archgraph import InputError
from supernet.datasets import digits, load_images


def test_digits_are_split_once_without_overlap_and_with_every_class():
    data = digits()
    assert data.shape == (1, 8, 8)
    assert [len(part) for part in (data.train, data.validation, data.test)] == [1077, 360, 360]
    seen = [{image.numpy().tobytes() for image in part.images} for part in (data.train, data.validation, data.test)]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    assert all(part.labels.unique().tolist() == list(range(10)) for part in (data.train, data.validation, data.test))


def test_images_are_standardised_by_the_training_part():
    train = digits().train.images
    assert train.mean().item() == pytest.approx(0, abs=1e-5)
    assert train.std().item() == pytest.approx(1, abs=1e-5)


def test_the_split_is_the_same_every_time():
    assert torch.equal(digits().test.labels, digits().test.labels)


def test_an_epoch_sees_each_image_at_most_once_in_a_seeded_order():
    data = digits().limit_train(100)
    batches = list(data.train.epoch(32, torch.Generator().manual_seed(0)))
    again = list(data.train.epoch(32, torch.Generator().manual_seed(0)))
    assert [len(b) for b in batches] == [32, 32, 32]
    assert all(torch.equal(a.images, b.images) for a, b in zip(batches, again, strict=True))
    assert len({image.numpy().tobytes() for b in batches for image in b.images}) == 96


def test_an_unknown_data_set_is_refused_with_the_choices():
    with pytest.raises(InputError, match="choose from digits"):
        load_images("nope")
