"""Simulated propagation: what becomes of synthetic images in networks with random weights.

Images of Gaussian noise, in pairs that are correlated by one half, pass the cells of a network up to its last layer,
norms left out. `propagation_var` is the logarithm of the variance of what arrives, over images and per channel and
pixel; `propagation_corr` and `propagation_corr0` are the mean correlation of what arrives between the images of a pair,
and between independent images. All are means over two draws of the weights. A reconstruction: a first exploration found
such features worth .01 to .02 Kendall to a predictor of accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from archgraph.seeds import derive_seed
from supernet.bank import Bank
from supernet.blueprint import Blueprint
from supernet.steps import Shape

PAIRS, DRAWS, CORRELATION = 8, 2, 0.5


@torch.no_grad()
def propagation(blueprints: Sequence[Blueprint], device: torch.device, seed: int) -> dict[str, NDArray[np.float64]]:
    """The features of M networks, each [M]; weights and images depend on the seed alone.

    Args:
        blueprints: networks that can run together.
    """
    cut = [before_head(blueprint) for blueprint in blueprints]
    totals = np.zeros((3, len(cut)))
    for draw in range(DRAWS):
        bank = Bank(cut, [derive_seed(seed, "propagation", draw)] * len(cut)).to(device).eval()
        arrived = bank(synthetic(cut[0].shapes[0], derive_seed(seed, "synthetic", draw)).to(device))
        totals += np.stack([value.cpu().numpy() for value in _features(arrived.double())]) / DRAWS
    return dict(zip(("propagation_var", "propagation_corr", "propagation_corr0"), totals, strict=True))


def before_head(blueprint: Blueprint) -> Blueprint:
    """The network up to what its last layer reads."""
    blueprint = blueprint.select({})
    blueprint.output = blueprint.layers[blueprint.output].sources[0]
    return blueprint


def synthetic(shape: Shape, seed: int) -> Tensor:
    """Images [2 * pairs, *shape] of Gaussian noise; image i and image i + pairs are correlated by one half."""
    first, other = torch.randn(2, PAIRS, *shape, generator=torch.Generator().manual_seed(seed))
    return torch.cat([first, CORRELATION * first + (1 - CORRELATION**2) ** 0.5 * other])


def _features(arrived: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """[images, M, ...] -> logarithm of the variance, correlation in pairs, correlation of others, each [M]."""
    flat = arrived.flatten(2).transpose(0, 1)  # [M, images, units]
    variance = flat.var(dim=1).mean(1).clamp(min=1e-30).log()
    centred = flat - flat.mean(2, keepdim=True)
    unit = centred / centred.norm(dim=2, keepdim=True).clamp(min=1e-30)
    correlation = unit @ unit.mT  # [M, images, images]
    paired = correlation.diagonal(PAIRS, 1, 2).mean(1)
    independent = correlation[:, :PAIRS, :PAIRS].sum((1, 2)) - correlation[:, :PAIRS, :PAIRS].diagonal(0, 1, 2).sum(1)
    return variance, paired, independent / (PAIRS * (PAIRS - 1))
