"""Raw images in memory become a data set."""

from __future__ import annotations

from torch import Tensor

from archgraph.errors import InputError
from supernet.images.pictures import PixelFormat
from supernet.images.preprocessing import fitted
from supernet.images.splits import IN_ORDER, Images, ImageSplits
from supernet.images.stratified import hold_out


def split_and_standardise(
    name: str,
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    class_names: tuple[str, ...],
    mirrored: bool = False,
) -> ImageSplits:
    """A data set from raw images [N, channels, height, width] uint8 and labels [N] of its two published parts.

    The validation part is drawn from the training part, always the same one; images are standardised by the mean and
    deviation of each channel over what remains.

    Raises:
        InputError: fewer than two classes, or too few images.
    """
    (images, labels), (_, test_labels) = train, test
    if len(class_names) < 2:
        raise InputError(f"{name} has a single class; give at least two")
    if len(labels) < 2 or not len(test_labels):
        raise InputError(f"{name} has too few images: {len(labels)} to train on and {len(test_labels)} to test")
    stays, held_out = hold_out(labels.long())
    channels, height, width = images.shape[1:]
    form = PixelFormat(channels=channels, height=height, width=width)
    own = images[stays]
    preprocessing = fitted(form, own.split(IN_ORDER))
    parts = (own, labels[stays]), (images[held_out], labels[held_out]), test
    first, second, third = (Images(preprocessing.standardise(part), numbers.long()) for part, numbers in parts)
    notes = ("validation drawn from train, balanced by class",)
    return ImageSplits(name, first, second, third, class_names, preprocessing, mirrored, notes)
