"""What objectives that train on images share: the loss that counts, costs beside it, how winners are judged."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import torch

from archgraph.errors import ArchGraphError, InputError
from archgraph.seeds import derive_seed
from archgraph.settings import check_settings
from archgraph.spaces import Space
from search.objectives.base import Architecture, Objective
from search.objectives.costs import COSTS, COUNTED, LATENCY, SPREAD, NetworkCosts
from search.objectives.limits import Limits
from supernet.images.datasets import load_images
from supernet.images.splits import ImageSplits
from supernet.standalone.training import Recipe, SplitFigures

R = TypeVar("R", bound=Recipe)
LOSS = "validation loss"


class TrainedObjective(Objective):
    """Trainings on images; the value is the validation loss, and beside it what the network costs.

    Args:
        space: of the architectures.
        images: all of them, on the device to train on; the test part is looked at for winners alone.
        recipe: how a network is trained.
        costs: what architectures cost in their network.
        train_size: training images that networks are trained on; None for all.
        minimised: further objectives, of `known_costs`.
        limits: cost -> what an architecture may cost at most.

    Raises:
        InputError: the size is none, there is no such cost, or nothing fits the limits.

    Attributes:
        data: the images with so few for training.
    """

    tested_by = int
    known_costs: Sequence[str] = COSTS

    def __init__(
        self,
        space: Space,
        images: ImageSplits,
        recipe: Recipe,
        costs: NetworkCosts,
        train_size: int | None = None,
        minimised: Sequence[str] = (),
        limits: Mapping[str, float] | None = None,
    ) -> None:
        name = self.written.partition(":")[0]
        if unknown := [cost for cost in minimised if cost not in self.known_costs]:
            raise InputError(
                f"{name} minimises costs as in {self.written},-params: choose from {', '.join(self.known_costs)}, but "
                f"got {unknown[0][:64]!r}"
            )
        if len(set(minimised)) < len(minimised):
            raise InputError(f"a cost is minimised once, but got {', '.join(minimised)}")
        self.space, self.images, self.recipe, self.costs = space, images, recipe, costs
        self.names = (LOSS, *minimised)
        self.directions = ("minimize",) * len(self.names)
        self.data = images if train_size is None else images.limit_train(train_size)
        if limits:
            self.limits = Limits(limits, costs)
            self.limits.check()
        self._said = {"name": images.name, "size": None, "train_size": train_size}

    @abstractmethod
    def trained(self, architecture: Architecture | str, seeds: Sequence[int]) -> SplitFigures:
        """The figures of a winner, the test part's too, trained once more with each seed, [len(seeds)] each."""

    def keep(self, given: Mapping[str, Any]) -> None:
        """Keep for the study what the objective was read with."""
        self._said["size"] = given["size"]
        self.fingerprint = self.images.fingerprint
        self.settings = {"train_size": given["train_size"], "recipe": dict(given["recipe"])}
        self.settings |= {name: given[name] for name in ("size", "limits") if given[name]}

    def check_test(self, test: str | int) -> None:
        """Winners of any number of trainings can be scored."""

    def judge(self, winner: Architecture, test: str | int) -> dict[str, Any]:
        """The mean test accuracy of `test` trainings with new seeds; see `Objective.judge`.

        Trainings that diverge are left out and counted.

        Raises:
            ArchGraphError: all of them diverge.
        """
        scores = self.trained(winner, [derive_seed(0, "final", i) for i in range(int(test))])
        kept = [i for i in range(int(test)) if scores.reason(i) is None]
        if not kept:
            raise ArchGraphError(f"the winner {winner.native} cannot be scored: {scores.reason(0)}")
        figures: dict[str, Any] = {
            name: getattr(scores, name)[kept].tolist() for name in ("test_accuracy", "validation_loss")
        }
        if len(kept) < int(test):
            figures["diverged"] = int(test) - len(kept)
        return {"metric": "test accuracy", "value": float(scores.test_accuracy[kept].mean()), **figures}

    def costs_of(self, architecture: Architecture) -> dict[str, float]:
        graph = architecture.graph or self.space.from_native(architecture.native)
        return self.costs.counted(graph, *COUNTED) | self.measured(architecture)

    @property
    def provenance(self) -> dict[str, Any]:
        return {"recipe": asdict(self.recipe), "data": dict(self._said)}

    @property
    def described(self) -> str:
        return self.images.described()

    def recall(self, key: str, attributes: Mapping[str, Any]) -> None:
        self.costs.recall(key, attributes)

    def minimised(self, architecture: Architecture) -> list[float]:
        """The further objectives of an architecture."""
        if len(self.names) == 1:
            return []
        graph = architecture.graph or self.space.from_native(architecture.native)
        counted = self.costs.counted(graph, *(name for name in self.names[1:] if name != LATENCY))
        return [
            self.costs.latency(architecture.hash, lambda: graph) if name == LATENCY else counted[name]
            for name in self.names[1:]
        ]

    def measured(self, architecture: Architecture) -> dict[str, float]:
        """The latency of an architecture, where it was measured, as trial attributes."""
        known = self.costs.latencies.get(architecture.hash)
        return {} if known is None else dict(zip((LATENCY, SPREAD), known, strict=True))

    def gmacs(self, flops: float, epochs: int) -> float:
        """10^9 multiply-adds to train a network: a backward pass counts as two forward passes."""
        return 3 * flops * len(self.data.train) * epochs / 1e9


def opened_images(data: str, given: Mapping[str, Any]) -> ImageSplits:
    """The images that a text names, on the device of the settings; see `Objective.read`.

    Raises:
        InputError: there are none, no such device, or fewer for training than `train_size`.
    """
    images = load_images(data, Path(given.get("root", "images")), given.get("download", False), given["size"])
    if (size := given["train_size"]) is not None and size > len(images.train):
        raise InputError(f"train_size is at most {len(images.train)} with {data[:64]}, but got {size}")
    return images.to(found_device(given.get("device", "cpu")))


def found_device(name: str) -> torch.device:
    """The device of this name; `auto` is a GPU where there is one.

    Raises:
        InputError: there is none.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"a device is auto, cpu or cuda, but got {name[:64]!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"this machine has no usable device {name}; use cpu")
    return device


def changed(recipe: R, changes: Mapping[str, Any]) -> R:
    """The recipe with these changes.

    Raises:
        InputError: a recipe has no such entry, or not with such a value.
    """
    return replace(recipe, **check_settings("a training", type(recipe), changes))
