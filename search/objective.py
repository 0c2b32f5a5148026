"""Objectives: what a search pays for."""

from __future__ import annotations

import time
from collections.abc import Sequence

from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from search.study import Evaluation
from supernet.images import ImageSplits
from supernet.skeleton import Skeleton
from supernet.standalone import Recipe, train_networks, training_macs


class TrainObjective:
    """Stand-alone training on images; the value is the validation loss.

    Args:
        space: whose cells stand in the rows.
        skeleton: the frame around the cells.
        data: the images; the test part is not looked at.
        recipe: how a network is trained.
    """

    def __init__(self, space: Space, skeleton: Skeleton, data: ImageSplits, recipe: Recipe) -> None:
        self.space, self.skeleton, self.data, self.recipe = space, skeleton, data, recipe

    def path(self, cells: Sequence[str]) -> list[ArchGraph]:
        """The graphs of an architecture's native cells."""
        return [self.space.from_native(cell) for cell in cells]

    def __call__(self, architectures: Sequence[Sequence[str]], seeds: Sequence[int]) -> list[Evaluation]:
        """Evaluate architectures side by side; each is a list of native cells, one a row."""
        started = time.perf_counter()
        paths = [self.path(cells) for cells in architectures]
        scores = train_networks(paths, self.skeleton, self.data, self.recipe, seeds)
        seconds = (time.perf_counter() - started) / len(paths)
        images = len(self.data.train)
        return [
            Evaluation(
                value=float(loss),
                gmacs=training_macs([path], self.skeleton, images, self.recipe.epochs) / 1e9,
                attributes={"validation_accuracy": float(accuracy), "seconds": seconds},
            )
            for path, loss, accuracy in zip(paths, scores.validation_loss, scores.validation_accuracy, strict=True)
        ]
