"""Objectives that train each architecture by itself."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, TypeVar

from archgraph.graph import ArchGraph
from archgraph.networks.skeleton import Skeleton
from archgraph.seeds import derive_seed
from archgraph.settings import check_settings
from archgraph.spaces import Space
from search.objectives.base import Architecture, Objective
from search.objectives.evaluation import Evaluation
from supernet.images.datasets import load_images
from supernet.images.splits import ImagePart, ImageSplits
from supernet.standalone.training import Recipe, SplitFigures, train_networks, training_macs

R = TypeVar("R", bound=Recipe)
WIDTH = 32  # channels of the last row where nothing else is said


class TrainObjective(Objective):
    """Stand-alone training on images; the value is the validation loss.

    Args:
        space: of the architectures; each of their cells is a row of the network.
        skeleton: what surrounds the cells.
        images: all of them; the test part is looked at for winners alone.
        recipe: how a network is trained.
        train_size: training images that networks are trained on; None for all.

    Raises:
        InputError: the size is none.

    Attributes:
        data: the images with so few for training.
        halved: training images for a hyper-architecture, whose weights see one half: twice as many, where there are.

    Example:
        >>> from archgraph import spaces
        >>> from search import TrainObjective
        >>> objective = TrainObjective.read("digits", spaces.get("dag:1-3x2"), {"width": 4})
        >>> objective.names, objective.directions, objective.skeleton.channels
        (('validation loss',), ('minimize',), (1, 4))
    """

    names = ("validation loss",)
    directions = ("minimize",)
    tested_by = int
    written = "train:DATA"

    def __init__(
        self, space: Space, skeleton: Skeleton, images: ImageSplits, recipe: Recipe, train_size: int | None = None
    ) -> None:
        self.space, self.skeleton, self.images, self.recipe = space, skeleton, images, recipe
        self.data = images if train_size is None else images.limit_train(train_size)
        self.halved = images.limit_train(2 * len(self.data.train)).train

    @classmethod
    def read(cls, text: str, space: Space, settings: Mapping[str, Any] | None = None) -> Self:
        """From DATA, with the published skeleton; see `Objective.read`."""
        chosen = {"width": WIDTH, "train_size": None, "recipe": {}, **(settings or {})}
        images = load_images(text)
        skeleton = Skeleton.fade(images.shape, images.classes, space.rows, chosen["width"])
        made = cls(space, skeleton, images, changed(Recipe(), chosen["recipe"]), chosen["train_size"])
        made.settings = {"train_size": chosen["train_size"], "recipe": dict(chosen["recipe"])}
        return made

    @property
    def hyper(self) -> tuple[Skeleton, ImagePart]:
        return self.skeleton, self.halved

    def cells(self, architecture: Architecture | str) -> Sequence[ArchGraph]:
        """The cells of an architecture, or of its native form, one a row."""
        if isinstance(architecture, str):
            return self.space.split(self.space.from_native(architecture))
        return architecture.cells or self.cells(architecture.native)

    def trained(self, architecture: Architecture | str, seeds: Sequence[int]) -> SplitFigures:
        """The figures of a winner, the test part's too, trained once more with each seed, [len(seeds)] each."""
        return train_networks([self.cells(architecture)] * len(seeds), self.skeleton, self.data, self.recipe, seeds)

    def check_test(self, test: str | int) -> None:
        """Winners of any number of trainings can be scored."""

    def judge(self, winner: Architecture, test: str | int) -> dict[str, Any]:
        """The mean test accuracy of `test` trainings with new seeds; see `Objective.judge`."""
        scores = self.trained(winner, [derive_seed(0, "final", i) for i in range(int(test))])
        figures = {name: getattr(scores, name).tolist() for name in ("test_accuracy", "validation_loss")}
        return {"metric": "test accuracy", "value": float(scores.test_accuracy.mean()), **figures}

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        started = time.perf_counter()
        networks = [self.cells(architecture) for architecture in architectures]
        scores = train_networks(networks, self.skeleton, self.data, self.recipe, seeds)
        seconds = (time.perf_counter() - started) / len(networks)
        images = len(self.data.train)
        return [
            Evaluation(
                values=(float(loss),),
                gmacs=training_macs([cells], self.skeleton, images, self.recipe.epochs) / 1e9,
                seconds=seconds,
                attributes={"validation_accuracy": float(accuracy)},
            )
            for cells, loss, accuracy in zip(networks, scores.validation_loss, scores.validation_accuracy, strict=True)
        ]


def changed(recipe: R, changes: Mapping[str, Any]) -> R:
    """The recipe with these changes.

    Raises:
        InputError: a recipe has no such entry, or not with such a value.
    """
    return replace(recipe, **check_settings("a training", type(recipe), changes))
