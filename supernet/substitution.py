"""Scores of cells by substitution: what a trained hyper-architecture loses when one cell stands in for a row's mixture.

A reconstruction beside FaDE-ranks, of the same linear cost: weights are inherited, and no architecture is trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from archgraph.graph import ArchGraph
from supernet.hyper import HyperArchitecture
from supernet.images import Images
from supernet.ranks import Scores
from supernet.skeleton import Skeleton


@torch.no_grad()
def substitution_scores(hyper: HyperArchitecture, part: Images) -> list[Scores]:
    """softmax over a row's cells of minus the mean loss on `part`, one row's mixture replaced by the cell alone.

    Returns:
        d vectors of one number a candidate, as `HyperArchitecture.probabilities` gives them.
    """
    hyper.eval()
    mixtures = [alpha.softmax(0) for alpha in hyper.alphas]
    scores = []
    x = part.images
    for i, row in enumerate(hyper.rows):
        candidates = row(x).unflatten(1, (len(mixtures[i]), -1))
        alone = [hyper.finish(candidates[:, j], i, mixtures) for j in range(len(mixtures[i]))]
        losses = torch.stack([F.cross_entropy(logits, part.labels) for logits in alone])
        scores.append((-losses).double().softmax(0).cpu().numpy())
        x = hyper.pool(torch.einsum("bkchw,k->bchw", candidates, mixtures[i]), i)
    hyper.train()
    return scores


def substitution_macs(rows: Sequence[Sequence[ArchGraph]], skeleton: Skeleton, images: int) -> int:
    """Multiply-adds of `substitution_scores` on so many images."""
    each = [skeleton.row_macs(i, cells) for i, cells in enumerate(rows)]
    after = [sum(each[i + 1 :]) + skeleton.head_macs for i in range(len(rows))]
    return images * (sum(each) + sum(len(cells) * rest for cells, rest in zip(rows, after, strict=True)))
