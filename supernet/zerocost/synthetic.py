"""Synthetic images with classes: gratings, for what has to be learned or separated without real images."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from archgraph.seeds import derive_seed

IMAGES, CLASSES, SIDE = 30, 6, 8
"""Five images a class, of 8x8 pixels; reconstructions (tests/benchmarks/RESULTS.md)."""


def synthetic_images(seed: int) -> tuple[Tensor, Tensor]:
    """Images [30, 3, 8, 8], and their classes [30], of which there are six.

    A class is a grating of some direction, period and colour; an image is one at a random offset, of a colour and
    with pixels that deviate. Image i is of class i modulo 6.
    """
    rng = np.random.default_rng(derive_seed(seed, "images"))
    pixel = np.arange(SIDE)
    images = np.zeros((IMAGES, 3, SIDE, SIDE))
    angles, periods = rng.uniform(0, np.pi, CLASSES), rng.uniform(2.5, 6, CLASSES)
    colors = rng.normal(size=(CLASSES, 3))
    for i in range(IMAGES):
        c = i % CLASSES
        wave = np.cos(angles[c]) * pixel[:, None] + np.sin(angles[c]) * pixel
        grating = np.sin(2 * np.pi * (wave / periods[c] + rng.random()))
        color = colors[c] + 0.5 * rng.normal(size=3)
        images[i] = color[:, None, None] * grating + 0.5 * rng.normal(size=(3, SIDE, SIDE))
    return torch.tensor(images, dtype=torch.float32), torch.arange(IMAGES) % CLASSES
