"""An operation that brings a module of its own, its rule of shapes and its cost.

In the description of a space (`archgraph.spaces.custom`) the operation is written
`{name: squeeze, kind: excitation, numbers: {reduction: 4}, module: my_layer:SqueezeExcitation}`; commands that train or
export it import this file from Python's path, where `--allow-code` says that they may. Whether it keeps what such a
module promises tells `archgraph.testing.LayerContract`.
"""

from __future__ import annotations

import torch
from torch import nn

from archgraph import Operation

OPERATIONS = (
    Operation("squeeze", "excitation", numbers={"reduction": 4}, module="my_layer:SqueezeExcitation"),
    Operation("patches", "embedding", numbers={"side": 2}, module="my_layer:Patches"),
)


class SqueezeExcitation(nn.Module):
    """Channels scaled by what all of them are on average (Hu et al., CVPR 2018); shape and cost are counted.

    Args:
        shape: (channels, height, width) of what comes in.
        reduction: channels over those inside.
    """

    def __init__(self, shape: tuple[int, int, int], reduction: int = 4) -> None:
        super().__init__()
        inner = max(shape[0] // reduction, 1)
        self.scale = nn.Sequential(
            *(nn.AdaptiveAvgPool2d(1), nn.Conv2d(shape[0], inner, 1), nn.ReLU()),
            *(nn.Conv2d(inner, shape[0], 1), nn.Sigmoid()),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale(x)


class Patches(nn.Module):
    """A linear layer on patches that do not overlap; its shape and cost are said, so nothing has to be counted.

    Args:
        shape: (channels, height, width) of what comes in.
        side: of a patch, in pixels.
    """

    def __init__(self, shape: tuple[int, int, int], side: int = 2) -> None:
        super().__init__()
        self.linear = nn.Conv2d(shape[0], shape[0], side, side)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x)

    @staticmethod
    def output_shape(shape: tuple[int, int, int], side: int = 2) -> tuple[int, int, int]:
        """Shape of what comes out."""
        return shape[0], shape[1] // side, shape[2] // side

    @staticmethod
    def cost(shape: tuple[int, int, int], side: int = 2) -> tuple[int, int]:
        """Parameters, and multiply-adds for one image."""
        weights = shape[0] ** 2 * side**2
        return weights + shape[0], weights * (shape[1] // side) * (shape[2] // side)
