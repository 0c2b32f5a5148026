"""Scores of cells by substitution: what a trained hyper-architecture loses when one cell stands in for a row's mixture.

A reconstruction beside FaDE-ranks, of the same linear cost: weights are inherited, and no architecture is trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from archgraph.graph import ArchGraph
from supernet.hyper import HyperArchitecture
from supernet.images import Images
from supernet.mixed import MixedNetwork
from supernet.ranks import Scores
from supernet.skeleton import Skeleton

TIMES = 4
"""Passes of an image in `sampled_effects`, from the first mixture on."""


@torch.no_grad()
def substitution_scores(hyper: HyperArchitecture, part: Images) -> list[Scores]:
    """softmax over a row's cells of minus the mean loss on `part`, one row's mixture replaced by the cell alone.

    Returns:
        d vectors of one number a candidate, as `HyperArchitecture.probabilities` gives them.
    """
    hyper.eval()
    bank, mixtures, scores = hyper.bank, hyper.bank.weighted(), []
    images = bank.begin(part.images)
    for name in hyper.mixtures:
        images.advance(mixtures, bank.group_of(name))
        alone = torch.eye(len(mixtures[name]), device=part.labels.device)
        losses = []
        for one in alone:
            logits = images.twin().finish(mixtures | {name: one})
            losses.append(F.cross_entropy(logits[:, 0], part.labels))
        scores.append((-torch.stack(losses)).double().softmax(0).cpu().numpy())
    hyper.train()
    return scores


@torch.no_grad()
def sampled_effects(model: MixedNetwork, batch: Images, generator: torch.Generator, times: int = TIMES) -> list[Tensor]:
    """What the loss gains when one source stands in for its mixture, estimated on a batch of any size.

    Every image passes `times` times, each time with another mixture replaced, all in one batch; up to the first mixture
    it passes once, since nothing differs before. An image's own mean is taken off, so that images which are hard for
    all sources add no noise. The cost does not grow with the candidates.

    Returns:
        for each mixture a vector, one number a source: its mean loss less that of all.
    """
    mixtures = [alpha.softmax(0) for alpha in model.alphas]
    device, count = batch.labels.device, len(batch) * times
    pairs = torch.tensor([(i, j) for i, mixture in enumerate(mixtures) for j in range(len(mixture))])
    drawn = torch.randperm(max(count, len(pairs)), generator=generator)[:count] % len(pairs)
    row, source = pairs[drawn].to(device).unbind(1)
    replaced = [
        torch.where((row == i)[:, None], F.one_hot(source.clamp(max=len(m) - 1), len(m)).to(m.dtype), m)
        for i, m in enumerate(mixtures)
    ]
    images = model.bank.begin(batch.images)
    images.advance({}, min(model.bank.group_of(name) for name in model.mixtures))
    images.repeat(times)
    logits = images.finish(dict(zip(model.mixtures, replaced, strict=True)))[:, 0]
    losses = F.cross_entropy(logits.float(), batch.labels.repeat(times), reduction="none").view(times, -1)
    gains = (losses - losses.mean(0)).flatten() * times / max(times - 1, 1)  # its own share of the mean is no noise
    sums, numbers = (torch.zeros(len(pairs), device=device) for _ in range(2))
    drawn = drawn.to(device)
    means = sums.index_add_(0, drawn, gains) / numbers.index_add_(0, drawn, torch.ones_like(gains)).clamp(min=1)
    return list(means.split([len(m) for m in mixtures]))


def substitution_macs(rows: Sequence[Sequence[ArchGraph]], skeleton: Skeleton, images: int) -> int:
    """Multiply-adds of `substitution_scores` on so many images."""
    each = [skeleton.row_macs(i, cells) for i, cells in enumerate(rows)]
    after = [sum(each[i + 1 :]) + skeleton.head_macs for i in range(len(rows))]
    return images * (sum(each) + sum(len(cells) * rest for cells, rest in zip(rows, after, strict=True)))
