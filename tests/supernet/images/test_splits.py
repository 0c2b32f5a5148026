from dataclasses import replace

import pytest
import torch

from archgraph import InputError
from supernet.images.datasets import digits
from supernet.images.splits import Images, check_images, split_and_standardise


def test_an_epoch_sees_each_image_at_most_once_in_a_seeded_order():
    data = digits().limit_train(100)
    batches = list(data.train.epoch(32, torch.Generator().manual_seed(0)))
    again = list(data.train.epoch(32, torch.Generator().manual_seed(0)))
    assert [len(b) for b in batches] == [32, 32, 32]
    assert all(torch.equal(a.images, b.images) for a, b in zip(batches, again, strict=True))
    assert len({image.numpy().tobytes() for b in batches for image in b.images}) == 96


def test_what_does_not_fit_on_the_device_travels_in_batches(small_digits):
    part = replace(small_digits.train, device=torch.device("cpu"))
    batches = list(part.epoch(32, torch.Generator().manual_seed(0)))
    expected = list(small_digits.train.epoch(32, torch.Generator().manual_seed(0)))
    assert all(torch.equal(a.images, b.images) for a, b in zip(batches, expected, strict=True))
    assert sum(len(batch) for batch in part.in_order(50)) == len(part)


def test_images_are_standardised_channel_by_channel_on_what_is_left_to_train():
    images = torch.randint(0, 256, (40, 3, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(40) % 4
    data = split_and_standardise("mine", (images, labels), (images[:5], labels[:5]))
    assert [len(part) for part in (data.train, data.validation, data.test)] == [36, 4, 5]
    torch.testing.assert_close(data.train.images.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(data.train.images.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-4, rtol=0)
    again = split_and_standardise("mine", (images, labels), (images[:5], labels[:5]))
    assert torch.equal(again.validation.images, data.validation.images)


@pytest.mark.parametrize(
    ("labels", "reason"), [(torch.zeros(20, dtype=torch.long), "single class"), (torch.arange(1), "too few images")]
)
def test_data_that_teach_nothing_are_refused(labels, reason):
    images = torch.zeros(len(labels), 1, 4, 4)
    with pytest.raises(InputError, match=reason):
        split_and_standardise("mine", (images, labels), (images, labels))


def test_networks_take_images_of_their_shape_and_classes(skeleton):
    images = torch.zeros(4, *skeleton.image)
    check_images(skeleton, Images(images, torch.arange(4)))
    with pytest.raises(InputError, match="takes images of shape"):
        check_images(skeleton, Images(images[..., 1:], torch.arange(4)))
    with pytest.raises(InputError, match="has 10 classes, but the images are of 12"):
        check_images(skeleton, Images(images, torch.arange(4) + 8))
