import numpy as np
import pytest

from archgraph import spaces
from archgraph.networks.choice import NetworkChoice
from encoders.embedding.buckets import BucketGenerator
from search.objectives.train import TrainObjective
from supernet.images.datasets import digits
from supernet.standalone.training import Recipe


@pytest.fixture(scope="session")
def space():
    return spaces.get("dag:1-3")


@pytest.fixture(scope="session")
def objective(space):
    rows, network = spaces.get(f"{space.name}x2"), NetworkChoice(settings={"width": 4})
    return TrainObjective(rows, network, digits().limit_train(64), Recipe(epochs=1, batch_size=32))


@pytest.fixture(scope="session")
def generator(space):
    members = space.enumerate()
    embeddings = np.random.default_rng(0).standard_normal((len(members), 2))
    return BucketGenerator(members, embeddings, buckets=4, seed=0)


class Interrupting:
    """Wraps a callable so that its n-th call is interrupted, as by Ctrl-C."""

    def __init__(self, function, at):
        self.function, self.left = function, at

    def __call__(self, *args, **kwargs):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return self.function(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.function, name)


@pytest.fixture(scope="session")
def interrupting():
    return Interrupting
