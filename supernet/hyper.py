"""HyperArchitecture: d rows of candidate cells, mixed by a softmax over architecture parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from supernet.network import ParallelLinear, Row
from supernet.skeleton import Skeleton


class HyperArchitecture(nn.Module):
    r"""A row's output is the softmax-weighted sum of its cells, :math:`\sum_j \mathrm{softmax}(\alpha_i)_j\, c_{ij}(x)`.

    FaDE (Neumeyer et al. 2024): d rows of k candidates contain k^d architectures and cost d * k cells. Cells share no
    weights; those of a row read the same stem.

    Args:
        rows: the candidate cells of each row, d lists of at least one cell.
        skeleton: the frame around the cells.
        seed: seed of the initial weights.

    Attributes:
        alphas: architecture parameters, d vectors of one number a candidate, initially 0.

    Shapes:
        images [batch, channels, height, width] -> logits [batch, classes]
    """

    def __init__(self, rows: Sequence[Sequence[ArchGraph]], skeleton: Skeleton, seed: int) -> None:
        super().__init__()
        if len(rows) != skeleton.rows or not all(rows):
            raise InputError(f"a hyper-architecture has candidates for each of {skeleton.rows} rows, but got {len(rows)}")
        inputs = [skeleton.image[0], *skeleton.channels]
        self.skeleton = skeleton
        self.rows = nn.ModuleList(
            Row(cells, inputs[i], inputs[i + 1], [0] * len(cells), lanes=1, shared=True) for i, cells in enumerate(rows)
        )
        self.head = ParallelLinear(1, skeleton.features, skeleton.classes)
        self.alphas = nn.ParameterList(nn.Parameter(torch.zeros(len(cells))) for cells in rows)
        generator = torch.Generator().manual_seed(seed)
        for row, cells in zip(self.rows, rows, strict=True):
            row.stem.reset(0, generator)
            for cell in range(len(cells)):
                row.cells.reset(cell, generator)
        self.head.reset(0, generator)

    def forward(self, images: Tensor) -> Tensor:
        x = images
        for row, alpha, pool in zip(self.rows, self.alphas, self.skeleton.pools, strict=True):
            candidates = row(x).unflatten(1, (len(alpha), -1))
            x = F.max_pool2d(torch.einsum("bkchw,k->bchw", candidates, alpha.softmax(0)), pool)
        return self.head(x)[:, 0]

    def weights(self) -> Iterator[nn.Parameter]:
        """All parameters but the architecture parameters."""
        return (p for name, p in self.named_parameters() if not name.startswith("alphas."))

    def probabilities(self) -> list[Tensor]:
        """softmax(alpha) of each row, d vectors."""
        return [alpha.detach().softmax(0) for alpha in self.alphas]
