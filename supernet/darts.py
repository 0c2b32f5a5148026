r"""Training a hyper-architecture by DARTS (Liu et al. 2019): bilevel of first or second order, or single-level.

Bilevel, the training part is split at random: weights are fitted to one half and architecture parameters to the other,
a step of the one and a step of the other in turn. Two choices make the architecture parameters tell cells apart
(reconstructions; measured in tests/benchmarks/RESULTS.md): the weights see random mixtures (`supernet.mixtures`), and
`natural` steps of the architecture parameters (`supernet.alpha_steps`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path as FilePath
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.checks import check_choice, check_not_negative, check_positive, check_share, check_whole
from archgraph.errors import InputError
from supernet import distributed
from supernet.alpha_steps import ALPHA_STEPS, AlphaStep
from supernet.augment import Augment
from supernet.checkpoint import load_training, save_training
from supernet.frame import Frame, Path, check_images
from supernet.hyper import HyperArchitecture
from supernet.images import Images
from supernet.mixed import MixedNetwork
from supernet.mixtures import MIXTURES, alpha_mixture, weight_mixture
from supernet.ranks import FadeRanks
from supernet.regularisers import REGULARISERS, penalty
from supernet.skeleton import Skeleton
from supernet.standalone import Recipe
from supernet.substitution import TIMES, sampled_effects
from supernet.unrolled import unrolled_gradients

ORDERS = ("first", "second", "single-level")


@dataclass(frozen=True)
class BilevelRecipe(Recipe):
    """How a hyper-architecture is trained; the weights as in `Recipe`.

    Args:
        epochs: passes over the weights' part.
        warm_up: epochs before architecture parameters move.
        order: `first` or `second` order bilevel, or `single-level`: both on the same batches of the whole part.
        held_out: share of the training part that architecture parameters are fitted to.
        mixture: what the weights see; see `supernet.mixtures`.
        concentration: c of the mixtures' Dirichlet distribution; the larger, the closer to the softmax itself.
        temperature: of the Gumbel softmax.
        alpha_step: `natural`, `adam`, `sgd` or `substitution`; see `supernet.alpha_steps`.
        alpha_batch: images of a step of the architecture parameters; 0 for `batch_size`.
        alpha_rate: learning rate of the architecture parameters; with `natural` a row's root mean square step.
        regulariser: `none`, or FaDE's `independent` or `dependent`; see `supernet.regularisers`.
        strength: factor before the regulariser.
        mirrored: augmentation may flip images.

    Raises:
        InputError: a number makes no sense, a choice is none, or two choices do not go together.
    """

    epochs: int = 8
    warm_up: int = 4
    order: str = "first"
    held_out: float = 0.5
    mixture: str = "dirichlet"
    concentration: float = 0.3
    temperature: float = 1.0
    alpha_step: str = "natural"
    alpha_rate: float = 0.05
    alpha_batch: int = 0
    regulariser: str = "none"
    strength: float = 0.1
    mirrored: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice(ORDERS, order=self.order)
        check_choice(MIXTURES, mixture=self.mixture)
        check_choice(ALPHA_STEPS, alpha_step=self.alpha_step)
        check_choice(REGULARISERS, regulariser=self.regulariser)
        if self.alpha_step == "substitution" and self.order == "second":
            raise InputError("second order needs gradients of the architecture parameters; substitution takes none")
        check_share(held_out=self.held_out)
        check_whole(0, warm_up=self.warm_up, alpha_batch=self.alpha_batch)
        check_positive(concentration=self.concentration, temperature=self.temperature, alpha_rate=self.alpha_rate)
        check_not_negative(strength=self.strength)

    def check_ranking(self) -> None:
        """Check that there is something to rank by.

        Raises:
            InputError: the architecture parameters never move, so that all architectures would be ranked the same.
        """
        if self.warm_up >= self.epochs:
            raise InputError(
                f"architecture parameters move after the warm-up, but got {self.warm_up} epochs of it and "
                f"{self.epochs} in all; more epochs or a shorter warm-up are needed"
            )


RANKING = BilevelRecipe(
    epochs=16,
    warm_up=8,
    batch_size=32,
    learning_rate=0.02,
    mixture="per-image",
    concentration=1.0,
    alpha_step="substitution",
    alpha_rate=0.015,
)
"""The training whose ranks agreed best with stand-alone training (tests/benchmarks/RESULTS.md)."""


class Monitor(Protocol):
    """Is told of the architecture parameters after every epoch."""

    def __call__(self, epoch: int, loss: float, alphas: Sequence[Tensor]) -> None: ...


class HyperTraining:
    """One training of a network with mixtures; it can be stopped at any moment and goes on where it was.

    Args:
        model: a hyper-architecture, or DARTS' one graph.
        train: the training part, split within.
        recipe: how it is trained.
        seed: of the split, the order and the mixtures.
        state: file that holds where the training stands, written after every epoch; None for none.
        monitor: told of the architecture parameters after every epoch.

    Attributes:
        held_out: the part that architecture parameters are fitted to; all of `train` where single-level.

    Raises:
        InputError: the state file is damaged, or of another training.
    """

    def __init__(
        self,
        model: MixedNetwork,
        train: Images,
        recipe: BilevelRecipe,
        seed: int,
        state: FilePath | None = None,
        monitor: Monitor | None = None,
    ) -> None:
        self.model, self.recipe, self.state, self.monitor = model, recipe, state, monitor
        self.generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(train), generator=self.generator).to(train.place)
        cut = max(1, len(train) - int(len(train) * recipe.held_out))
        single = recipe.order == "single-level"
        self.own, self.held_out = (train, train) if single else (train.take(order[:cut]), train.take(order[cut:]))
        if len(self.held_out) < 1:
            raise InputError(f"{len(train)} training images are too few to hold out a part of {recipe.held_out}")
        self.weights, self.alphas = list(model.weights()), model.alphas
        self.optimizer = recipe.make_optimizer(self.weights)
        self.alpha_step = AlphaStep(recipe.alpha_step, self.alphas, recipe.alpha_rate)
        self.steps = max(1, len(self.own) // min(recipe.batch_size, len(self.own)))
        channels, height, width = train.images.shape[1:]
        self.augment = Augment((channels, height, width), recipe.mirrored) if recipe.augment else None
        self.epoch = 0
        self.loss = math.nan
        self._settings = json.dumps(asdict(recipe) | {"seed": seed, "images": len(train)}, sort_keys=True)
        if state is not None:
            self._load(state)
        self.replica: nn.Module = distributed.wrap(model, unused=recipe.mixture == "single")

    def run(self) -> None:
        """Train to the end of the recipe."""
        while self.epoch < self.recipe.epochs:
            self._run_epoch()
            self.epoch += 1
            if self.monitor is not None:
                self.monitor(self.epoch, self.loss, self.alphas)
            if self.state is not None and distributed.first():
                self._save(self.state)
            distributed.wait()

    def _run_epoch(self) -> None:
        recipe, step = self.recipe, self.epoch * self.steps
        own = self.own.epoch(recipe.batch_size, self.generator)
        held_out = self.held_out.forever(recipe.alpha_batch or recipe.batch_size, self.generator)
        for batch in own:
            rate = 0.5 * recipe.learning_rate * (1 + math.cos(math.pi * step / (recipe.epochs * self.steps)))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            batch = self._local(batch)
            if self.epoch >= recipe.warm_up:
                other = batch if recipe.order == "single-level" else self._local(next(held_out))
                self._step_alphas(batch, other, rate)
            self.loss = self._step_weights(batch)
            step += 1

    def _step_alphas(self, batch: Images, other: Images, rate: float) -> None:
        recipe = self.recipe
        time = (self.epoch - recipe.warm_up) / max(recipe.epochs - recipe.warm_up - 1, 1)

        def loss_of(images: Images, mixtures: Sequence[Tensor]) -> Tensor:
            with recipe.autocast(images.labels.device):
                logits = self.model(images.images, mixtures)
            return F.cross_entropy(logits.float(), images.labels)

        if recipe.alpha_step == "substitution":
            with recipe.autocast(other.labels.device):
                gradients = sampled_effects(self.model, other, self.generator)
        else:
            mixtures = [alpha_mixture(a, recipe.mixture, self.generator, recipe.temperature) for a in self.alphas]
            if recipe.order == "second":
                gradients = unrolled_gradients(loss_of, self.weights, self.alphas, mixtures, batch, other, rate)
            else:
                gradients = list(torch.autograd.grad(loss_of(other, mixtures), self.alphas))
        distributed.average(gradients)
        if recipe.regulariser != "none":
            extra = torch.autograd.grad(recipe.strength * penalty(self.alphas, recipe.regulariser, time), self.alphas)
            gradients = [g + e for g, e in zip(gradients, extra, strict=True)]
        self.alpha_step(gradients)

    def _step_weights(self, batch: Images) -> float:
        recipe = self.recipe
        size = len(batch)
        settings = recipe.mixture, self.generator, recipe.concentration, recipe.temperature
        mixtures = [weight_mixture(a, *settings, size * distributed.count()) for a in self.alphas]
        mixtures = [m[distributed.own(size)] if m.dim() == 2 else m for m in mixtures]
        self.optimizer.zero_grad()
        with recipe.autocast(batch.labels.device):
            if recipe.mixture == "single":
                logits = self.model.single(batch.images, tuple(int(m.argmax()) for m in mixtures))
            else:
                logits = self.replica(batch.images, mixtures)
        loss = F.cross_entropy(logits.float(), batch.labels)
        loss.backward()
        if recipe.mixture == "single":
            distributed.average([w.grad for w in self.weights if w.grad is not None])
        if recipe.clip:
            nn.utils.clip_grad_norm_(self.weights, recipe.clip)
        self.optimizer.step()
        return float(loss.detach())

    def _local(self, batch: Images) -> Images:
        """This process's share of a batch, augmented."""
        images = batch.images if self.augment is None else self.augment(batch.images, self.generator)
        return distributed.share(Images(images, batch.labels))

    def _save(self, path: FilePath) -> None:
        optimizers = {"weights": self.optimizer, "alphas": self.alpha_step.optimizer}
        save_training(path, self.model, optimizers, self.generator, self.epoch, self.loss, self._settings)

    def _load(self, path: FilePath) -> None:
        optimizers = {"weights": self.optimizer, "alphas": self.alpha_step.optimizer}
        self.epoch, self.loss = load_training(path, self.model, optimizers, self.generator, self._settings)


def train_hyper(
    rows: Sequence[Path],
    frame: Frame,
    train: Images,
    recipe: BilevelRecipe,
    seed: int,
    state: FilePath | None = None,
    monitor: Monitor | None = None,
) -> tuple[HyperArchitecture, Images]:
    """Train the hyper-architecture of these candidate cells; see `HyperTraining`.

    Args:
        rows: the candidate cells of each row, d lists.
        frame: what surrounds them.
        train: the training part, split within.
        recipe: how it is trained.
        seed: of the weights, the split, the order and the mixtures.
        state: file that holds where the training stands; None for none.
        monitor: told of the architecture parameters after every epoch.

    Returns:
        The trained hyper-architecture, and the part that its architecture parameters were fitted to.

    Raises:
        InputError: a row without candidates, a cell that cannot be compiled, images of another shape or with more
            classes than the frame has; or the state file is damaged, or of another training.
    """
    check_images(frame, train)
    hyper = HyperArchitecture(rows, frame, seed).to(train.place)
    training = HyperTraining(hyper, train, recipe, seed, state, monitor)
    training.run()
    return hyper, training.held_out


def fade_ranks(
    rows: Sequence[Path],
    frame: Frame,
    train: Images,
    recipe: BilevelRecipe,
    seeds: Sequence[int],
    progress: Callable[[], None] = lambda: None,
) -> FadeRanks:
    """FaDE-ranks of the hyper-architecture of these cells, averaged over one training a seed.

    Args:
        rows: the candidate cells of each row, d lists.
        frame: what surrounds them; its d rows.
        train: the training part of a data set, as `load_images(...).train`.
        recipe: how it is trained; `RANKING` ranked best.
        seeds: one of each training.
        progress: called after each training.

    Raises:
        InputError: no seed, no rows of this frame, a cell that cannot be compiled, or a warm-up of all epochs.
    """
    if not seeds:
        raise InputError("FaDE-ranks are averaged over at least one training; give a seed")
    recipe.check_ranking()
    repeats = []
    for seed in seeds:
        repeats.append(train_hyper(rows, frame, train, recipe, seed)[0].probabilities())
        progress()
    return FadeRanks(repeats)


def bilevel_macs(rows: Sequence[Path], skeleton: Skeleton, images: int, recipe: BilevelRecipe) -> int:
    """Multiply-adds of `train_hyper` on so many images; a backward pass counts as two forward passes."""
    own = images if recipe.order == "single-level" else max(1, images - int(images * recipe.held_out))
    alpha_passes = 12 if recipe.order == "second" else TIMES if recipe.alpha_step == "substitution" else 3
    passes = 3 * recipe.epochs + alpha_passes * max(recipe.epochs - recipe.warm_up, 0)
    return skeleton.macs(rows) * passes * own
