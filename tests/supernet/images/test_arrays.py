import pytest
import torch

from archgraph import InputError
from supernet.images.arrays import split_and_standardise
from supernet.images.preprocessing import statistics


def raw(n, seed=0):
    images = torch.randint(0, 256, (n, 3, 4, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))
    return images, torch.arange(n) % 2


def test_raw_images_are_split_and_standardised_by_the_training_part():
    data = split_and_standardise("some", raw(50), raw(10, 1), ("a", "b"), mirrored=True)
    assert [len(part) for part in data.parts.values()] == [40, 10, 10]
    assert (data.shape, data.classes, data.mirrored) == ((3, 4, 5), 2, True)
    assert data.counts(data.validation) == [5, 5]
    torch.testing.assert_close(data.train.images.mean((0, 2, 3)), torch.zeros(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(data.train.images.std((0, 2, 3), correction=0), torch.ones(3))
    pixels = data.preprocessing.pixels(data.train.images).round()
    assert statistics([pixels]) == (data.preprocessing.mean, data.preprocessing.deviation)
    assert torch.equal(data.preprocessing.standardise(raw(10, 1)[0]), data.test.images)


def test_too_few_images_or_classes_are_refused():
    with pytest.raises(InputError, match="some has too few images: 1 to train on and 10 to test"):
        split_and_standardise("some", raw(1), raw(10), ("a", "b"))
    with pytest.raises(InputError, match="some has a single class"):
        split_and_standardise("some", raw(10), raw(10), ("a",))
