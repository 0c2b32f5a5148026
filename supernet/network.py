"""Stand-alone networks, many at once: each lane of a `NetworkBank` is one network with weights of its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.ops import OPS
from supernet.bank import CellBank
from supernet.operations import ParallelConv
from supernet.skeleton import Skeleton

STEM = OPS[OPS.index("conv3x3-relu")]

Path = Sequence[ArchGraph]
"""A discrete architecture: one cell a row."""


class ParallelLinear(nn.Module):
    """M linear layers side by side: [batch, M * inputs] -> [batch, M, outputs]."""

    def __init__(self, count: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(count, inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(count, outputs))

    def forward(self, x: Tensor) -> Tensor:
        x = x.reshape(len(x), *self.weight.shape[:2]).transpose(0, 1)
        return torch.baddbmm(self.bias[:, None], x, self.weight).transpose(0, 1)

    def reset(self, member: int, generator: torch.Generator) -> None:
        """Draw the weights of one layer: normal, variance 1 / inputs, zero bias."""
        with torch.no_grad():
            self.weight[member].normal_(0.0, self.weight.shape[1] ** -0.5, generator=generator)
            self.bias[member].zero_()


class Row(nn.Module):
    """Stems, cells and the normalisation of each cell's output.

    Args:
        cells: cells of all lanes; cell j reads stem `feeds[j]`.
        lanes: number of stems.
        shared: all stems read the same input.
    """

    def __init__(self, cells: Path, inputs: int, channels: int, feeds: Sequence[int], lanes: int, shared: bool) -> None:
        super().__init__()
        self.count = len(cells)
        self.stem = ParallelConv(lanes, inputs, channels, STEM, shared)
        self.cells = CellBank(cells, channels, feeds)
        self.norm = nn.BatchNorm2d(len(cells) * channels, affine=False)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, lanes * inputs (or inputs where shared), h, w] -> [batch, cells * channels, h, w]."""
        return self.norm(self.cells(self.stem(x)))

    def reset(self, lane: int, cells: Sequence[int], generator: torch.Generator) -> None:
        """Draw the weights of one stem, then of the given cells."""
        self.stem.reset(lane, generator)
        for cell in cells:
            self.cells.reset(cell, generator)

    def __len__(self) -> int:
        """Number of cells."""
        return self.count


class NetworkBank(nn.Module):
    """M stand-alone networks trained side by side, with the numbers that each would have alone.

    Args:
        paths: M architectures, one cell a row each.
        skeleton: the frame around the cells.
        seeds: seed of each network's initial weights.

    Shapes:
        images [batch, channels, height, width] -> logits [batch, M, classes]
    """

    def __init__(self, paths: Sequence[Path], skeleton: Skeleton, seeds: Sequence[int]) -> None:
        super().__init__()
        if not paths or any(len(path) != skeleton.rows for path in paths) or len(seeds) != len(paths):
            raise InputError(f"each architecture has one cell for each of {skeleton.rows} rows, and each has a seed")
        lanes = len(paths)
        inputs = [skeleton.image[0], *skeleton.channels]
        self.pools = skeleton.pools
        stages = [
            Row([path[i] for path in paths], inputs[i], inputs[i + 1], range(lanes), lanes, shared=i == 0)
            for i in range(skeleton.rows)
        ]
        self.rows = nn.ModuleList(stages)
        self.head = ParallelLinear(lanes, skeleton.features, skeleton.classes)
        for lane, seed in enumerate(seeds):
            generator = torch.Generator().manual_seed(seed)
            for row in stages:
                row.reset(lane, [lane], generator)
            self.head.reset(lane, generator)

    def forward(self, images: Tensor) -> Tensor:
        x = images
        for row, pool in zip(self.rows, self.pools, strict=True):
            x = F.max_pool2d(row(x), pool)
        return self.head(x)
