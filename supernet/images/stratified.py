"""Which rows of a data set validate and test: each class by its share, and the same rows every time."""

from __future__ import annotations

import torch
from torch import Tensor

MANY = 10_000
"""From so many images on a random draw is balanced."""
LEAST_IMAGES, LEAST_OF_CLASS = 50, 5
"""Images of a part, and of each class in it, below which it is too small to decide by."""


def held_out_size(images: int) -> int:
    """How many of so many images are held out: a tenth, of small sets up to a fifth."""
    return max(images // 10, min(images // 5, 200), 1)


def hold_out(labels: Tensor, leave: int = 1) -> tuple[Tensor, Tensor]:
    """Rows that stay and rows that are held out, each in random order.

    Every class is held out by its share: at least one image, where at least `leave` stay. Of `MANY` images the first
    of a random order are, if that is at least `LEAST_OF_CLASS` of each class.

    Args:
        labels: [N] from 0.
        leave: images of a class that stay before any is held out.
    """
    size = held_out_size(len(labels))
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    counts = labels.bincount()
    if len(labels) >= MANY and labels[order[:size]].bincount(minlength=len(counts)).min() >= LEAST_OF_CLASS:
        return order[size:], order[:size]
    share = (counts * size / len(labels)).round().clamp(min=1)
    wanted = torch.minimum(share, counts - leave).clamp(min=0)
    held_out = _rank_in_class(labels, order) < wanted[labels[order]]
    return order[~held_out], order[held_out]


def folds(labels: Tensor, count: int) -> list[Tensor]:
    """`count` disjoint sets of rows, each with its share of every class; a class's only image is in none.

    Args:
        labels: [N] from 0.
        count: number of sets.
    """
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    counts = labels.bincount()
    start = counts.cumsum(0) - counts  # so that what is left over of classes goes to different sets
    fold = (_rank_in_class(labels, order) + start[labels[order]]) % count
    fold[counts[labels[order]] == 1] = -1
    return [order[fold == number].sort().values for number in range(count)]


def _rank_in_class(labels: Tensor, order: Tensor) -> Tensor:
    """How many rows of the same class come before each row of `order`, [N]."""
    by_class = labels[order].sort(stable=True)
    counts = labels.bincount()
    before = (counts.cumsum(0) - counts)[by_class.values]
    rank = torch.empty_like(order)
    rank[by_class.indices] = torch.arange(len(order)) - before
    return rank
