"""Objectives that train each architecture by itself, in the one network that is searched, trained long and deployed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from archgraph.networks.blueprint import Blueprint
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.macro_skeleton import CountedSkeleton
from archgraph.networks.own import check_modules
from archgraph.spaces import Space
from search.objectives.base import Architecture, Lanes
from search.objectives.costs import NetworkCosts
from search.objectives.evaluation import STEPS, Evaluation
from search.objectives.trained import TrainedObjective, changed, opened_images
from supernet.images.splits import ImagePart, ImageSplits
from supernet.standalone.lanes import TrainingLanes
from supernet.standalone.training import Recipe, SplitFigures, diverged, train_blueprints

WIDTH = 32
"""Channels of the last row of networks of rows, where nothing else is said."""


class TrainObjective(TrainedObjective):
    """Stand-alone training on images; the value is the validation loss, and beside it what the network costs.

    Args:
        space: of the architectures.
        network: that each of them is trained in.
        images: all of them, on the device to train on; the test part is looked at for winners alone.
        recipe: how a network is trained.
        train_size: training images that networks are trained on; None for all.
        minimised: further objectives, of `COSTS`.
        limits: cost -> what an architecture may cost at most.
        clock: in seconds, of what trainings take.

    Raises:
        InputError: the size is none, the network has no such setting or cannot be made of the space's members for such
            images, there is no such cost, or nothing fits the limits.

    Attributes:
        data: the images with so few for training.
        halved: training images for a hyper-architecture, whose weights see one half: twice as many, where there are.
        costs: what architectures cost in the network.
        skeleton: what surrounds the cells where the network is FaDE's rows, None where it is another.

    Example:
        >>> from archgraph import spaces
        >>> from search import TrainObjective
        >>> objective = TrainObjective.read("digits,-params", spaces.get("dag:1-3x2"), {"width": 4})
        >>> objective.names, objective.directions, objective.skeleton.channels
        (('validation loss', 'params'), ('minimize', 'minimize'), (1, 4))
    """

    written = "train:DATA"

    def __init__(
        self,
        space: Space,
        network: NetworkChoice,
        images: ImageSplits,
        recipe: Recipe,
        train_size: int | None = None,
        minimised: Sequence[str] = (),
        limits: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        check_modules(space.operations)
        [member] = space.sample(1, np.random.default_rng(0))
        network.check(space.name, member)
        network.blueprint(member, space.name, images.shape, images.classes)
        self.skeleton = network.skeleton(member, space.name, images.shape, images.classes)
        costs = NetworkCosts(space, network, images.shape, images.classes, images.train.batch_device)
        super().__init__(space, images, recipe, costs, train_size, minimised, limits)
        self.network, self.clock = network, clock
        self.steps = tuple(range(1, recipe.epochs + 1))
        self.halved = images.limit_train(2 * len(self.data.train)).train

    @classmethod
    def read(cls, text: str, space: Space, settings: Mapping[str, Any] | None = None) -> Self:
        """From DATA, with costs to minimise behind it as in `digits,-params`; see `Objective.read`."""
        given: dict[str, Any] = {"width": None, "train_size": None, "recipe": {}, "size": None, "limits": {}}
        given |= settings or {}
        data, *minimised = text.split(",-")
        network, images = network_choice(space, given), opened_images(data, given)
        recipe, limits = changed(Recipe(), given["recipe"]), dict(given["limits"])
        made = cls(space, network, images, recipe, given["train_size"], minimised, limits)
        made.keep(given)
        if made.skeleton is None or network.kind != "published" or set(network.settings) != {"width"}:
            made.settings = {
                **made.settings,
                "network": network.to_dict(),
            }  # studies of rows of before have their width alone
        return made

    @property
    def hyper(self) -> tuple[CountedSkeleton, ImagePart] | None:
        return None if self.skeleton is None else (self.skeleton, self.halved)

    def blueprint(self, architecture: Architecture | str) -> Blueprint:
        """The network of an architecture, or of its native form."""
        if isinstance(architecture, str):
            architecture = Architecture(architecture, "")
        graph = architecture.graph or self.space.from_native(architecture.native)
        return self.network.blueprint(graph, self.space.name, self.images.shape, self.images.classes)

    def trained(self, architecture: Architecture | str, seeds: Sequence[int]) -> SplitFigures:
        """The figures of a winner, the test part's too, trained once more with each seed, [len(seeds)] each."""
        return train_blueprints([self.blueprint(architecture)] * len(seeds), self.data, self.recipe, seeds)[0]

    @property
    def provenance(self) -> dict[str, Any]:
        return {"network": self.network.to_dict(), **super().provenance}

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        further = [self.minimised(architecture) for architecture in architectures]
        started = self.clock()
        blueprints = [self.blueprint(architecture) for architecture in architectures]
        scores, _ = train_blueprints(blueprints, self.data, self.recipe, seeds)
        seconds = (self.clock() - started) / len(blueprints)
        found = []
        for i, (made, costs) in enumerate(zip(blueprints, further, strict=True)):
            gmacs = self.gmacs(made.cost.flops, self.recipe.epochs)
            loss, accuracy = float(scores.validation_loss[i]), float(scores.validation_accuracy[i])
            if np.isfinite(loss):
                attributes = {"validation_accuracy": accuracy} | self.measured(architectures[i])
                found.append(Evaluation((loss, *costs), gmacs, seconds, attributes=attributes))
            else:
                found.append(Evaluation((), gmacs, seconds, reason=scores.reason(i)))
        return found

    def lanes(self) -> Lanes:
        """Trainings that report their validation loss after each epoch."""
        return EpochLanes(self)


class EpochLanes(Lanes):
    """Trainings in one bank; see `TrainingLanes`.

    Args:
        objective: of a single value.
    """

    def __init__(self, objective: TrainObjective) -> None:
        self.objective = objective
        self._lanes = TrainingLanes(objective.data, objective.recipe)
        self._done: dict[int, int] = {}
        self._seconds: dict[int, float] = {}
        self._figures: dict[int, tuple[float, float]] = {}
        self._architectures: dict[int, tuple[Architecture, Blueprint]] = {}

    def enter(self, lane: int, architecture: Architecture, seed: int, done: int = 0) -> None:
        blueprint = self.objective.blueprint(architecture)
        self._lanes.enter(lane, blueprint, seed, done)
        self._architectures[lane] = architecture, blueprint
        self._done[lane], self._seconds[lane] = done, 0.0

    def advance(self) -> dict[int, float]:
        started = time.perf_counter()
        self._figures |= self._lanes.epoch()
        seconds = (time.perf_counter() - started) / len(self._done)
        for lane in self._done:
            self._done[lane] += 1
            self._seconds[lane] += seconds
        return {lane: self._figures[lane][0] for lane in self._done}

    def leave(self, lane: int) -> Evaluation:
        self._lanes.leave(lane)
        architecture, blueprint = self._architectures.pop(lane)
        epochs, seconds = self._done.pop(lane), self._seconds.pop(lane)
        loss, accuracy = self._figures.pop(lane)
        gmacs, queries = self.objective.gmacs(blueprint.cost.flops, epochs), epochs / self.objective.recipe.epochs
        attributes = {STEPS: epochs, "validation_accuracy": accuracy, **self.objective.measured(architecture)}
        if np.isfinite(loss):
            return Evaluation((loss,), gmacs, seconds, queries, attributes)
        return Evaluation((), gmacs, seconds, queries, {STEPS: epochs}, diverged(epochs))


def network_choice(space: Space, settings: Mapping[str, Any]) -> NetworkChoice:
    """The network that settings name: `network`, `network_settings` and `width`, each of which can be missing.

    Raises:
        InputError: there is no such network.
    """
    given = dict(settings.get("network_settings") or {})
    if settings.get("width") is not None:
        given["width"] = settings["width"]
    kind = settings.get("network", "published")
    [member] = space.sample(1, np.random.default_rng(0))
    skeleton = NetworkChoice(kind).skeleton(member, space.name, (1, 8, 8), 2)
    if "width" not in given and skeleton is not None and skeleton.has_width:
        given["width"] = WIDTH
    return NetworkChoice(kind, given)
