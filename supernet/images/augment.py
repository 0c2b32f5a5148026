"""Random crops and flips of a whole batch on its device, an own crop and flip for each image.

They are torchvision v2's `RandomCrop(size, padding=4)` and `RandomHorizontalFlip()`, which draw once a batch; here
every image has its own draw in one gather, so that the whole set can live on the device.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


class Augment:
    """Random crops of padded images, and mirror images where they are still what they were.

    Args:
        shape: (channels, height, width) of an image.
        mirrored: images may be mirrored; digits, for instance, may not.
        padding: pixels put around; default an eighth of the image's height, as 4 with 32x32.
    """

    def __init__(self, shape: tuple[int, int, int], mirrored: bool, padding: int | None = None) -> None:
        self.padding = max(shape[1] // 8, 1) if padding is None else padding
        self.mirrored = mirrored

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """[N, channels, height, width] to the same shape; drawn on the CPU, so that devices agree."""
        n, _, height, width = images.shape
        shift = torch.randint(0, 2 * self.padding + 1, (2, n, 1), generator=generator)
        flip = torch.rand(n, 1, generator=generator) < 0.5 * self.mirrored
        rows = (shift[0] + torch.arange(height)).to(images.device)  # [N, height]
        columns = torch.arange(width).expand(n, width)
        columns = (shift[1] + torch.where(flip, width - 1 - columns, columns)).to(images.device)  # [N, width]
        padded = F.pad(images, [self.padding] * 4)
        every = torch.arange(n, device=images.device)[:, None, None]
        return padded.movedim(1, -1)[every, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
