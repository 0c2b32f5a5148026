import pytest
import torch

from archgraph import InputError
from supernet.hyper.batches import BatchStream, beside
from supernet.hyper.hyper import HyperArchitecture
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.training import HyperTraining


def test_weights_and_architecture_parameters_see_different_parts(cells, skeleton, small_digits):
    recipe = BilevelRecipe(1, held_out=0.25)
    training = HyperTraining(HyperArchitecture([cells, cells], skeleton, 0), small_digits.train, recipe, [0])
    parts = training.streams[0].own, training.streams[0].held_out
    seen = [{image.numpy().tobytes() for image in part.images} for part in parts]
    assert [len(part) for part in parts] == [96, 32]
    assert not seen[0] & seen[1]


def test_single_level_fits_both_to_all_images(small_digits):
    stream = BatchStream(small_digits.train, BilevelRecipe(1, order="single-level"), 0)
    assert stream.own is stream.held_out is small_digits.train


def test_the_seed_decides_the_parts_and_the_mixtures(small_digits):
    recipe = BilevelRecipe(1, mixture="per-image")
    streams = [BatchStream(small_digits.train, recipe, seed) for seed in (1, 1, 2)]
    labels = [stream.own.labels.tolist() for stream in streams]
    assert labels[0] == labels[1] != labels[2]
    drawn = [stream.weight_mixtures([torch.zeros(3)], 8)[0] for stream in streams]
    assert drawn[0].shape == (8, 3)
    torch.testing.assert_close(drawn[0].sum(1), torch.ones(8))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_too_few_images_are_said(small_digits):
    with pytest.raises(InputError, match="too few to hold out a part"):
        BatchStream(small_digits.limit_train(1).train, BilevelRecipe(1), 0)


def test_batches_of_several_trainings_lie_side_by_side(small_digits):
    part = small_digits.train.take(slice(0, 4))
    assert beside([part]) is part
    both = beside([part, part])
    assert both.images.shape == (4, 2, 1, 8, 8)
    assert both.labels.shape == (4, 2)
