"""A design of seconds, whose clock ticks alike on every machine."""

from archgraph import spaces
from search.designer.settings import DesignSettings
from supernet.images.datasets import digits

SPACE = spaces.get("dag:1-3x2")
QUICK = DesignSettings(
    trials=2,
    most_trials=4,
    trial_epochs=1,
    most_trial_epochs=2,
    trial_images=32,
    trial_steps=1,
    epochs=1,
    least_epochs=1,
    most_epochs=3,
    batch=2,
    gpu_batch=2,
)


class Ticking:
    """A clock on which a tick passes whenever it is looked at."""

    def __init__(self, tick=0.25):
        self.now, self.tick = 0.0, tick

    def __call__(self):
        self.now += self.tick
        return self.now


def few(train=64, others=120):
    """Digits, of which few are trained on."""
    data = digits()
    parts = {name: data.parts[name].take(slice(0, others)) for name in ("validation", "test")}
    return type(data)(**{**vars(data.limit_train(train)), **parts})
