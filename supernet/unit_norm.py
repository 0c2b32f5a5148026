"""A norm over the whole batch; its source is copied into Python files of networks, so it uses nothing but torch."""

import torch
from torch import nn


class UnitNorm(nn.Module):
    """Values divided by the L2 norm of all of them, over images, channels and positions.

    In evaluation the running mean of the norms of training divides, so that images do not depend on those beside them
    (reconstruction: the research code of FaDE's first author has the norm of training alone).

    Args:
        detach: no gradient goes through the norm.

    Shapes:
        [batch, channels, height, width] -> the same
    """

    norm: torch.Tensor

    def __init__(self, detach: bool = False) -> None:
        super().__init__()
        self.detach = detach
        self.register_buffer("norm", torch.ones(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x / self.norm
        norm = x.float().square().sum().sqrt().clamp(min=1e-12)
        self.norm.lerp_(norm.detach(), 0.1)
        return x / (norm.detach() if self.detach else norm).to(x.dtype)
