"""Steps that look at the positions of an image, not at each channel by itself.

Their source is copied into Python files that networks are exported to, so they use nothing but torch.
"""

import torch
from torch import nn


class Attention(nn.Module):
    """Scaled dot-product attention over the positions of an image.

    Args:
        heads: heads; each has as many channels.

    Shapes:
        queries, keys and values [batch, 3 * channels, height, width] -> [batch, channels, height, width]
    """

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query, key, value = x.flatten(2).unflatten(1, (3, self.heads, -1)).transpose(3, 4).unbind(1)
        found = nn.functional.scaled_dot_product_attention(
            query, key, value
        )  # [batch, heads, positions, channels / heads]
        return found.transpose(2, 3).flatten(1, 2).unflatten(2, x.shape[2:])


class Turn(nn.Module):
    """Positions become channels, or channels positions again.

    Args:
        height: of the image to go back to; 0 for the way there.
        width: likewise.

    Shapes:
        [batch, channels, height, width] -> [batch, height * width, channels, 1], or back
    """

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.height:
            return x[..., 0].transpose(1, 2).unflatten(2, (self.height, self.width))
        return x.flatten(2).transpose(1, 2).unsqueeze(3)


class Position(nn.Module):
    """A learned number is added at each channel and position, normal with deviation 0.02 at first.

    Args:
        channels: of the image.
        height: of the image.
        width: of the image.

    Shapes:
        [batch, channels, height, width] -> the same
    """

    def __init__(self, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, height, width).normal_(0.0, 0.02))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight
