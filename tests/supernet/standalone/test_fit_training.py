import dataclasses
import json
import math

import pytest
import torch
from small_fits import SHORT, SMALL_TASK
from torch.nn import functional as F

from archgraph import ArchGraphError, InputError
from supernet.images.augmentation import Augmentation
from supernet.standalone.fit_training import COLUMNS, FitTraining

PLAIN = dataclasses.replace(SHORT, epochs=3, batch_size=32, augmentation=Augmentation(crop=False))


@pytest.fixture
def made(small_digits):
    return SMALL_TASK.choice.blueprint(SMALL_TASK.graph, SMALL_TASK.space, small_digits.shape, small_digits.classes)


def weights(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


class Stopped(Exception):
    pass


@pytest.mark.parametrize("stop", [1, 2])
def test_a_stopped_training_ends_bit_for_bit_as_an_unstopped_one(made, small_digits, tmp_path, stop):
    recipe = dataclasses.replace(PLAIN, class_weights="balanced", augmentation=Augmentation(mixup=0.2, randaugment=1))
    whole = FitTraining(made, small_digits, recipe, 0)
    expected = weights(whole.run())

    def monitor(epoch, figures):
        if epoch == stop:
            raise Stopped

    state = tmp_path / "state.safetensors"
    with pytest.raises(Stopped):
        FitTraining(made, small_digits, recipe, 0, state, monitor=monitor).run()
    training = FitTraining(made, small_digits, recipe, 0, state)
    assert len(training.history) == stop
    found = weights(training.run())
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    for a, b in zip(training.history, whole.history, strict=True):
        assert [a[name] for name in COLUMNS if name != "seconds"] == [b[name] for name in COLUMNS if name != "seconds"]


def test_a_state_of_another_training_is_refused(made, small_digits, tmp_path):
    FitTraining(made, small_digits, dataclasses.replace(PLAIN, epochs=1), 0, tmp_path / "s").run()
    with pytest.raises(InputError, match=r"other settings \(recipe.epochs 1, not 3\)"):
        FitTraining(made, small_digits, PLAIN, 0, tmp_path / "s")


def test_the_epoch_of_the_lowest_validation_loss_is_kept(made, small_digits):
    training = FitTraining(made, small_digits, PLAIN, 0)
    network = training.run()
    best = min(training.history, key=lambda figures: figures["validation_loss"])
    assert training.history[training.best_epoch - 1] is best
    part = small_digits.validation
    with torch.inference_mode():
        loss = F.cross_entropy(network(part.images), part.labels).item()
    assert loss == pytest.approx(best["validation_loss"], rel=1e-5)
    assert not network.training


def test_it_stops_early_where_validation_no_longer_improves(made, small_digits):
    recipe = dataclasses.replace(PLAIN, epochs=40, patience=2, learning_rate=0.3)
    training = FitTraining(made, small_digits, recipe, 0)
    training.run()
    assert len(training.history) == training.best_epoch + 2 < 40


def test_a_training_to_a_given_epoch_asks_no_validation(made, small_digits):
    training = FitTraining(made, small_digits, PLAIN, 0, stop=2)
    training.run()
    assert (len(training.history), training.best_epoch) == (2, 2)
    assert all(math.isnan(figures["validation_loss"]) for figures in training.history)
    validated = FitTraining(made, small_digits, PLAIN, 0)
    validated.run()
    assert [f["train_loss"] for f in training.history] == [f["train_loss"] for f in validated.history[:2]]


def test_without_averaging_the_last_weights_are_kept(made, small_digits):
    training = FitTraining(made, small_digits, dataclasses.replace(PLAIN, averaging=0.0), 0, stop=1)
    kept = weights(training.run())
    assert all(torch.equal(value, kept[name]) for name, value in training.network.state_dict().items())


@pytest.mark.parametrize("decay", [0.5, 0.99])
def test_averaged_weights_follow_the_rule(made, small_digits, decay):
    training = FitTraining(made, small_digits, dataclasses.replace(PLAIN, averaging=decay), 0, stop=1)
    name, seen = next(iter(training.network.state_dict())), []
    step = training._average

    def watched(number):
        seen.append(training.network.state_dict()[name].clone())
        step(number)

    training._average = watched
    kept = weights(training.run())[name]
    expected = seen[0]
    for number, value in enumerate(seen[1:], start=1):
        share = min(decay, (1 + number) / (10 + number))
        expected = share * expected + (1 - share) * value
    torch.testing.assert_close(kept, expected)


def test_a_training_that_diverges_says_so(made, small_digits):
    recipe = dataclasses.replace(PLAIN, learning_rate=1e30, optimizer="sgd", clip=0.0, warm_up=0)
    with pytest.raises(ArchGraphError, match=r"diverged: in epoch 1 the .*loss is (nan|inf); take a lower") as caught:
        FitTraining(made, small_digits, recipe, 0).run()
    assert not isinstance(caught.value, InputError)


def short_of_memory(training, most):
    """Lets a training's network take at most so many images at once."""
    forward = training.network.forward

    def limited(images):
        if len(images) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(images)

    training.network.forward = limited


def test_where_memory_is_short_a_step_goes_in_parts(made, small_digits, tmp_path):
    training = FitTraining(made, small_digits, PLAIN, 0, tmp_path / "s")
    short_of_memory(training, 10)
    training.run()
    assert training.parts == 4
    assert all(map(math.isfinite, json.loads(json.dumps(training.history[-1])).values()))
    assert FitTraining(made, small_digits, PLAIN, 0, tmp_path / "s").parts == 4


def test_gradients_in_parts_add_up(made, small_digits):
    batch, found = small_digits.train.batch(slice(0, 32)), []
    targets = F.one_hot(batch.labels, 10).float()
    for parts in (1, 4):
        training = FitTraining(made, small_digits, PLAIN, 0)
        training.parts = parts
        training.network.eval()  # norms would see the parts by themselves
        figures = training._gradients(batch.images, targets)
        found.append([figures, *(p.grad.clone() for p in training.network.parameters())])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_too_little_memory_for_two_images_is_said(made, small_digits):
    training = FitTraining(made, small_digits, PLAIN, 0)
    short_of_memory(training, 1)
    with pytest.raises(ArchGraphError, match="too little memory to train this network with 2 images"):
        training.run()
