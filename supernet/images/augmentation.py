"""Augmentation of whole batches on their device: crops, flips, RandAugment, mixup and CutMix, by torchvision.

RandAugment is of Cubuk et al. 2020 (arXiv:1909.13719), mixup of Zhang et al. 2018 (arXiv:1710.09412), CutMix of Yun et
al. 2019 (arXiv:1905.04899). All is drawn on the CPU from one generator, so that devices agree and trainings resume.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms import v2

from archgraph.checks import check_not_negative, check_whole
from supernet.images.augment import Augment
from supernet.images.preprocessing import Preprocessing

AT_ONCE = 4
"""Images that RandAugment changes in the same way."""


@dataclass(frozen=True)
class Augmentation:
    """Which changes training images get.

    Args:
        crop: random crops of padded images.
        flip: mirror images; only where those are of the same class.
        randaugment: RandAugment's number of operations, one after the other; 0 for none.
        magnitude: RandAugment's magnitude, 0 to 30.
        mixup: alpha of mixup's Beta distribution; 0 for no mixup.
        cutmix: alpha of CutMix's; 0 for no CutMix. With both, each batch gets one of them.

    Raises:
        InputError: a number makes no sense.
    """

    crop: bool = True
    flip: bool = False
    randaugment: int = 0
    magnitude: int = 9
    mixup: float = 0.0
    cutmix: float = 0.0

    def __post_init__(self) -> None:
        check_whole(0, 16, randaugment=self.randaugment)
        check_whole(0, 30, magnitude=self.magnitude)
        check_not_negative(mixup=self.mixup, cutmix=self.cutmix)


class BatchAugmentation:
    """Changes batches of standardised images, and their labels where images are mixed.

    Args:
        settings: which changes.
        preprocessing: of the images; RandAugment is of pixels from 0 to 255.
        classes: number of classes.

    Example:
        >>> augment = BatchAugmentation(Augmentation(mixup=0.2), data.preprocessing, data.classes)
        >>> images, targets = augment(batch.images, batch.labels, generator)
        >>> loss = torch.nn.functional.cross_entropy(network(images), targets)
    """

    def __init__(self, settings: Augmentation, preprocessing: Preprocessing, classes: int) -> None:
        self.settings, self.preprocessing, self.classes = settings, preprocessing, classes
        shape = preprocessing.channels, preprocessing.height, preprocessing.width
        self.crop = Augment(shape, settings.flip, None if settings.crop else 0)
        grey = [value * 255 for value in preprocessing.mean]
        self.randaugment = v2.RandAugment(settings.randaugment, settings.magnitude, fill=grey)
        mixes = ((v2.MixUp, settings.mixup), (v2.CutMix, settings.cutmix))
        self.mixes = [make(alpha=alpha, num_classes=classes) for make, alpha in mixes if alpha]

    def __call__(self, images: Tensor, labels: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Changed images, and soft targets.

        Args:
            images: [N, channels, height, width] float32, standardised.
            labels: [N] int64.
            generator: on the CPU.

        Returns:
            Images of the same shape, and targets [N, classes] float32, of which each row sums to 1.
        """
        settings = self.settings
        if settings.crop or settings.flip:
            images = self.crop(images, generator)
        with _drawn_from(generator):
            if settings.randaugment:
                images = self._randaugmented(images)
            if not self.mixes:
                return images, F.one_hot(labels, self.classes).float()
            mix = self.mixes[int(torch.randint(len(self.mixes), ()))]
            mixed, targets = mix(images, labels)
        return mixed, targets

    def _randaugmented(self, images: Tensor) -> Tensor:
        pixels = self.preprocessing.pixels(images).round_().clamp_(0, 255).to(torch.uint8)
        changed = torch.cat([self.randaugment(few) for few in pixels.split(AT_ONCE)])
        return self.preprocessing.standardise(changed)


@contextmanager
def _drawn_from(generator: torch.Generator) -> Iterator[None]:
    """torchvision draws from the CPU's global generator; here it is seeded by another, and then as it was."""
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed(int(torch.randint(1 << 62, (), generator=generator)))
    try:
        yield
    finally:
        torch.default_generator.set_state(before)
