"""How hyper-architectures are trained: the settings, those that rank best, and what a training costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from archgraph.errors import InputError
from supernet.alpha_steps import ALPHA_STEPS
from supernet.bank import LARGE
from supernet.blueprint import Blueprint
from supernet.frame import Path
from supernet.mixtures import MIXTURES
from supernet.regularisers import REGULARISERS
from supernet.skeleton import Skeleton
from supernet.standalone import Recipe
from supernet.substitution import TIMES

AT_ONCE = 4
"""Trainings side by side; more are hardly faster (tests/benchmarks/RESULTS.md)."""
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
        choices = {"order": ORDERS, "mixture": MIXTURES, "alpha_step": ALPHA_STEPS, "regulariser": REGULARISERS}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise InputError(f"{name} is one of {', '.join(known)}, but got {str(getattr(self, name))[:32]!r}")
        if self.alpha_step == "substitution" and self.order == "second":
            raise InputError("second order needs gradients of the architecture parameters; substitution takes none")
        if not 0 < self.held_out < 1 or min(self.warm_up, self.alpha_batch) < 0:
            raise InputError("held_out lies between 0 and 1, and warm_up and alpha_batch are not negative")
        if not all(0 < value < math.inf for value in (self.concentration, self.temperature, self.alpha_rate)):
            raise InputError("concentration, temperature and alpha_rate are positive")
        if not math.isfinite(self.strength):
            raise InputError("strength is a number")

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


def bilevel_macs(rows: Sequence[Path], skeleton: Skeleton, images: int, recipe: BilevelRecipe) -> int:
    """Multiply-adds of `train_hyper` on so many images; a backward pass counts as two forward passes."""
    own = images if recipe.order == "single-level" else max(1, images - int(images * recipe.held_out))
    forward = skeleton.macs(rows)
    alpha_step = (12 if recipe.order == "second" else 3) * forward
    if recipe.alpha_step == "substitution":
        alpha_step = TIMES * forward - (TIMES - 1) * skeleton.row_macs(0, rows[0])
    return own * (3 * recipe.epochs * forward + max(recipe.epochs - recipe.warm_up, 0) * alpha_step)
