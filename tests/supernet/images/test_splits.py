from dataclasses import replace

import pytest
import torch

from archgraph import InputError
from archgraph.networks.skeleton import Skeleton
from supernet.images.datasets import digits
from supernet.images.splits import Images, check_images


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


def test_a_data_set_says_what_it_holds_in_one_line():
    data = digits()
    said = data.described()
    assert said.startswith("digits: 10 classes, grey 8x8; train 1,077 (0 107, 1 109, ")
    assert "; validation 360 (0 35, " in said
    assert data.shortage() is None
    noted = replace(data, notes=("one", "two"), validation=data.validation.take(slice(0, 20)))
    assert "; one; two; 20 validation images, 0 of class " in noted.described()
    assert noted.described().endswith(
        "are too few to decide by (50, and 5 of each class, would do): use folds (--folds)"
    )


def test_of_many_classes_the_extremes_are_said():
    data = digits()
    labels = torch.arange(90).repeat_interleave(4)
    part = Images(data.validation.images[:1].expand(360, -1, -1, -1), labels)
    many = replace(data, train=part, validation=part, test=part, class_names=tuple(f"c{i}" for i in range(91)))
    assert "train 360 (0 to 4 of a class; none of c90)" in many.described()


def test_folds_validate_each_image_once_and_keep_the_test_part():
    data = digits().limit_train(64)
    data = replace(data, validation=data.validation.take(slice(0, 36)))
    found = list(data.folds(5))
    assert [len(fold.train) + len(fold.validation) for fold in found] == [100] * 5
    assert all(fold.test is data.test for fold in found)
    seen = [image.numpy().tobytes() for fold in found for image in fold.validation.images]
    assert sorted(seen) == sorted(
        image.numpy().tobytes() for part in (data.train, data.validation) for image in part.images
    )
    for fold in found:
        assert not {i.numpy().tobytes() for i in fold.train.images} & {
            i.numpy().tobytes() for i in fold.validation.images
        }
        assert max(fold.counts(fold.validation)) - min(fold.counts(fold.validation)) <= 2
    with pytest.raises(InputError, match="folds is a whole number from 2 to 100, but got 1"):
        list(data.folds(1))


def test_images_of_another_form_are_refused(small_digits):
    check_images(Skeleton((1, 8, 8), 10, (4, 8), (2, 2)), small_digits.train)
    with pytest.raises(InputError, match=r"takes images of shape \(3, 8, 8\), but got \(1, 8, 8\)"):
        check_images(Skeleton((3, 8, 8), 10, (4, 8), (2, 2)), small_digits.train)
    with pytest.raises(InputError, match="has 4 classes, but the images are of 10"):
        check_images(Skeleton((1, 8, 8), 4, (4, 8), (2, 2)), small_digits.train)


def test_a_part_by_name(small_digits):
    assert small_digits.part("test") is small_digits.test
    assert len(small_digits.part("all")) == 128 + 360 + 360
    with pytest.raises(InputError, match="part is one of train, validation, test, all, but got 'both'"):
        small_digits.part("both")
