"""Training stand-alone networks, many at once: the ground truth that ranks are held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from supernet.images import Images, ImageSplits
from supernet.network import NetworkBank, Path
from supernet.skeleton import Skeleton


@dataclass(frozen=True)
class Recipe:
    """How weights are trained: Adam, learning rate falling to zero by a cosine."""

    epochs: int = 12
    batch_size: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Scores:
    """Validation and test figures of M networks, each [M]: accuracy in [0, 1], mean cross-entropy in nats."""

    validation_accuracy: Tensor
    validation_loss: Tensor
    test_accuracy: Tensor
    test_loss: Tensor


def train_networks(
    paths: Sequence[Path],
    skeleton: Skeleton,
    data: ImageSplits,
    recipe: Recipe,
    seeds: Sequence[int],
    progress: Callable[[], None] = lambda: None,
) -> Scores:
    """Train each architecture by itself on the training part and score it.

    All see the same batches in the same order (drawn from the first seed); initial weights come from `seeds`.

    Args:
        paths: M architectures, one cell a row each.
        seeds: M seeds.
        progress: called after each epoch.
    """
    bank = NetworkBank(paths, skeleton, seeds).to(data.train.labels.device)
    optimizer = torch.optim.Adam(bank.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.epochs)
    generator = torch.Generator().manual_seed(seeds[0])
    for _ in range(recipe.epochs):
        for batch in data.train.epoch(recipe.batch_size, generator):
            optimizer.zero_grad()
            losses(bank(batch.images), batch.labels).sum().backward()
            optimizer.step()
        schedule.step()
        progress()
    return Scores(*score(bank, data.validation), *score(bank, data.test))


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each of M networks; logits [batch, M, classes], labels [batch] -> [M]."""
    repeated = labels[:, None].expand(logits.shape[:2])
    return F.cross_entropy(logits.transpose(1, 2), repeated, reduction="none").mean(0)


@torch.no_grad()
def score(bank: NetworkBank, part: Images) -> tuple[Tensor, Tensor]:
    """Accuracy and mean cross-entropy of each network on `part`, each [M] on the CPU."""
    bank.eval()
    logits = torch.cat([bank(images) for images in part.images.split(256)])
    bank.train()
    accuracy = (logits.argmax(2) == part.labels[:, None]).float().mean(0)
    return accuracy.cpu(), losses(logits, part.labels).cpu()


def training_macs(paths: Sequence[Path], skeleton: Skeleton, images: int, epochs: int) -> int:
    """Multiply-adds to train the architectures: a backward pass counts as two forward passes."""
    return sum(3 * skeleton.macs([[cell] for cell in path]) * images * epochs for path in paths)
