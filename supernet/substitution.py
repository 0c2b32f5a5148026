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
    bank, mixtures, scores = hyper.bank, {name: a.softmax(0) for name, a in hyper.bank.alphas.items()}, []
    inbox, done = bank.begin(part.images), 0
    for name in hyper.mixtures:
        group = bank.group_of(name)
        bank.run(inbox, done, mixtures, stop=group)
        alone = torch.eye(len(mixtures[name]), device=part.labels.device)
        losses = []
        for one in alone:
            logits = bank.run({port: list(parts) for port, parts in inbox.items()}, group, mixtures | {name: one})
            losses.append(F.cross_entropy(logits[:, 0], part.labels))
        scores.append((-torch.stack(losses)).double().softmax(0).cpu().numpy())
        done = group
    hyper.train()
    return scores


def substitution_macs(rows: Sequence[Sequence[ArchGraph]], skeleton: Skeleton, images: int) -> int:
    """Multiply-adds of `substitution_scores` on so many images."""
    each = [skeleton.row_macs(i, cells) for i, cells in enumerate(rows)]
    after = [sum(each[i + 1 :]) + skeleton.head_macs for i in range(len(rows))]
    return images * (sum(each) + sum(len(cells) * rest for cells, rest in zip(rows, after, strict=True)))
