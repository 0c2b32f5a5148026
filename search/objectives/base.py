"""Objectives: what a search pays for."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from archgraph.graph import ArchGraph
from archgraph.networks.skeleton import Skeleton
from archgraph.spaces import RowsSpace, Space
from archgraph.table.table import ArchTable
from search.objectives.evaluation import Evaluation
from supernet.images.splits import ImageSplits
from supernet.standalone.training import Recipe, SplitFigures, train_networks, training_macs


@dataclass(frozen=True)
class Architecture:
    """An architecture as trials hold it.

    Attributes:
        native: its form in the space.
        hash: its canonical hash.
    """

    native: str
    hash: str


class Objective(ABC):
    """One or several numbers of an architecture that cost something to know.

    Attributes:
        space: of the architectures.
        names: one name an objective.
        directions: `minimize` or `maximize`, one an objective.
        members: the only architectures that can be evaluated; None where all of the space can.
    """

    space: Space
    names: tuple[str, ...]
    directions: tuple[str, ...]
    members: ArchTable | None = None

    @abstractmethod
    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        """Evaluate architectures side by side, each with its seed."""


class TrainObjective(Objective):
    """Stand-alone training on images; the value is the validation loss.

    Args:
        space: of the architectures; members of a `RowsSpace` have one cell a row, those of any other space one row.
        skeleton: the frame around the cells.
        images: all of them; the test part is looked at for winners alone.
        recipe: how a network is trained.
        train_size: training images that networks are trained on; None for all.

    Raises:
        InputError: the size is none.

    Attributes:
        data: the images with so few for training.
        halved: training images for a hyper-architecture, whose weights see one half: twice as many, where there are.
    """

    names = ("validation loss",)
    directions = ("minimize",)

    def __init__(
        self, space: Space, skeleton: Skeleton, images: ImageSplits, recipe: Recipe, train_size: int | None = None
    ) -> None:
        self.space, self.skeleton, self.images, self.recipe = space, skeleton, images, recipe
        self.data = images if train_size is None else images.limit_train(train_size)
        self.halved = images.limit_train(2 * len(self.data.train)).train

    def path(self, native: str) -> list[ArchGraph]:
        """The cells of an architecture, one a row."""
        graph = self.space.from_native(native)
        return self.space.split(graph) if isinstance(self.space, RowsSpace) else [graph]

    def trained(self, native: str, seeds: Sequence[int]) -> SplitFigures:
        """The figures of a winner, the test part's too, trained once more with each seed."""
        return train_networks([self.path(native)] * len(seeds), self.skeleton, self.data, self.recipe, seeds)

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        started = time.perf_counter()
        paths = [self.path(architecture.native) for architecture in architectures]
        scores = train_networks(paths, self.skeleton, self.data, self.recipe, seeds)
        seconds = (time.perf_counter() - started) / len(paths)
        images = len(self.data.train)
        return [
            Evaluation(
                values=(float(loss),),
                gmacs=training_macs([path], self.skeleton, images, self.recipe.epochs) / 1e9,
                seconds=seconds,
                attributes={"validation_accuracy": float(accuracy)},
            )
            for path, loss, accuracy in zip(paths, scores.validation_loss, scores.validation_accuracy, strict=True)
        ]
