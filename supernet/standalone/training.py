"""Training stand-alone networks, many at once: the ground truth that ranks are held against."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from archgraph.checks import check_choice, check_not_negative, check_positive, check_whole
from archgraph.errors import ArchGraphError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.macro_skeleton import CellPath, MacroSkeleton, network_of
from archgraph.networks.skeleton import Skeleton
from supernet.bank.bank import Bank
from supernet.images.augment import Augment
from supernet.images.splits import ImagePart, ImageSplits, check_images

OPTIMIZERS = ("adam", "adamw", "sgd")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
"""Precision of the convolutions; weights and losses are float32 throughout."""


@dataclass(frozen=True)
class Recipe:
    """How weights are trained; the learning rate falls to zero by a cosine, step by step.

    Args:
        epochs: how often the training part is gone through.
        batch_size: images a step.
        learning_rate: at the start.
        weight_decay: of the optimiser.
        optimizer: `adam`, `adamw`, or `sgd` with Nesterov momentum 0.9.
        clip: largest norm of one network's gradient; 0 for any.
        augment: random crops and flips on the device; see `supernet.images.augment`.
        precision: `float32` or `bfloat16` (mixed).

    Raises:
        InputError: a number makes no sense, or a choice is none.

    Example:
        >>> from supernet import Recipe
        >>> Recipe(epochs=3, augment=True).learning_rate
        0.003
    """

    epochs: int = 12
    batch_size: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    optimizer: str = "adam"
    clip: float = 0.0
    augment: bool = False
    precision: str = "float32"

    def __post_init__(self) -> None:
        check_choice(OPTIMIZERS, optimizer=self.optimizer)
        check_choice(PRECISIONS, precision=self.precision)
        check_whole(1, epochs=self.epochs, batch_size=self.batch_size)
        check_positive(learning_rate=self.learning_rate)
        check_not_negative(weight_decay=self.weight_decay, clip=self.clip)

    def make_optimizer(self, parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
        """The optimiser of these parameters."""
        if self.optimizer == "sgd":
            return torch.optim.SGD(parameters, self.learning_rate, 0.9, 0, self.weight_decay, nesterov=True)
        made = torch.optim.Adam if self.optimizer == "adam" else torch.optim.AdamW
        return made(parameters, self.learning_rate, weight_decay=self.weight_decay, fused=True)

    def autocast(self, device: torch.device) -> torch.autocast:
        """The context of a forward pass."""
        dtype = PRECISIONS[self.precision]
        return torch.autocast(device.type, torch.bfloat16, enabled=dtype is not torch.float32)


@dataclass(frozen=True)
class SplitFigures:
    """Validation and test figures of M networks, each [M]: accuracy in [0, 1], mean cross-entropy in nats.

    Where a training diverged, its loss and accuracy are NaN.

    Attributes:
        diverged: [M] the first epoch, from 1, whose last loss was not finite; 0 where there was none.
    """

    validation_accuracy: Tensor
    validation_loss: Tensor
    test_accuracy: Tensor
    test_loss: Tensor
    diverged: Tensor

    def reason(self, network: int) -> str | None:
        """Why a network has no figures; None where it has."""
        if self.validation_loss[network].isfinite() and self.test_loss[network].isfinite():
            return None
        return diverged(int(self.diverged[network]))

    @classmethod
    def joined(cls, parts: Sequence[SplitFigures]) -> SplitFigures:
        """The figures of several banks, one after another."""
        return cls(*(torch.cat(columns) for columns in zip(*(vars(part).values() for part in parts), strict=True)))


def diverged(epoch: int) -> str:
    """Why a training has no figures, whose loss was not finite in an epoch from 1 on, or 0 where that is not known."""
    when = f" in epoch {epoch}" if epoch else ""
    return f"the training diverged: its loss is no finite number{when}; a lower learning rate may help"


def train_networks(
    paths: Sequence[CellPath],
    skeleton: MacroSkeleton,
    data: ImageSplits,
    recipe: Recipe,
    seeds: Sequence[int],
    progress: Callable[[], None] = lambda: None,
) -> SplitFigures:
    """Train each architecture of one cell a row by itself and score it; see `train_blueprints`.

    Args:
        paths: M architectures, a cell a row.
        skeleton: what surrounds the cells.
        data: the images.
        recipe: how a network is trained.
        seeds: M seeds.
        progress: called after each epoch.

    Returns:
        Accuracies and losses on validation and test part, each [M].

    Raises:
        InputError: no architecture, not one seed for each, or a cell that cannot be compiled; or the images do not
            suit the macro skeleton.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import Recipe, Skeleton, load_images, train_networks
        >>> images, cells = load_images("digits").limit_train(64), list(spaces.get("dag:2").enumerate())
        >>> skeleton = Skeleton.fade(images.shape, images.classes, rows=1, width=4)
        >>> figures = train_networks([[cell] for cell in cells], skeleton, images, Recipe(epochs=1), seeds=[0, 1])
        >>> figures.test_accuracy.shape
        torch.Size([2])
    """
    check_images(skeleton, data.train)
    return train_blueprints([network_of(skeleton, path) for path in paths], data, recipe, seeds, progress=progress)[0]


def train_blueprints(
    blueprints: Sequence[Blueprint],
    data: ImageSplits,
    recipe: Recipe,
    seeds: Sequence[int],
    order: int | None = None,
    progress: Callable[[], None] = lambda: None,
    weights: Sequence[dict[str, Tensor]] | None = None,
) -> tuple[SplitFigures, Bank]:
    """Train each network by itself on the training part and score it.

    All see the same batches in the same order; initial weights come from `seeds`. Networks that do not fit into the
    device's memory together are trained half by half, with the same numbers but for rounding: the last digits of a
    network's depend on how many run beside it.

    Args:
        blueprints: M networks, all for images and classes of `data`.
        data: the images.
        recipe: how a network is trained.
        seeds: M seeds.
        order: seed of the batches; default the first of `seeds`.
        progress: called after each epoch, of each half where there are two.
        weights: initial weights of each network instead, as `Bank.state` and `Network.state_dict` give them.

    Returns:
        Accuracies and losses on validation and test part, each [M], NaN where a training diverged; and the trained
        networks.

    Raises:
        InputError: no network, or not one seed for each.
        ArchGraphError: one network alone does not fit into memory.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import Recipe, blueprint, load_images, train_blueprints
        >>> images = load_images("digits").limit_train(64)
        >>> graphs = list(spaces.get("dag:2").enumerate())
        >>> made = [blueprint(graph, "dag:2", images.shape, images.classes) for graph in graphs]
        >>> figures, bank = train_blueprints(made, images, Recipe(epochs=1), seeds=[0, 1])
        >>> figures.test_loss.shape
        torch.Size([2])
    """
    try:
        return _train_bank(blueprints, data, recipe, seeds, order, progress, weights)
    except torch.OutOfMemoryError as error:
        if len(blueprints) == 1:
            raise ArchGraphError(
                f"a network does not fit into the memory of {data.train.batch_device} with batches of "
                f"{recipe.batch_size} images of {data.shape}; take smaller batches or smaller images"
            ) from error
    # What the bank held is free only here, where nothing refers to the error any more.
    order = seeds[0] if order is None else order
    middle = (len(blueprints) + 1) // 2
    parts = [
        train_blueprints(
            blueprints[half], data, recipe, seeds[half], order, progress, None if weights is None else weights[half]
        )
        for half in (slice(0, middle), slice(middle, None))
    ]
    whole = Bank(blueprints, seeds).to(data.train.batch_device)
    states = (bank.state(i) for _, bank in parts for i in range(bank.count))
    for network, state in enumerate(states):
        whole.load_state(state, network)
    return SplitFigures.joined([figures for figures, _ in parts]), whole


def _train_bank(
    blueprints: Sequence[Blueprint],
    data: ImageSplits,
    recipe: Recipe,
    seeds: Sequence[int],
    order: int | None,
    progress: Callable[[], None],
    weights: Sequence[dict[str, Tensor]] | None,
) -> tuple[SplitFigures, Bank]:
    """The same in one bank.

    Raises:
        torch.OutOfMemoryError: the bank is too large.
    """
    device = data.train.batch_device
    bank = Bank(blueprints, seeds).to(device)
    for network, state in enumerate(weights or ()):
        bank.load_state(state, network)
    optimizer = recipe.make_optimizer(list(bank.weights()))
    generator = torch.Generator().manual_seed(seeds[0] if order is None else order)
    steps = recipe.epochs * max(1, len(data.train) // min(recipe.batch_size, len(data.train)))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    augment = Augment(data.shape, data.mirrored) if recipe.augment else None
    first = torch.zeros(bank.count, dtype=torch.int64)  # epoch in which each diverged
    for epoch in range(1, recipe.epochs + 1):
        for batch in data.train.epoch(recipe.batch_size, generator):
            images = batch.images if augment is None else augment(batch.images, generator)
            optimizer.zero_grad()
            with recipe.autocast(device):
                logits = bank(images)
            found = losses(logits, batch.labels)
            found.sum().backward()
            if recipe.clip:
                clip_each(bank, recipe.clip)
            optimizer.step()
            schedule.step()
        progress()
        last = found.detach().cpu()  # once an epoch, since a device is waited for
        first[(first == 0) & ~last.isfinite()] = epoch
        if last.isnan().all():
            break
    return SplitFigures(*score(bank, data.validation), *score(bank, data.test), first), bank


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each of M networks; logits [batch, M, classes], labels [batch] -> [M]."""
    repeated = labels[:, None].expand(logits.shape[:2])
    return F.cross_entropy(logits.float().transpose(1, 2), repeated, reduction="none").mean(0)


def clip_each(bank: Bank, largest: float) -> None:
    """Scale each network's gradient down to the norm `largest`, as if it were trained alone."""
    owned = [(p.grad, torch.tensor(networks, device=p.device)) for p, networks in bank.owners() if p.grad is not None]
    squares = owned[0][0].new_zeros(bank.count)
    for gradient, networks in owned:
        squares.index_add_(0, networks, gradient.flatten(1).square().sum(1))
    scale = (largest / squares.sqrt().clamp(min=1e-12)).clamp(max=1.0)
    for gradient, networks in owned:
        gradient.mul_(scale[networks].view(-1, *[1] * (gradient.dim() - 1)))


@torch.no_grad()
def score(bank: Bank, part: ImagePart) -> tuple[Tensor, Tensor]:
    """Accuracy and mean cross-entropy of each network on `part`, each [M] on the CPU; NaN where that is not finite."""
    bank.eval()
    logits = torch.cat([bank(batch.images) for batch in part.in_order()])
    bank.train()
    labels = part.labels.to(logits.device)
    accuracy, loss = (logits.argmax(2) == labels[:, None]).float().mean(0).cpu(), losses(logits, labels).cpu()
    accuracy[~loss.isfinite()] = loss[~loss.isfinite()] = math.nan
    return accuracy, loss


def training_macs(paths: Sequence[CellPath], skeleton: Skeleton, images: int, epochs: int) -> int:
    """Multiply-adds to train the architectures: a backward pass counts as two forward passes."""
    return sum(3 * skeleton.macs([[cell] for cell in path]) * images * epochs for path in paths)
