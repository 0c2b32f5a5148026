"""Short trainings of networks that have weights."""

from __future__ import annotations

import torch
from torch import nn

from supernet.images.datasets import digits
from supernet.standalone.training import Recipe
from supernet.standalone.tuning import tune


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 10))


def test_a_training_goes_on_from_the_weights_that_there_are():
    data = digits().limit_train(256)
    first, second = network(), network()
    once = tune(first, data, Recipe(epochs=3), 0)
    again = tune(first, data, Recipe(epochs=1), 0)
    anew = tune(second, data, Recipe(epochs=1), 0)
    assert once.validation_loss < anew.validation_loss
    assert again.validation_loss < anew.validation_loss
    assert not first.training


def test_the_same_seed_gives_the_same_numbers():
    data = digits().limit_train(128)
    one, two = (tune(network(), data, Recipe(epochs=1), 5) for _ in range(2))
    assert one.validation_loss.equal(two.validation_loss)


def test_a_training_that_diverges_says_so():
    made = network()
    made[1].weight.data.fill_(torch.nan)
    figures = tune(made, digits().limit_train(64), Recipe(epochs=1), 0)
    assert "diverged" in figures.reason(0)
