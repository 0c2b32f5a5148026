"""Trainings that come and go: networks side by side in one bank, each at an epoch of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from archgraph.errors import CrowdedError
from archgraph.networks.blueprint import Blueprint
from archgraph.seeds import derive_seed
from supernet.bank.bank import Bank
from supernet.images.augment import Augment
from supernet.images.splits import ImageSplits
from supernet.standalone.training import Recipe, clip_each, losses, score


@dataclass
class _Lane:
    """One training.

    Attributes:
        blueprint, seed: its network.
        epochs: that are done.
        weights: of the network between two banks; none before the first.
        moments: of its optimiser, likewise.
    """

    blueprint: Blueprint
    seed: int
    epochs: int = 0
    weights: dict[str, Tensor] | None = None
    moments: dict[int, Any] = field(default_factory=dict)


class TrainingLanes:
    """Trainings in a bank that is recomposed where one enters or leaves, so that a device has always as many to do.

    Each lane has an optimiser of its own, on views of the bank's weights, and its own place on the cosine of the
    learning rate. All see the same batches, in an order that follows from the seed and the epoch of the lane that
    entered first. So what a lane comes to follows from its seed and from who runs beside it: the same lanes at the same
    epochs give the same numbers bit for bit on the CPU, whatever the others' weights are.

    Args:
        data: the images.
        recipe: how a network is trained; `epochs` in all.

    Example:
        >>> from archgraph import spaces
        >>> from archgraph.networks.macro_skeleton import network_of
        >>> from supernet import Recipe, Skeleton, TrainingLanes, load_images
        >>> data = load_images("digits").limit_train(64)
        >>> skeleton = Skeleton.fade(data.shape, data.classes, rows=1, width=4)
        >>> network = network_of(skeleton, [spaces.get("dag:1-3").from_native("1:")])
        >>> lanes = TrainingLanes(data, Recipe(epochs=2))
        >>> lanes.enter(0, network, seed=0)
        >>> _ = lanes.epoch()
        >>> lanes.enter(1, network, seed=1)
        >>> sorted(lanes.epoch())
        [0, 1]
    """

    def __init__(self, data: ImageSplits, recipe: Recipe) -> None:
        self.data, self.recipe = data, recipe
        self._lanes: dict[int, _Lane] = {}
        self._bank: Bank | None = None
        self._optimizers: list[torch.optim.Optimizer] = []
        self._augment = Augment(data.shape, data.mirrored) if recipe.augment else None

    def enter(self, lane: int, blueprint: Blueprint, seed: int, epochs: int = 0) -> None:
        """Begin a training before the next epoch.

        Args:
            lane: its number, which no other has.
            blueprint: the network.
            seed: of its initial weights.
            epochs: that count as done, for one that is there only because it was: its weights are then of no use.
        """
        self._release()
        self._lanes[lane] = _Lane(blueprint, seed, epochs)

    def leave(self, lane: int) -> None:
        """End a training."""
        self._release()
        del self._lanes[lane]

    def epoch(self) -> dict[int, tuple[float, float]]:
        """Train each lane for one epoch.

        Returns:
            lane -> loss and accuracy on the validation part; NaN where the training diverged.

        Raises:
            CrowdedError: the lanes do not fit into the device's memory together.
        """
        try:
            return self._epoch()
        except torch.OutOfMemoryError as error:
            raise CrowdedError(
                f"{len(self._lanes)} networks do not fit into the memory of {self.data.train.batch_device} side by "
                f"side, with batches of {self.recipe.batch_size} images of {self.data.shape}; take fewer or smaller "
                "batches"
            ) from error

    def _epoch(self) -> dict[int, tuple[float, float]]:
        recipe, train, lanes = self.recipe, self.data.train, list(self._lanes.values())
        bank = self._composed()
        gradients = [p.grad for p in bank.weights() if p.grad is not None]
        generator = torch.Generator().manual_seed(derive_seed(lanes[0].seed, "order", lanes[0].epochs))
        per_epoch = max(1, len(train) // min(recipe.batch_size, len(train)))
        for step, batch in enumerate(train.epoch(recipe.batch_size, generator)):
            images = batch.images if self._augment is None else self._augment(batch.images, generator)
            for gradient in gradients:
                gradient.zero_()
            with recipe.autocast(train.batch_device):
                logits = bank(images)
            losses(logits, batch.labels).sum().backward()
            if recipe.clip:
                clip_each(bank, recipe.clip)
            for lane, optimizer in zip(lanes, self._optimizers, strict=True):
                done = (lane.epochs + step / per_epoch) / recipe.epochs
                optimizer.param_groups[0]["lr"] = recipe.learning_rate * (1 + math.cos(math.pi * done)) / 2
                optimizer.step()
        accuracy, loss = score(bank, self.data.validation)
        for lane in lanes:
            lane.epochs += 1
        return dict(zip(self._lanes, zip(loss.tolist(), accuracy.tolist(), strict=True), strict=True))

    def _composed(self) -> Bank:
        """The bank of all lanes, each where it stood."""
        if self._bank is None:
            lanes = list(self._lanes.values())
            bank = Bank([lane.blueprint for lane in lanes], [lane.seed for lane in lanes])
            self._bank = bank.to(self.data.train.batch_device)
            for parameter in bank.weights():
                parameter.grad = torch.zeros_like(parameter)
            for number, lane in enumerate(lanes):
                if lane.weights is not None:
                    bank.load_state(lane.weights, number)
            self._optimizers = [self._optimizer(bank, number, lane) for number, lane in enumerate(lanes)]
        return self._bank

    def _optimizer(self, bank: Bank, number: int, lane: _Lane) -> torch.optim.Optimizer:
        """The optimiser of one lane, on views of its slots."""
        views: list[Tensor] = []
        for _, value, slot in bank.tensors(number):
            if isinstance(value, nn.Parameter):
                assert value.grad is not None, "gradients have a place"
                view = value.detach()[slot].requires_grad_()
                view.grad = value.grad[slot]
                views.append(view)
        optimizer = self.recipe.make_optimizer(views)
        optimizer.load_state_dict({"state": lane.moments, "param_groups": optimizer.state_dict()["param_groups"]})
        return optimizer

    def _release(self) -> None:
        """Take the lanes out of the bank."""
        if self._bank is not None:
            for number, (lane, optimizer) in enumerate(zip(self._lanes.values(), self._optimizers, strict=True)):
                lane.weights, lane.moments = self._bank.state(number), optimizer.state_dict()["state"]
        self._bank, self._optimizers = None, []
