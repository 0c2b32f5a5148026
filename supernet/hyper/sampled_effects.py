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
        ReplacementDraw(mixtures[i * rows : (i + 1) * rows], len(batch) * times, g) for i, g in enumerate(generators)
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


class ReplacementDraw:
    """For each of `count` images one source that replaces its mixture; all sources equally often.

    Args:
        mixtures: weights of the mixtures of one network.
        count: number of images.
        generator: of the draw.

    Attributes:
        replaced: the mixtures of each image, [count, sources] each.
    """

    def __init__(self, mixtures: Sequence[Tensor], count: int, generator: torch.Generator) -> None:
        self.sizes = [len(mixture) for mixture in mixtures]
        pairs = torch.tensor([(i, j) for i, size in enumerate(self.sizes) for j in range(size)])
        drawn = torch.randperm(max(count, len(pairs)), generator=generator)[:count] % len(pairs)
        device = mixtures[0].device
        row, source = pairs[drawn].to(device).unbind(1)
        self.drawn = drawn.to(device)
        self.replaced = [
            torch.where((row == i)[:, None], F.one_hot(source.clamp(max=len(m) - 1), len(m)).to(m.dtype), m)
            for i, m in enumerate(mixtures)
        ]

    def means(self, gains: Tensor) -> tuple[Tensor, ...]:
        """The mean of the images' gains for each source, 0 where it was not drawn; a vector a mixture."""
        sums, numbers = (gains.new_zeros(sum(self.sizes)) for _ in range(2))
        sums.index_add_(0, self.drawn, gains)
        numbers.index_add_(0, self.drawn, torch.ones_like(gains))
        return (sums / numbers.clamp(min=1)).split(self.sizes)
