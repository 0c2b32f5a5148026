"""A short training of a network that has weights already."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from supernet.images.augment import Augment
from supernet.images.splits import ImagePart, ImageSplits
from supernet.standalone.training import Recipe, SplitFigures


def tune(network: nn.Module, data: ImageSplits, recipe: Recipe, seed: int) -> SplitFigures:
    """Train a network from the weights that it has, and score it.

    Args:
        network: changed in place, and left in evaluation mode.
        data: the images.
        recipe: how it is trained; 0 epochs are not a recipe, so it always is.
        seed: of the order of the images and of what is drawn in training.

    Returns:
        Accuracies and losses on validation and test part, each [1], NaN where the training diverged.

    Example:
        >>> tune(space.member(graph).network(), images, Recipe(epochs=1), seed=0).validation_accuracy
    """
    diverged = train_on(network, data, recipe, seed)
    validation, test = (torch.tensor([score(network, part)]).T for part in (data.validation, data.test))  # [2, 1]
    return SplitFigures(validation[0], validation[1], test[0], test[1], torch.tensor([diverged]))


def train_on(network: nn.Module, data: ImageSplits, recipe: Recipe, seed: int) -> int:
    """Train a network from the weights that it has, without a look at validation or test part; see `tune`.

    Returns:
        The first epoch, from 1, whose last loss was not finite; 0 where there was none.
    """
    device = data.train.batch_device
    network = network.to(device).train()
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = recipe.make_optimizer(parameters)
    generator = torch.Generator().manual_seed(seed)
    steps = recipe.epochs * max(1, len(data.train) // min(recipe.batch_size, len(data.train)))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    augment = Augment(data.shape, data.mirrored) if recipe.augment else None
    diverged = 0
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(1, recipe.epochs + 1):
            for batch in data.train.epoch(recipe.batch_size, generator):
                images = batch.images if augment is None else augment(batch.images, generator)
                optimizer.zero_grad()
                with recipe.autocast(device):
                    loss = F.cross_entropy(network(images).float(), batch.labels)
                loss.backward()
                if recipe.clip:
                    nn.utils.clip_grad_norm_(parameters, recipe.clip)
                optimizer.step()
                schedule.step()
            if not math.isfinite(float(loss.detach())):
                diverged = epoch
                break
    network.eval()
    return diverged


@torch.no_grad()
def score(network: nn.Module, part: ImagePart) -> tuple[float, float]:
    """Accuracy in [0, 1] and mean cross-entropy in nats of a network in evaluation mode; NaN where the loss is."""
    logits = torch.cat([network(batch.images) for batch in part.in_order()]).float()
    labels = part.labels.to(logits.device)
    loss = float(F.cross_entropy(logits, labels))
    return (float((logits.argmax(1) == labels).float().mean()), loss) if math.isfinite(loss) else (math.nan, math.nan)
