"""Objectives that train members of the space around a network a little, from the weights that they inherit."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from archgraph.checks import check_choice
from archgraph.errors import ArchGraphError, CompileError, InputError
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from search.objectives.base import Architecture, Objective
from search.objectives.costs import COUNTED, LATENCY, SPREAD, NetworkCosts
from search.objectives.evaluation import Evaluation
from search.objectives.limits import Limits
from search.objectives.train import LOSS, changed, found_device
from supernet.images.datasets import load_images
from supernet.images.splits import ImageSplits
from supernet.imported.space import NetworkSpace
from supernet.latency import latency
from supernet.standalone.training import Recipe, SplitFigures
from supernet.standalone.tuning import tune

FEW = 2
"""Epochs of a training where nothing else is said."""


class TuneObjective(Objective):
    """A short training of each member with the weights that it inherits; the value is the validation loss.

    Args:
        space: around a network.
        images: all of them, on the device to train on; the test part is looked at for winners alone.
        recipe: how a member is trained.
        train_size: training images that members are trained on; None for all.
        minimised: further objectives, `params`, `flops` or `latency_ms`.
        limits: cost -> what a member may cost at most.

    Raises:
        InputError: the space is around no network, the images do not suit the network, or nothing fits the limits.

    Example:
        >>> objective = TuneObjective.read("digits,-flops", spaces.get("module:small.yaml"))
        >>> objective.names
        ('validation loss', 'flops')
    """

    tested_by = int
    written = "tune:DATA"

    def __init__(
        self,
        space: Space,
        images: ImageSplits,
        recipe: Recipe,
        train_size: int | None = None,
        minimised: Sequence[str] = (),
        limits: Mapping[str, float] | None = None,
    ) -> None:
        self.space, self.images, self.recipe = space, images, recipe
        self.around = NetworkSpace(space)
        if self.around.image != images.shape or self.around.outputs < images.classes:
            raise InputError(
                f"{space.name} is around a network for images {self.around.image} and {self.around.outputs} classes, "
                f"but the data have {images.shape} and {images.classes}"
            )
        self.names = (LOSS, *minimised)
        self.directions = ("minimize",) * len(self.names)
        self.data = images if train_size is None else images.limit_train(train_size)
        self.costs = MemberCosts(self.around, images.train.batch_device)
        for name in minimised:
            check_choice((*COUNTED, LATENCY), cost=name)
        if limits:
            self.limits = Limits(limits, self.costs)
            self.limits.check()
        self._said = {"name": images.name, "size": None, "train_size": train_size}

    @classmethod
    def read(cls, text: str, space: Space, settings: Mapping[str, Any] | None = None) -> Self:
        """From DATA, with costs to minimise behind it as in `digits,-flops`; see `Objective.read`."""
        given: dict[str, Any] = {"train_size": None, "recipe": {}, "size": None, "limits": {}} | dict(settings or {})
        data, *minimised = text.split(",-")
        images = load_images(data, Path(given.get("root", "images")), given.get("download", False), given["size"])
        images = images.to(found_device(given.get("device", "cpu")))
        recipe = changed(Recipe(epochs=FEW, learning_rate=1e-3), given["recipe"])
        made = cls(space, images, recipe, given["train_size"], minimised, dict(given["limits"]))
        made._said["size"] = given["size"]
        made.settings = {"train_size": given["train_size"], "recipe": dict(given["recipe"])}
        made.settings |= {name: given[name] for name in ("size", "limits") if given[name]}
        return made

    def trained(self, architecture: Architecture | str, seeds: Sequence[int]) -> SplitFigures:
        """The figures of a member, the test part's too, trained once more with each seed, [len(seeds)] each."""
        native = architecture if isinstance(architecture, str) else architecture.native
        made = self.around.member(self.space.from_native(native))
        return SplitFigures.joined([tune(made.network(), self.data, self.recipe, seed) for seed in seeds])

    def check_test(self, test: str | int) -> None:
        """Winners of any number of trainings can be scored."""

    def judge(self, winner: Architecture, test: str | int) -> dict[str, Any]:
        """The mean test accuracy of `test` trainings with new seeds; see `Objective.judge`.

        Raises:
            ArchGraphError: all of them diverge.
        """
        scores = self.trained(winner, [derive_seed(0, "final", i) for i in range(int(test))])
        kept = [i for i in range(int(test)) if scores.reason(i) is None]
        if not kept:
            raise ArchGraphError(f"the winner {winner.native} cannot be scored: {scores.reason(0)}")
        figures = {name: getattr(scores, name)[kept].tolist() for name in ("test_accuracy", "validation_loss")}
        return {"metric": "test accuracy", "value": float(scores.test_accuracy[kept].mean()), **figures}

    def costs_of(self, architecture: Architecture) -> dict[str, float]:
        graph = architecture.graph or self.space.from_native(architecture.native)
        found = self.costs.counted(graph, *COUNTED)
        if architecture.hash in self.costs.latencies:
            found |= dict(zip((LATENCY, SPREAD), self.costs.latencies[architecture.hash], strict=True))
        return found

    @property
    def provenance(self) -> dict[str, Any]:
        return {"recipe": asdict(self.recipe), "data": dict(self._said)}

    @property
    def described(self) -> str:
        return self.images.described()

    def recall(self, key: str, attributes: Mapping[str, Any]) -> None:
        self.costs.recall(key, attributes)

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        return [self._evaluated(one, seed) for one, seed in zip(architectures, seeds, strict=True)]

    def _evaluated(self, architecture: Architecture, seed: int) -> Evaluation:
        graph = architecture.graph or self.space.from_native(architecture.native)
        started = time.perf_counter()
        try:
            made = self.around.member(graph)
            counted = self.costs.counted(graph, *COUNTED)
            further = [
                self.costs.latency(architecture.hash, lambda: graph) if name == LATENCY else counted[name]
                for name in self.names[1:]
            ]
            scores = tune(made.network(), self.data, self.recipe, seed)
        except CompileError as error:
            return Evaluation((), 0.0, time.perf_counter() - started, reason=str(error))
        seconds = time.perf_counter() - started
        gmacs = 3 * counted["flops"] * len(self.data.train) * self.recipe.epochs / 1e9
        loss = float(scores.validation_loss[0])
        if not np.isfinite(loss):
            return Evaluation((), gmacs, seconds, reason=scores.reason(0))
        attributes = {"validation_accuracy": float(scores.validation_accuracy[0])}
        if architecture.hash in self.costs.latencies:
            attributes |= dict(zip((LATENCY, SPREAD), self.costs.latencies[architecture.hash], strict=True))
        return Evaluation((loss, *further), gmacs, seconds, attributes=attributes)


class MemberCosts(NetworkCosts):
    """Costs of the members of the space around a network; a latency is measured once a member.

    Args:
        around: the space with its network.
        device: where latencies are measured, one input at a time.
    """

    def __init__(self, around: NetworkSpace, device: torch.device | str = "cpu") -> None:
        self.space, self.around = around.space, around
        self.device = torch.device(device)
        self.latencies = {}

    def counted(self, graph: ArchGraph, *names: str) -> dict[str, float]:
        for name in names:
            check_choice(COUNTED, cost=name)
        found = self.around.cost(graph)
        counted = {"params": float(found.params), "flops": float(found.flops)}
        return {name: counted[name] for name in names}

    def latency(self, key: str, graph: Callable[[], ArchGraph]) -> float:
        if key not in self.latencies:
            network = self.around.member(graph()).network()
            found = latency(network, (1, *self.around.image), self.device)
            self.latencies[key] = 1e3 * found.median, 1e3 * found.spread
        return self.latencies[key][0]
