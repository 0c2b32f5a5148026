"""Trainings that come and go."""

import numpy as np
import pytest

from archgraph import spaces
from archgraph.networks.choice import NetworkChoice
from supernet.images.datasets import digits
from supernet.standalone.lanes import TrainingLanes
from supernet.standalone.training import Recipe, train_blueprints

SPACE = spaces.get("dag:1-3x2")


@pytest.fixture(scope="module")
def data():
    return digits().limit_train(96)


@pytest.fixture(scope="module")
def networks(data):
    graphs = SPACE.sample(3, np.random.default_rng(0))
    choice = NetworkChoice(settings={"width": 4})
    return [choice.blueprint(graph, SPACE.name, data.shape, data.classes) for graph in graphs]


RECIPES = [Recipe(epochs=3), Recipe(epochs=3, optimizer="sgd", clip=1.0, weight_decay=1e-3, augment=True)]


def timeline(data, networks, recipe):
    """One lane alone, a second beside it, then a third in the place of the first."""
    lanes, found = TrainingLanes(data, recipe), []
    lanes.enter(0, networks[0], 0)
    found.append(lanes.epoch())
    lanes.enter(1, networks[1], 1)
    found.append(lanes.epoch())
    lanes.leave(0)
    lanes.enter(2, networks[2], 2)
    found.append(lanes.epoch())
    return found


@pytest.mark.parametrize("recipe", RECIPES, ids=["adam", "sgd"])
def test_the_same_lanes_at_the_same_epochs_give_the_same_numbers(data, networks, recipe):
    found = timeline(data, networks, recipe)
    assert timeline(data, networks, recipe) == found
    again = TrainingLanes(data, recipe)  # of the first lane only where it stood
    again.enter(0, networks[0], 0, epochs=1)
    again.enter(1, networks[1], 1)
    assert again.epoch()[1] == found[1][1]
    again.leave(0)
    again.enter(2, networks[2], 2)
    assert again.epoch() == found[2]


@pytest.mark.parametrize("recipe", RECIPES, ids=["adam", "sgd"])
def test_a_lane_comes_to_what_it_comes_to_whoever_comes_and_goes(data, networks, recipe):
    """Up to rounding, with the order of images of the lane that entered first."""
    alone = TrainingLanes(data, recipe)
    alone.enter(0, networks[0], 0)
    beside = TrainingLanes(data, recipe)
    beside.enter(0, networks[0], 0)
    for epoch in range(recipe.epochs):
        if epoch == 1:
            beside.enter(1, networks[1], 1)
        if epoch == 2:
            beside.leave(1)
        np.testing.assert_allclose(beside.epoch()[0], alone.epoch()[0], rtol=2e-3)


def test_whole_trainings_are_as_good_as_those_of_one_bank(networks):
    """Other orders of images, the same learning: a lane's loss falls as far as that of the same network in a bank."""
    data, recipe = digits().limit_train(512), Recipe(epochs=5, learning_rate=0.01)
    lanes = TrainingLanes(data, recipe)
    for number, network in enumerate(networks):
        lanes.enter(number, network, number)
    losses = [lanes.epoch() for _ in range(recipe.epochs)]
    bank, _ = train_blueprints(networks, data, recipe, [0, 1, 2])
    ends = np.array([losses[-1][number][0] for number in range(3)])
    np.testing.assert_allclose(ends, bank.validation_loss, atol=0.2)
    assert ends.mean() < np.mean([loss for loss, _ in losses[0].values()]) - 0.1


def test_a_training_that_diverges_leaves_the_others_as_they_are(data, networks):
    lanes = TrainingLanes(data, Recipe(epochs=2, learning_rate=1e30))
    lanes.enter(0, networks[0], 0)
    assert np.isnan(lanes.epoch()[0][0]) or np.isnan(lanes.epoch()[0][0])
