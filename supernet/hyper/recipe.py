"""How hyper-architectures are trained: the settings, those that rank best, and what a training costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from archgraph.checks import check_choice, check_not_negative, check_positive, check_share, check_whole
from archgraph.errors import InputError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.macro_skeleton import CellPath, CountedSkeleton
from supernet.bank.bank import LARGE
from supernet.hyper.alpha_steps import ALPHA_STEPS
from supernet.hyper.mixtures import DIFFERENTIABLE, MIXTURES
from supernet.hyper.regularisers import REGULARISERS
from supernet.hyper.sampled_effects import TIMES
from supernet.standalone.training import Recipe

AT_ONCE = 4
"""Trainings side by side; more are hardly faster (tests/benchmarks/RESULTS.md)."""
ORDERS = ("first", "second", "single-level")
ALPHA_STARTS = ("zero", "uniform")


@dataclass(frozen=True)
class BilevelRecipe(Recipe):
    """How a hyper-architecture is trained; the weights as in `Recipe`.

    Args:
        epochs: how often the weights' part is gone through.
        warm_up: epochs before architecture parameters move.
        order: `first` or `second` order bilevel, or `single-level`: both on the same batches of the whole part.
        held_out: share of the training part that architecture parameters are fitted to.
        final_rate: learning rate of the weights at the end of its fall by a cosine.
        falling: epochs that it falls for, constant from then on; 0 for all.
        mixture: what the weights see; see `supernet.hyper.mixtures`.
        concentration: c of the mixtures' Dirichlet distribution; the larger, the closer to the softmax itself.
        temperature: of the Gumbel softmax.
        alpha_start: architecture parameters at first: `zero`, or `uniform` between 0 and 1.
        alpha_step: `natural`, `adam`, `sgd`, `substitution`, `paths` or `joint`; see `supernet.hyper.alpha_steps`.
        alpha_batch: images of a step of the architecture parameters; 0 for `batch_size`.
        alpha_rate: learning rate of the architecture parameters; with `natural` a row's root mean square step.
        regulariser: `none`, or FaDE's `independent` or `dependent`; see `supernet.hyper.regularisers`.
        strength: factor before the regulariser.
        mirrored: augmentation may flip images.

    Raises:
        InputError: a number makes no sense, a choice is none, or two choices do not go together.

    Example:
        >>> from supernet import BilevelRecipe
        >>> BilevelRecipe(epochs=2, warm_up=1, alpha_step="adam").order
        'first'
    """

    epochs: int = 8
    warm_up: int = 4
    order: str = "first"
    held_out: float = 0.5
    final_rate: float = 0.0
    falling: int = 0
    mixture: str = "dirichlet"
    concentration: float = 0.3
    temperature: float = 1.0
    alpha_start: str = "zero"
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
        check_choice(ALPHA_STARTS, alpha_start=self.alpha_start)
        check_choice(ALPHA_STEPS, alpha_step=self.alpha_step)
        check_choice(REGULARISERS, regulariser=self.regulariser)
        if self.alpha_step in ("substitution", "paths") and self.order == "second":
            raise InputError(f"second order needs gradients of architecture parameters; {self.alpha_step} takes none")
        if self.joint and (self.order != "single-level" or self.mixture not in DIFFERENTIABLE):
            raise InputError(
                "joint steps of architecture parameters and weights need order single-level and a mixture of "
                f"{', '.join(DIFFERENTIABLE)}, but got {self.order} and {self.mixture}"
            )
        check_share(held_out=self.held_out)
        check_whole(0, warm_up=self.warm_up, alpha_batch=self.alpha_batch, falling=self.falling)
        check_positive(concentration=self.concentration, temperature=self.temperature, alpha_rate=self.alpha_rate)
        check_not_negative(strength=self.strength, final_rate=self.final_rate)

    @property
    def joint(self) -> bool:
        """Architecture parameters and weights take one step together."""
        return self.alpha_step == "joint"

    def rate(self, epochs: float) -> float:
        """Learning rate of the weights after so many epochs."""
        left = 0.5 * (1 + math.cos(math.pi * min(epochs / (self.falling or self.epochs), 1)))
        return self.final_rate + (self.learning_rate - self.final_rate) * left

    @property
    def one_network(self) -> bool:
        """Steps see one network at a time: second order, and `single` mixtures."""
        return self.order == "second" or self.mixture == "single"

    def at_once(self, blueprint: Blueprint) -> int:
        """How many trainings of this network are best run side by side: several where images are small, else one."""
        size = sum(prod(shape) for shape in blueprint.shapes[1:]) / len(blueprint)  # numbers in a layer's value
        return 1 if self.one_network or size * self.batch_size >= LARGE else AT_ONCE

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

CHOICES = replace(RANKING, epochs=48, warm_up=24, alpha_step="paths")
"""The same for mixtures that hold mixtures, whose operations each see a small part of the images."""


@dataclass(frozen=True)
class RankingPreset:
    """Values of settings under one name.

    Args:
        recipe: of a training that ranks.
        norm: of FaDE's rows; see `archgraph.networks.skeleton`.
    """

    recipe: BilevelRecipe
    norm: str


_AUTHORS = BilevelRecipe(
    epochs=20,
    warm_up=0,
    batch_size=257,
    learning_rate=0.05,
    final_rate=0.01,
    falling=5,
    order="single-level",
    mixture="hard-gumbel",
    alpha_start="uniform",
    alpha_step="joint",
)
PRESETS = {"archgraph": RankingPreset(RANKING, "cells"), "authors": RankingPreset(_AUTHORS, "sums")}
"""`archgraph`: `RANKING`. `authors`: what the research code of FaDE's first author has, as far as it is known; how its
learning rate falls, here by a cosine, is not."""


def preset_of(name: str) -> RankingPreset:
    """A preset by its name.

    Raises:
        InputError: there is none of that name.
    """
    check_choice(PRESETS, preset=name)
    return PRESETS[name]


def bilevel_macs(rows: Sequence[CellPath], skeleton: CountedSkeleton, images: int, recipe: BilevelRecipe) -> int:
    """Multiply-adds of `train_hyper` on so many images; a backward pass counts as two forward passes."""
    own = images if recipe.order == "single-level" else max(1, images - int(images * recipe.held_out))
    forward = skeleton.macs(rows)
    if recipe.joint:
        return own * 3 * recipe.epochs * forward
    alpha_step = (12 if recipe.order == "second" else 3) * forward
    if recipe.alpha_step in ("substitution", "paths"):
        alpha_step = TIMES * forward - (TIMES - 1) * skeleton.row_macs(0, rows[0])
    seen = own * (recipe.alpha_batch or recipe.batch_size) // recipe.batch_size  # by the alpha steps of an epoch
    return own * 3 * recipe.epochs * forward + seen * max(recipe.epochs - recipe.warm_up, 0) * alpha_step
