"""What each source of a mixture does for the loss, sampled on a batch: the gradients of `substitution` steps.

A reconstruction; the cost does not grow with the number of candidates.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from supernet.hyper.mixed import MixedNetwork
from supernet.hyper.side_by_side import SideBySide
from supernet.images.splits import Images

TIMES = 4
"""Copies of an image in `sampled_effects`, from the first mixture on (tests/benchmarks/RESULTS.md, "Small images")."""


@torch.no_grad()
def sampled_effects(
    model: MixedNetwork | SideBySide, batch: Images, generators: Sequence[torch.Generator], times: int = TIMES
) -> list[Tensor]:
    """What the loss gains when one source replaces its mixture, estimated on a batch of any size.

    Every image runs `times` times, each time with another mixture replaced, all in one batch; up to the first mixture
    it runs once, since nothing differs before. An image's own mean is taken off, so that images which are hard for
    all sources add no noise. The cost does not grow with the candidates.

    Args:
        model: one network, or several side by side.
        batch: images [batch, ...], side by side [batch, R, ...].
        generators: of each network.
        times: copies of an image.

    Returns:
        for each mixture a vector, one number a source: its mean loss less that of all.
    """
    mixtures, rows = [alpha.softmax(0) for alpha in model.alphas], len(model.alphas) // len(generators)
    draws = [
        ReplacementDraw(mixtures[i * rows : (i + 1) * rows], model.taken_together, len(batch) * times, g)
        for i, g in enumerate(generators)
    ]
    images = model.bank.begin(batch.images)
    images.advance({}, model.bank.before_mixtures)
    images.repeat(times)
    logits = images.finish(model.named([m for draw in draws for m in draw.replaced]))  # [count, R, classes]
    labels = batch.labels.view(len(batch), -1).repeat(times, 1)
    losses = F.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), reduction="none")
    losses = losses.view(times, len(batch), -1)
    gains = (losses - losses.mean(0)) * times / max(times - 1, 1)  # its own share of the mean is no noise
    return [mean for draw, own in zip(draws, gains.flatten(0, 1).unbind(1), strict=True) for mean in draw.means(own)]


@torch.no_grad()
def path_effects(
    model: MixedNetwork | SideBySide, batch: Images, generators: Sequence[torch.Generator], times: int = TIMES
) -> list[Tensor]:
    """What each source does for the loss of paths, estimated on a batch; every copy of an image takes one of its own.

    A path takes one source of every mixture, drawn from its softmax, so each copy tells of one source in every mixture
    that counts for it, at every level. Arguments and result as those of `sampled_effects`, but that a source's mean is
    taken less that of its mixture.
    """
    mixtures, rows = [alpha.softmax(0) for alpha in model.alphas], len(model.alphas) // len(generators)
    own = [mixtures[i * rows : (i + 1) * rows] for i in range(len(generators))]
    paths = [drawn_paths(one, len(batch) * times, g) for one, g in zip(own, generators, strict=True)]
    images = model.bank.begin(batch.images)
    images.advance({}, model.bank.before_mixtures)
    images.repeat(times)
    chosen = [
        F.one_hot(path, len(m)).to(m.dtype)
        for one, drawn in zip(own, paths, strict=True)
        for m, path in zip(one, drawn.unbind(1), strict=True)
    ]
    logits = images.finish(model.named(chosen))
    labels = batch.labels.view(len(batch), -1).repeat(times, 1)
    losses = F.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), reduction="none").view(
        times, len(batch), -1
    )
    gains = ((losses - losses.mean(0)) * times / max(times - 1, 1)).flatten(0, 1)
    asked = model.asked.to(gains.device)
    return [
        effect
        for one, drawn, gain in zip(own, paths, gains.unbind(1), strict=True)
        for effect in _effects(one, drawn, gain, asked)
    ]


def drawn_paths(mixtures: Sequence[Tensor], count: int, generator: torch.Generator) -> Tensor:
    """Sources of `count` paths, [count, mixtures]; of each mixture every source as often as its weight says."""
    found = []
    for mixture in mixtures:
        points = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
        ends = mixture.cpu().cumsum(0)
        found.append(torch.searchsorted(ends, points * ends[-1]).clamp(max=len(mixture) - 1))
    return torch.stack(found, 1).to(mixtures[0].device)


def _effects(mixtures: Sequence[Tensor], paths: Tensor, gains: Tensor, asked: Tensor) -> list[Tensor]:
    """Of each mixture the mean gain of each source over the paths for which it counts, less the mean of all of them."""
    counts = ((asked < 0) | (paths[:, None] == asked)).all(2)  # [paths, mixtures]
    found = []
    for number, mixture in enumerate(mixtures):
        own = counts[:, number]
        taken, gain = paths[own, number], gains[own]
        sums, numbers = (gains.new_zeros(len(mixture)) for _ in range(2))
        sums.index_add_(0, taken, gain)
        numbers.index_add_(0, taken, torch.ones_like(gain))
        mean = gain.mean() if len(gain) else gain.new_zeros(())
        found.append(torch.where(numbers > 0, sums / numbers.clamp(min=1) - mean, torch.zeros_like(sums)))
    return found


class ReplacementDraw:
    """For each of `count` images one source that replaces its mixture; all sources equally often.

    A source of a mixture inside a candidate is tried where this candidate is taken, which is what its rank is about.

    Args:
        mixtures: weights of the mixtures of one network.
        taken: what is taken of every mixture where a source replaces its own, as `taken_together` says.
        count: number of images.
        generator: of the draw.

    Attributes:
        replaced: the mixtures of each image, [count, sources] each.
    """

    def __init__(self, mixtures: Sequence[Tensor], taken: Tensor, count: int, generator: torch.Generator) -> None:
        self.sizes = [len(mixture) for mixture in mixtures]
        drawn = torch.randperm(max(count, len(taken)), generator=generator)[:count] % len(taken)
        device = mixtures[0].device
        self.drawn = drawn.to(device)
        self.replaced = [
            torch.where((source >= 0)[:, None], F.one_hot(source.clamp(min=0), len(m)).to(m.dtype), m)
            for m, source in zip(mixtures, taken[drawn].to(device).unbind(1), strict=True)
        ]

    def means(self, gains: Tensor) -> tuple[Tensor, ...]:
        """The mean of the images' gains for each source, 0 where it was not drawn; a vector a mixture."""
        sums, numbers = (gains.new_zeros(sum(self.sizes)) for _ in range(2))
        sums.index_add_(0, self.drawn, gains)
        numbers.index_add_(0, self.drawn, torch.ones_like(gains))
        return (sums / numbers.clamp(min=1)).split(self.sizes)
