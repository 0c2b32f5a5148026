"""Scores of cells by one-cell replacement: the loss of a trained hyper-architecture with one cell for a row's mixture.

A reconstruction beside FaDE-ranks, of the same linear cost: weights are inherited, and no architecture is trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from archgraph.graph import ArchGraph
from archgraph.networks.macro_skeleton import CountedSkeleton
from supernet.hyper.mixed import MixedNetwork
from supernet.hyper.ranks import RowValues
from supernet.images.splits import ImagePart

AT_ONCE = 4096
"""Images whose activations are kept between rows."""


@torch.no_grad()
def replacement_scores(hyper: MixedNetwork, part: ImagePart) -> list[RowValues]:
    """softmax over a row's cells of minus the mean loss on `part`, one row's mixture replaced by the cell alone.

    Returns:
        d vectors of one number a candidate, as `MixedNetwork.probabilities` gives them.
    """
    hyper.eval()
    bank, mixtures = hyper.bank, hyper.bank.weighted()
    losses = {name: torch.zeros(len(mixtures[name]), device=part.batch_device) for name in hyper.mixtures}
    for batch in part.in_order(AT_ONCE):
        images = bank.begin(batch.images)
        for name in hyper.mixtures:
            images.advance(mixtures, bank.group_of(name))
            for i, one in enumerate(torch.eye(len(mixtures[name]), device=part.batch_device)):
                logits = images.clone().finish(mixtures | {name: one})
                losses[name][i] += F.cross_entropy(logits[:, 0], batch.labels) * (len(batch) / len(part))
    hyper.train()
    return [(-loss).double().softmax(0).cpu().numpy() for loss in losses.values()]


def replacement_macs(rows: Sequence[Sequence[ArchGraph]], skeleton: CountedSkeleton, images: int) -> int:
    """Multiply-adds of `replacement_scores` on so many images."""
    each = [skeleton.row_macs(i, cells) for i, cells in enumerate(rows)]
    after = [sum(each[i + 1 :]) + skeleton.head_macs for i in range(len(rows))]
    return images * (sum(each) + sum(len(cells) * rest for cells, rest in zip(rows, after, strict=True)))
