"""How one network is trained long."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from archgraph.checks import check_choice, check_not_negative, check_whole
from archgraph.errors import InputError
from supernet.images.augmentation import Augmentation
from supernet.images.splits import ImageSplits
from supernet.standalone.training import Recipe

CLASS_WEIGHTS = ("none", "balanced")
_OF_SEARCHES = ("batch_size", "learning_rate", "clip", "precision")
"""What a long training takes over from the recipe under which a search found its network."""


@dataclass(frozen=True, kw_only=True)
class FitRecipe:
    """How one network is trained long: warm-up, cosine, averaged weights, early stopping.

    Args:
        epochs: how often the training part is gone through, at most.
        batch_size: images a step, at least 2.
        learning_rate: the highest, after the warm-up.
        warm_up: epochs in which it rises from 0 by a straight line, at most half of all; from there it falls to 0 by a
            cosine.
        weight_decay: of the optimiser.
        label_smoothing: share of each target that is spread over all classes (Szegedy et al. 2016).
        averaging: decay a step of the exponential average of the weights, which is validated, tested and kept; it is
            (1 + t) / (10 + t) at step t where that is less. 0 keeps the last weights.
        optimizer: `adam`, `adamw`, or `sgd` with Nesterov momentum 0.9.
        clip: largest norm of the gradient; 0 for any.
        precision: `float32` or `bfloat16` (mixed).
        class_weights: `none`, or `balanced`: losses count by one over the number of the class's images, also where
            validation decides.
        patience: epochs without a lower validation loss after which the training stops; 0 for never. The averaged
            weights of the lowest loss are kept either way.
        augmentation: changes of training images, on their device.

    Raises:
        InputError: a number makes no sense, or a choice is none.

    Example:
        >>> from supernet import FitRecipe
        >>> FitRecipe(epochs=20, patience=5).learning_rate
        0.01
    """

    epochs: int = 100
    batch_size: int = 64
    learning_rate: float = 0.01
    warm_up: int = 5
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    averaging: float = 0.99
    optimizer: str = "adamw"
    clip: float = 5.0
    precision: str = "float32"
    class_weights: str = "none"
    patience: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        self.steps()  # which checks the numbers of a plain recipe
        check_whole(2, batch_size=self.batch_size)  # norms need two images
        check_whole(0, warm_up=self.warm_up, patience=self.patience)
        check_choice(CLASS_WEIGHTS, class_weights=self.class_weights)
        check_not_negative(label_smoothing=self.label_smoothing, averaging=self.averaging)
        for name in ("label_smoothing", "averaging"):
            if getattr(self, name) >= 1:
                raise InputError(f"{name} is a number from 0 to less than 1, but got {getattr(self, name):g}")

    def steps(self) -> Recipe:
        """What makes the optimiser and the precision of a step."""
        return Recipe(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            optimizer=self.optimizer,
            clip=self.clip,
            precision=self.precision,
        )

    def rate(self, done: float) -> float:
        """The learning rate after so many epochs.

        >>> [round(FitRecipe(epochs=4, warm_up=2, learning_rate=1.0).rate(t), 2) for t in (0, 1, 2, 3, 4)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
        """
        warm_up = min(self.warm_up, self.epochs / 2)
        if done < warm_up:
            return self.learning_rate * done / warm_up
        share = (done - warm_up) / (self.epochs - warm_up)
        return 0.5 * self.learning_rate * (1 + math.cos(math.pi * min(share, 1.0)))

    def weights_of_classes(self, data: ImageSplits) -> Tensor | None:
        """What each class counts in a loss, [classes]; 1 on average over the training part. None where all are 1."""
        if self.class_weights == "none":
            return None
        counts = torch.tensor(data.counts(data.train), dtype=torch.float32).clamp(min=1)
        return counts.sum() / (len(counts) * counts)

    def to_dict(self) -> dict[str, Any]:
        """The constructor's arguments, for files."""
        return asdict(self)

    @classmethod
    def of_search(cls, recipe: Mapping[str, Any], **changes: Any) -> FitRecipe:
        """The recipe for a network that a search found, of which `meta` keeps how it was trained there.

        The steps are as they were; how long it is trained and what keeps long trainings from overfitting is this
        recipe's own, so that Adam becomes AdamW. Only SGD, whose numbers are of another scale, brings its weight decay.

        Args:
            recipe: of the search, by name; what a long training does not take over plays no part.
            changes: what is otherwise.

        Raises:
            InputError: a number makes no sense, or a choice is none.
        """
        names = (*_OF_SEARCHES, "optimizer", "weight_decay") if recipe.get("optimizer") == "sgd" else _OF_SEARCHES
        taken = {name: recipe[name] for name in names if name in recipe}
        return cls(**(taken | changes))
