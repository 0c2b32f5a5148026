"""Training a hyper-architecture: first-order bilevel steps (DARTS, Liu et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from archgraph.graph import ArchGraph
from supernet.hyper import HyperArchitecture
from supernet.images import Images
from supernet.skeleton import Skeleton


@dataclass(frozen=True)
class BilevelRecipe:
    """How a hyper-architecture is trained.

    The training part is halved: weights are fitted to one half and architecture parameters to the other, a step of the
    one and a step of the other in turn. A step of alpha is a natural gradient step of the softmax,
    :math:`\\Delta\\alpha_{ij} = -\\eta (g_{ij} - \\bar g_i)` with g the gradient for a cell's weight in the mixture, scaled
    to unit root mean square a row so that no row takes all of the spread (reconstruction).

    Args:
        epochs: passes over the weight half.
        warm_up: epochs before architecture parameters move.
        batch_size: images a step.
        learning_rate: of the weights' Adam, falling to zero by a cosine.
        alpha_rate: step of the architecture parameters.
    """

    epochs: int = 8
    warm_up: int = 2
    batch_size: int = 64
    learning_rate: float = 3e-3
    alpha_rate: float = 0.02
