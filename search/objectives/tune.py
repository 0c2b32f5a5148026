"""Objectives that train members of the space around a network a little, from the weights that they inherit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, Self

import torch

from archgraph.checks import check_choice
from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from search.objectives.base import Architecture
from search.objectives.costs import COUNTED, LATENCY, NetworkCosts
from search.objectives.evaluation import Evaluation
from search.objectives.trained import TrainedObjective, changed, opened_images
from supernet.images.splits import ImageSplits
from supernet.imported.shrink import shrunk
from supernet.imported.space import NetworkSpace
from supernet.imported.uniform import uniform
from supernet.latency import latency
from supernet.standalone.training import Recipe, SplitFigures, diverged
from supernet.standalone.tuning import score, train_on, tune

FEW = 2
"""Epochs of a training where nothing else is said."""
_LOOK, _FEWEST, _MOST = 2e9, 16, 256  # multiply-adds of a look at a member that is not trained; images of it


class TuneObjective(TrainedObjective):
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

    written = "tune:DATA"
    known_costs = (*COUNTED, LATENCY)

    def __init__(
        self,
        space: Space,
        images: ImageSplits,
        recipe: Recipe,
        train_size: int | None = None,
        minimised: Sequence[str] = (),
        limits: Mapping[str, float] | None = None,
    ) -> None:
        self.around = NetworkSpace(space)
        self.around.check_images(images.shape, images.classes)
        costs = MemberCosts(self.around, images.train.batch_device)
        super().__init__(space, images, recipe, costs, train_size, minimised, limits)

    @classmethod
    def read(cls, text: str, space: Space, settings: Mapping[str, Any] | None = None) -> Self:
        """From DATA, with costs to minimise behind it as in `digits,-flops`; see `Objective.read`."""
        given: dict[str, Any] = {"train_size": None, "recipe": {}, "size": None, "limits": {}} | dict(settings or {})
        data, *minimised = text.split(",-")
        recipe = changed(Recipe(epochs=FEW, learning_rate=1e-3), given["recipe"])
        made = cls(space, opened_images(data, given), recipe, given["train_size"], minimised, dict(given["limits"]))
        made.keep(given)
        return made

    def trained(self, architecture: Architecture | str, seeds: Sequence[int]) -> SplitFigures:
        """The figures of a member, the test part's too, trained once more with each seed, [len(seeds)] each."""
        native = architecture if isinstance(architecture, str) else architecture.native
        made = self.around.member(self.space.from_native(native))
        return SplitFigures.joined([tune(made.network(), self.data, self.recipe, seed) for seed in seeds])

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        return [self._evaluated(one, seed) for one, seed in zip(architectures, seeds, strict=True)]

    def starts(self) -> Sequence[str]:
        """The network itself or, where it costs more than the limits, what `shrunk` and `uniform` make of it."""
        limits, whole = self.limits, self.space.from_native("0" * len(self.space.options))
        flops = self.costs.counted(whole, "flops")["flops"]
        some = int(min(max(_LOOK / flops, _FEWEST), _MOST))
        batch = next(iter(self.data.train.epoch(some, torch.Generator().manual_seed(0))))
        wanted = tuple(limits.counted) if limits is not None and limits.counted else ("flops",)

        def fits(graph: ArchGraph) -> bool:
            key = graph.canonical_hash()
            return limits is None or (limits.fits(graph) and limits.is_fast(key, partial(copy, graph)))

        found = shrunk(self.around, batch.images, batch.labels, fits, lambda graph: self.costs.counted(graph, *wanted))
        starts = [found, None if fits(whole) else uniform(self.space, fits)]
        return tuple(dict.fromkeys(self.space.to_native(graph) for graph in starts if graph is not None))

    def _evaluated(self, architecture: Architecture, seed: int) -> Evaluation:
        graph = architecture.graph or self.space.from_native(architecture.native)
        started = time.perf_counter()
        try:
            made = self.around.member(graph)
            flops, further = self.costs.counted(graph, "flops")["flops"], self.minimised(architecture)
            network = made.network()
            epoch = train_on(network, self.data, self.recipe, seed)
            accuracy, loss = score(network, self.data.validation)
        except CompileError as error:
            return Evaluation((), 0.0, time.perf_counter() - started, reason=str(error))
        seconds = time.perf_counter() - started
        gmacs = self.gmacs(flops, self.recipe.epochs)
        if epoch or not math.isfinite(loss):
            return Evaluation((), gmacs, seconds, reason=diverged(epoch))
        attributes = {"validation_accuracy": accuracy, **self.measured(architecture)}
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
