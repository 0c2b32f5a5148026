"""The plan of a design: decided once, on a few timed steps."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from archgraph.errors import InputError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.choice import NetworkChoice
from search.designer.networks import SizedNetworks
from search.designer.pace import Clock, Pace, TrainingWork, fit_step, steps_of, trial_step
from search.designer.settings import DesignSettings
from supernet.images.augmentation import Augmentation
from supernet.images.splits import ImageSplits
from supernet.standalone.fit_recipe import FitRecipe
from supernet.standalone.training import Recipe

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
_TIMED = 3  # networks
_SCORING = 1 / 3  # what an image costs that is looked at without being trained on


def read_budget(text: str) -> float:
    """Seconds of a budget.

    Raises:
        InputError: it is written otherwise.

    Example:
        >>> [read_budget(text) for text in ("90s", "30m", "1.5h", "20")]
        [90.0, 1800.0, 5400.0, 20.0]
    """
    match = re.fullmatch(r"([0-9]{1,7}(?:\.[0-9]{1,6})?)([smh]?)", text)
    if match is None or not float(match[1]):
        raise InputError(f"a budget is a time such as 90s, 30m or 2h, but got {text[:32]!r}")
    return float(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True)
class DesignPlan:
    """What a design does; how long the final training is follows from it and from a step of the network that was found.

    Args:
        network: that is searched and trained, as `NetworkChoice.to_dict` gives it.
        method: of the search.
        known: native forms of architectures that the search begins with.
        trials: of the search; 0 where the first of `known` is trained without one.
        batch: of them trained side by side.
        train_size: training images of a trial.
        trial_epochs: of a trial.
        batch_size: images of a step.
        learning_rate: of trials and final training.
        randaugment: operations of RandAugment in the final training.
        folds: of the final training's cross-validation; 0 for none.
        work: of the networks for which the times are predicted.
        trial_pace, fit_pace: seconds of a step of a trial, and of the final training.
        seconds: for search and final training together.
        budget: seconds that were asked for.
        most_epochs: of the final training.
    """

    network: Mapping[str, Any]
    method: str
    known: Sequence[str]
    trials: int
    batch: int
    train_size: int
    trial_epochs: int
    batch_size: int
    learning_rate: float
    randaugment: int
    folds: int
    work: TrainingWork
    trial_pace: Pace
    fit_pace: Pace
    seconds: float
    budget: float
    most_epochs: int

    @property
    def choice(self) -> NetworkChoice:
        """The network around the architectures."""
        return NetworkChoice.from_dict(self.network)

    @property
    def recipe(self) -> Recipe:
        """How a trial is trained: as the winner will be, but for what only long trainings need."""
        made = self.fit_recipe(self.trial_epochs, flip=False)
        names = ("epochs", "batch_size", "learning_rate", "weight_decay", "optimizer", "clip")
        return Recipe(**{name: getattr(made, name) for name in names}, augment=True)

    def fit_recipe(self, epochs: int, flip: bool) -> FitRecipe:
        """How the winner is trained."""
        augmentation = Augmentation(crop=True, flip=flip, randaugment=self.randaugment)
        return FitRecipe(
            epochs=epochs, batch_size=self.batch_size, learning_rate=self.learning_rate, augmentation=augmentation
        )

    def searched(self, images: ImageSplits) -> ImageSplits:
        """The images of the search: half of them validate where the validation part is too small to decide by."""
        return next(iter(images.folds(2))) if self.folds else images

    def trial_seconds(self, images: ImageSplits) -> float:
        """Seconds of a trial on the images of the search."""
        steps: float = self.trial_epochs * steps_of(self.train_size, self.batch_size)
        steps += _SCORING * len(images.validation) / self.batch_size
        return steps * self.trial_pace.step(self.work, self.batch_size)

    def search_seconds(self, images: ImageSplits) -> float:
        """Seconds of all trials on the images of the search."""
        return self.trials * self.trial_seconds(images) if self.trials else 0.0

    def epoch_seconds(self, images: ImageSplits, step: float | None = None) -> float:
        """Seconds of an epoch of the final training, of all folds together.

        Args:
            images: all of them.
            step: seconds of a step; default those of the networks that the plan was made for.
        """
        train, every = len(images.train), len(images.train) + len(images.validation)
        steps = steps_of(train, self.batch_size)
        if self.folds:
            steps = self.folds * steps_of(every - every // self.folds, self.batch_size)
            steps += steps_of(every, self.batch_size)
        return steps * (self.fit_pace.step(self.work, self.batch_size) if step is None else step)

    def epochs(self, images: ImageSplits, spent: float, step: float | None = None) -> int:
        """Epochs of the final training that are left when so many seconds are spent; `step` as of `epoch_seconds`."""
        left = (self.seconds - spent) / self.epoch_seconds(images, step)
        return max(1, min(int(left), self.most_epochs))

    def said(self, space: str, images: ImageSplits) -> str:
        """One line: what is done, and how long it takes."""
        spent = self.search_seconds(self.searched(images))
        epochs, an_epoch = self.epochs(images, spent), self.epoch_seconds(images)
        sizes = ", ".join(f"{name} {value}" for name, value in self.network["settings"].items())
        thorough = f" in each of {self.folds} folds and on all images," if self.folds else ""
        search = (
            f"search by {self.method}: {self.trials} trials x {spent / self.trials:.2g} s ({self.trial_epochs} epochs "
            f"of {self.train_size:,} images), {spent:.0f} s; then the best"
            if self.trials
            else f"too little time for a search: {self.known[0]}, which does well in published tables,"
        )
        return (
            f"plan: {space}, network {self.network['kind']} ({sizes}), images {'x'.join(map(str, images.shape))}; "
            f"{search} is trained for about {epochs} epochs{thorough} x {an_epoch:.2g} s, {epochs * an_epoch:.0f} s; "
            f"of {self.budget:.0f} s in all"
        )

    def to_dict(self) -> dict[str, Any]:
        """The constructor's arguments, for files."""
        return asdict(self)

    @classmethod
    def from_dict(cls, described: Mapping[str, Any]) -> DesignPlan:
        """What `to_dict` gave."""
        paces = {name: Pace(**described[name]) for name in ("trial_pace", "fit_pace")}
        return cls(**{**described, **paces, "work": TrainingWork(**described["work"])})


@dataclass(frozen=True)
class Planner:
    """Makes the plan with the largest network that the limits and the budget allow.

    Args:
        sized: the networks of the space.
        images: all of them, on the device to train on.
        budget: seconds in all.
        started: when the design began, by `clock`.
        clock: in seconds.
        settings: what is chosen for the user.
    """

    sized: SizedNetworks
    images: ImageSplits
    budget: float
    started: float
    clock: Clock
    settings: DesignSettings

    def plan(self) -> DesignPlan:
        """The plan.

        Raises:
            InputError: nothing keeps the limits, or the images are too small for the space's networks.
        """
        choices = list(self.sized.choices())
        if not choices:
            space, shape = self.sized.space.name, "x".join(map(str, self.images.shape))
            kind = self.sized.kind
            raise InputError(
                f"no {kind} network of {space} can be made for images of {shape}; take larger ones, or another network"
            )
        *larger, cheapest = choices  # timed first, since time that is measured is time that is spent
        first = timed = self._with(cheapest)
        for choice in larger:
            if self._long(self._with(choice, timed)) >= self.settings.epochs:
                timed = self._with(choice)
                if self._long(timed) >= self.settings.epochs:
                    return timed
        plan = self._with(cheapest, replace(first, seconds=timed.seconds))
        for choice in self.sized.narrower(cheapest):
            if self._long(plan) >= self.settings.least_epochs:
                break
            plan = self._with(choice, first)
        return plan

    def _long(self, plan: DesignPlan) -> int:
        """Epochs of the final training that a plan leaves."""
        return plan.epochs(self.images, plan.search_seconds(plan.searched(self.images)))

    def _with(self, choice: NetworkChoice, known: DesignPlan | None = None) -> DesignPlan:
        """The plan with one network, timed or at the pace of a known plan."""
        settings, images = self.settings, self.images
        few = len(images.train) < settings.small
        batch_size = max(2, min(settings.small_batch_size if few else settings.batch_size, len(images.train)))
        some = self.sized.fitting(choice)
        made = [choice.blueprint(graph, self.sized.space.name, images.shape, images.classes) for graph in some]
        costlier = made[len(made) // 2 :]  # which searches go for
        untimed = DesignPlan(
            network=choice.to_dict(),
            method=settings.method,
            known=self.sized.known(choice),
            trials=0,
            batch=settings.batch if images.train.batch_device.type == "cpu" else settings.gpu_batch,
            train_size=0,
            trial_epochs=settings.trial_epochs,
            batch_size=batch_size,
            learning_rate=settings.learning_rate,
            randaugment=settings.small_randaugment if few else 0,
            folds=settings.folds if images.shortage() else 0,
            work=TrainingWork.mean([TrainingWork.of(one) for one in costlier]),
            trial_pace=Pace(0.0, 0.0, 0.0),
            fit_pace=Pace(0.0, 0.0, 0.0),
            seconds=0.0,
            budget=self.budget,
            most_epochs=settings.most_epochs,
        )
        if known is None:
            return self._shared_out(self._timed(untimed, made))
        return self._shared_out(
            replace(untimed, trial_pace=known.trial_pace, fit_pace=known.fit_pace, seconds=known.seconds)
        )

    def _timed(self, plan: DesignPlan, made: Sequence[Blueprint]) -> DesignPlan:
        """With the paces: of long trainings, by networks from the cheapest to the costliest; of a bank beside them."""
        each = self.settings.measuring * self.budget / (_TIMED + 1)
        alone = [made[at] for at in np.linspace(0, len(made) - 1, _TIMED).astype(int).tolist()]
        recipe = plan.fit_recipe(1, self.images.mirrored)
        fits = [fit_step(one.prune(), self.images, recipe, each, self.clock) for one in alone]
        fit_pace = Pace.through([TrainingWork.of(one) for one in alone], fits, plan.batch_size)
        start = max(len(made) - plan.batch, 0) // 2
        bank = made[start : start + plan.batch]
        step = trial_step(bank, plan.searched(self.images), plan.recipe, each, self.clock)
        work = TrainingWork.mean([TrainingWork.of(one) for one in bank])
        return replace(
            plan,
            trial_pace=fit_pace.scaled(step / fit_pace.step(work, plan.batch_size)),
            fit_pace=fit_pace,
            seconds=max((1 - self.settings.reserve) * self.budget - (self.clock() - self.started), 0.0),
        )

    def _shared_out(self, plan: DesignPlan) -> DesignPlan:
        """With trials, their images and their epochs: as long ones as the search's share allows, of all images."""
        settings, searched = self.settings, plan.searched(self.images)
        share, images = settings.search_share * plan.seconds, len(searched.train)

        def trial(size: int, epochs: int) -> DesignPlan:
            made = replace(plan, train_size=size, trial_epochs=epochs)
            trials = min(int(share / made.trial_seconds(searched)), settings.most_trials)
            return replace(made, trials=max(trials // plan.batch, 1) * plan.batch)

        fewest = max(settings.trial_epochs, math.ceil(settings.trial_steps / steps_of(images, plan.batch_size)))
        longest = [trial(images, epochs) for epochs in range(max(settings.most_trial_epochs, fewest), fewest - 1, -1)]
        least = min(images, settings.trial_images)
        sizes = [max(least, images * part // 8) for part in range(7, 0, -1)]
        tried = [*longest, *(trial(size, fewest) for size in sizes)]
        made = next((made for made in tried if made.trials >= settings.trials), None)
        if made is None and plan.known:
            return replace(plan, trials=0)  # too few trials would choose by luck, and take time from the training
        return made or tried[-1]
