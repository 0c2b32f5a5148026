"""A small network and a short training of it."""

from archgraph import spaces
from archgraph.networks.choice import NetworkChoice
from supernet.images.augmentation import Augmentation
from supernet.standalone.fit import FitTask
from supernet.standalone.fit_recipe import FitRecipe

SPACE = "dag:1-3x2"
SMALL_TASK = FitTask(spaces.get(SPACE).from_native("2:0-1|1:"), SPACE, NetworkChoice(settings={"width": 8}), "small")
SHORT = FitRecipe(epochs=6, batch_size=8, learning_rate=0.01, averaging=0.9, augmentation=Augmentation(flip=True))
