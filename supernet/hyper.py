"""HyperArchitecture: d rows of candidate cells, mixed by a softmax over architecture parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from supernet.network import ParallelLinear, Row
from supernet.ranks import Scores
from supernet.skeleton import Skeleton


class HyperArchitecture(nn.Module):
    r"""A row's output is the weighted sum of its cells, :math:`\sum_j \mathrm{softmax}(\alpha_i)_j\, c_{ij}(x)`.

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
            raise InputError(
                f"a hyper-architecture has candidates for each of {skeleton.rows} rows, but got {len(rows)}"
            )
        inputs = [skeleton.image[0], *skeleton.channels]
        self.skeleton = skeleton
        stages = [
            Row(cells, inputs[i], inputs[i + 1], [0] * len(cells), lanes=1, shared=True) for i, cells in enumerate(rows)
        ]
        self.rows = nn.ModuleList(stages)
        self.head = ParallelLinear(1, skeleton.features, skeleton.classes)
        self.alphas = nn.ParameterList(nn.Parameter(torch.zeros(len(cells))) for cells in rows)
        generator = torch.Generator().manual_seed(seed)
        for row in stages:
            row.reset(0, range(len(row)), generator)
        self.head.reset(0, generator)

    def forward(self, images: Tensor, mixtures: Sequence[Tensor] | None = None) -> Tensor:
        """Logits under the given mixtures, d vectors of one weight a candidate; default softmax of `alphas`."""
        return self._run(images, 0, mixtures or [alpha.softmax(0) for alpha in self.alphas])

    def finish(self, output: Tensor, row: int, mixtures: Sequence[Tensor]) -> Tensor:
        """Logits of the network whose row `row`, before its pooling, gives `output` [batch, channels, h, w]."""
        return self._run(self.pool(output, row), row + 1, mixtures)

    def pool(self, output: Tensor, row: int) -> Tensor:
        """A row's pooling."""
        return F.max_pool2d(output, self.skeleton.pools[row])

    def _run(self, x: Tensor, start: int, mixtures: Sequence[Tensor]) -> Tensor:
        for i in range(start, len(self.rows)):
            candidates = self.rows[i](x).unflatten(1, (len(mixtures[i]), -1))
            x = self.pool(torch.einsum("bkchw,k->bchw", candidates, mixtures[i]), i)
        return self.head(x)[:, 0]

    def weights(self) -> Iterator[nn.Parameter]:
        """All parameters but the architecture parameters."""
        return (p for name, p in self.named_parameters() if not name.startswith("alphas."))

    def probabilities(self) -> list[Scores]:
        """softmax(alpha) of each row, d vectors on the CPU; their product along a path is its FaDE-rank."""
        return [alpha.detach().double().softmax(0).cpu().numpy() for alpha in self.alphas]
