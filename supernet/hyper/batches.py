"""BatchStream: what one training of a network with mixtures sees, and all its randomness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from archgraph.errors import InputError
from supernet import distributed
from supernet.hyper.mixtures import alpha_mixture, weight_mixture
from supernet.hyper.recipe import BilevelRecipe
from supernet.images.augment import Augment
from supernet.images.splits import ImagePart, Images


class BatchStream:
    """The two parts of the images, their batches and the mixtures of one training.

    Args:
        train: the training part, split within.
        recipe: how a network is trained.
        seed: of the split, the order and the mixtures.

    Attributes:
        own: the part that weights are fitted to.
        held_out: the part that architecture parameters are fitted to; both are all of `train` where single-level.

    Raises:
        InputError: too few images to hold out a part.
    """

    def __init__(self, train: ImagePart, recipe: BilevelRecipe, seed: int) -> None:
        self.recipe = recipe
        self.generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(train), generator=self.generator).to(train.labels.device)
        cut = max(1, len(train) - int(len(train) * recipe.held_out))
        single = recipe.order == "single-level"
        self.own, self.held_out = (train, train) if single else (train.take(order[:cut]), train.take(order[cut:]))
        if len(self.held_out) < 1:
            raise InputError(f"{len(train)} training images are too few to hold out a part of {recipe.held_out}")
        self.augment = Augment(train.shape, recipe.mirrored) if recipe.augment else None

    def own_batches(self) -> Iterator[Images]:
        """An epoch of the weights' part."""
        return map(self._local, self.own.epoch(self.recipe.batch_size, self.generator))

    def held_out_batches(self) -> Iterator[Images]:
        """Batches of the architecture parameters' part, without end."""
        size = self.recipe.alpha_batch or self.recipe.batch_size
        return map(self._local, self.held_out.forever(size, self.generator))

    def weight_mixtures(self, alphas: Sequence[Tensor], size: int) -> list[Tensor]:
        """The mixtures that a step of the weights sees on so many images."""
        recipe = self.recipe
        settings = recipe.mixture, self.generator, recipe.concentration, recipe.temperature
        mixtures = [weight_mixture(a, *settings, size * distributed.count()) for a in alphas]
        return [m[distributed.own(size)] if m.dim() == 2 else m for m in mixtures]

    def alpha_mixtures(self, alphas: Sequence[Tensor]) -> list[Tensor]:
        """The mixtures that a step of the architecture parameters sees, differentiable."""
        return [alpha_mixture(a, self.recipe.mixture, self.generator, self.recipe.temperature) for a in alphas]

    def _local(self, batch: Images) -> Images:
        """This process's share of a batch, augmented."""
        images = batch.images if self.augment is None else self.augment(batch.images, self.generator)
        whole = Images(images, batch.labels)
        return whole.take(distributed.share(len(whole))) if distributed.running() else whole


def beside(batches: Sequence[Images]) -> Images:
    """Batches of R trainings as one, [batch, R, ...]; a single one as it is."""
    if len(batches) == 1:
        return batches[0]
    images, labels = zip(*((batch.images, batch.labels) for batch in batches), strict=True)
    return Images(torch.stack(images, 1), torch.stack(labels, 1))
