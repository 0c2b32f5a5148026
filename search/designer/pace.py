"""How long trainings take here, measured on a few steps."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from archgraph.networks.blueprint import Blueprint
from supernet.images.splits import ImageSplits
from supernet.standalone.fit_recipe import FitRecipe
from supernet.standalone.fit_training import FitTraining
from supernet.standalone.training import Recipe, train_blueprints

Clock = Callable[[], float]
_LEAST_STEPS, _MOST_STEPS = 6, 64


@dataclass(frozen=True)
class TrainingWork:
    """What a network does with an image, which its time follows from.

    Args:
        flops: multiply-adds.
        numbers: that its layers put out; a pooling takes time though it multiplies little.
    """

    flops: float
    numbers: float

    @classmethod
    def of(cls, made: Blueprint) -> TrainingWork:
        """That of a network."""
        own = made.prune()
        return cls(float(own.cost.flops), float(sum(math.prod(shape) for shape in own.shapes)))

    @classmethod
    def mean(cls, of: Sequence[TrainingWork]) -> TrainingWork:
        """The mean of several."""
        return cls(sum(one.flops for one in of) / len(of), sum(one.numbers for one in of) / len(of))


@dataclass(frozen=True)
class Pace:
    """Seconds of a training step of one network: a part that all have, and parts that grow with its work.

    Args:
        base: seconds of any step.
        each: seconds of 10^9 multiply-adds of the step's forward pass.
        moved: seconds of 10^9 numbers that its layers put out.

    Example:
        >>> Pace(0.01, 0.1, 0.0).step(TrainingWork(2e6, 1e4), 64)
        0.0228
    """

    base: float
    each: float
    moved: float

    def step(self, work: TrainingWork, images: int) -> float:
        """Seconds of a step of so many images."""
        return self.base + (self.each * work.flops + self.moved * work.numbers) * images / 1e9

    def scaled(self, factor: float) -> Pace:
        """So many times as slow."""
        return Pace(factor * self.base, factor * self.each, factor * self.moved)

    @classmethod
    def through(cls, work: Sequence[TrainingWork], seconds: Sequence[float], images: int) -> Pace:
        """The pace that suits measured steps best, by their relative errors."""
        columns = np.array([[1.0, one.flops * images / 1e9, one.numbers * images / 1e9] for one in work])
        found, _ = nnls(columns / np.asarray(seconds)[:, None], np.ones(len(work)))
        return cls(*map(float, found))


def steps_of(images: int, batch_size: int) -> int:
    """Steps of an epoch of so many images."""
    return max(1, images // min(batch_size, images))


def timed(run: Callable[[int], int], seconds: float, clock: Clock) -> float:
    """Seconds of a step, without what a run takes besides its steps.

    Args:
        run: does at least so many steps, and returns how many.
        seconds: that may be spent, about; a few steps are timed in any case.
        clock: in seconds.
    """
    run(1)  # what is done only once
    started = clock()
    few = run(1)
    once = max(clock() - started, 1e-6)
    steps = min(max(int(seconds / once), _LEAST_STEPS), _MOST_STEPS)
    started = clock()
    many = run(steps)
    took = max(clock() - started, 1e-6)
    if many <= few:
        return took / many
    return max((took - once) / (many - few), 0.5 * took / many)


def trial_step(made: Sequence[Blueprint], data: ImageSplits, recipe: Recipe, seconds: float, clock: Clock) -> float:
    """Seconds of a step of one of several networks that a search trains side by side."""
    one = data.validation.take(slice(0, 2))

    def run(steps: int) -> int:
        few = data.limit_train(min(len(data.train), steps * recipe.batch_size))
        an_epoch = steps_of(len(few.train), recipe.batch_size)
        epochs = math.ceil(steps / an_epoch)
        few = replace(few, validation=one, test=one)
        train_blueprints(made, few, replace(recipe, epochs=epochs), range(len(made)))
        return epochs * an_epoch

    return timed(run, seconds, clock) / len(made)


def fit_step(made: Blueprint, data: ImageSplits, recipe: FitRecipe, seconds: float, clock: Clock) -> float:
    """Seconds of a step of a long training, with its part of what is done once an epoch."""

    def run(steps: int) -> int:
        few = data.limit_train(min(len(data.train), steps * recipe.batch_size))
        an_epoch = steps_of(len(few.train), recipe.batch_size)
        epochs = math.ceil(steps / an_epoch)
        share = max(2, len(data.validation) * len(few.train) // len(data.train))
        few = replace(few, validation=data.validation.take(slice(0, share)))
        with tempfile.TemporaryDirectory() as folder:
            state = Path(folder) / "state.safetensors"
            FitTraining(made, few, replace(recipe, epochs=epochs), 0, state).run()
        return epochs * an_epoch

    return timed(run, seconds, clock)
