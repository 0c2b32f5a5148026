r"""Training a hyper-architecture by first-order bilevel steps (DARTS, Liu et al. 2019).

The training part is halved at random: weights are fitted to one half and architecture parameters to the other, a step
of the one and a step of the other in turn. Two choices make the architecture parameters tell cells apart
(reconstructions; measured in tests/benchmarks/RESULTS.md):

* A weight step sees mixtures drawn from :math:`\mathrm{Dirichlet}(c\,k\,\mathrm{softmax}(\alpha_i))` instead of their
  mean, so that cells learn to work with few others beside them, as they will by themselves.
* A step of the architecture parameters is a natural gradient step of the softmax,
  :math:`\alpha_{ij} \leftarrow \alpha_{ij} - \eta\,(g_{ij} - \bar g_i) / \mathrm{rms}_j(g_{ij} - \bar g_i)`, with g the
  gradient for cell j's weight in the mixture of row i: rows far from the loss take steps as large as the last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from archgraph.graph import ArchGraph
from supernet.hyper import HyperArchitecture
from supernet.images import Images
from supernet.ranks import FadeRanks
from supernet.skeleton import Skeleton


@dataclass(frozen=True)
class BilevelRecipe:
    """How a hyper-architecture is trained.

    Args:
        epochs: passes over the weights' half.
        warm_up: epochs before architecture parameters move.
        batch_size: images a step.
        learning_rate: of the weights' Adam, falling to zero by a cosine.
        alpha_rate: root mean square of a step of a row's architecture parameters.
        concentration: c of the mixtures' Dirichlet distribution; the larger, the closer to the softmax itself.
    """

    epochs: int = 8
    warm_up: int = 4
    batch_size: int = 64
    learning_rate: float = 3e-3
    alpha_rate: float = 0.05
    concentration: float = 0.3


def train_hyper(
    rows: Sequence[Sequence[ArchGraph]], skeleton: Skeleton, train: Images, recipe: BilevelRecipe, seed: int
) -> tuple[HyperArchitecture, Images]:
    """Train the hyper-architecture of these candidate cells.

    Args:
        rows: candidate cells of each row.
        train: the training part, halved within.

    Returns:
        The trained hyper-architecture, and the half that its architecture parameters were fitted to.
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(train), generator=generator).to(train.labels.device)
    own, held_out = train.take(order[: len(train) // 2]), train.take(order[len(train) // 2 :])
    hyper = HyperArchitecture(rows, skeleton, seed).to(train.labels.device)
    weights, alphas = list(hyper.weights()), list(hyper.alphas)
    optimizer = torch.optim.Adam(weights, recipe.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.epochs)
    for epoch in range(recipe.epochs):
        batches = zip(
            own.epoch(recipe.batch_size, generator), held_out.epoch(recipe.batch_size, generator), strict=False
        )
        for weight_batch, alpha_batch in batches:
            if epoch >= recipe.warm_up:
                _alpha_step(hyper, alphas, alpha_batch, recipe.alpha_rate)
            mixtures = [_draw_mixture(alpha, recipe.concentration, generator) for alpha in alphas]
            loss = F.cross_entropy(hyper(weight_batch.images, mixtures), weight_batch.labels)
            for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
                weight.grad = gradient
            optimizer.step()
        schedule.step()
    return hyper, held_out


def fade_ranks(
    rows: Sequence[Sequence[ArchGraph]],
    skeleton: Skeleton,
    train: Images,
    recipe: BilevelRecipe,
    seeds: Sequence[int],
    progress: Callable[[], None] = lambda: None,
) -> FadeRanks:
    """FaDE-ranks of the hyper-architecture of these cells, averaged over one training a seed.

    `progress` is called after each training.
    """
    repeats = []
    for seed in seeds:
        repeats.append(train_hyper(rows, skeleton, train, recipe, seed)[0].probabilities())
        progress()
    return FadeRanks(repeats)


def bilevel_macs(rows: Sequence[Sequence[ArchGraph]], skeleton: Skeleton, images: int, recipe: BilevelRecipe) -> int:
    """Multiply-adds of `train_hyper` on so many images; a backward pass counts as two forward passes."""
    epochs = recipe.epochs + max(recipe.epochs - recipe.warm_up, 0)
    return 3 * skeleton.macs(rows) * epochs * (images // 2)


def _draw_mixture(alpha: Tensor, concentration: float, generator: torch.Generator) -> Tensor:
    """A point of the simplex around softmax(alpha), [k]; drawn on the CPU so that devices agree."""
    shape = concentration * len(alpha) * alpha.detach().cpu().softmax(0)
    gamma = torch._standard_gamma(shape.clamp(min=1e-3), generator=generator).clamp(min=1e-30)
    return (gamma / gamma.sum()).to(alpha.device)


def _alpha_step(hyper: HyperArchitecture, alphas: Sequence[torch.nn.Parameter], batch: Images, rate: float) -> None:
    loss = F.cross_entropy(hyper(batch.images), batch.labels)
    gradients = torch.autograd.grad(loss, alphas)
    with torch.no_grad():
        for alpha, gradient in zip(alphas, gradients, strict=True):
            natural = gradient / alpha.softmax(0)
            natural = natural - natural.mean()
            alpha.sub_(rate * natural / natural.square().mean().sqrt().clamp(min=1e-12))
