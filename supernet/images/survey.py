"""What the pictures of a data set have in common, and the one format that they are decoded to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from supernet.images.listing import counted
from supernet.images.loader import in_batches, in_turns
from supernet.images.pictures import BACKGROUNDS, EncodedPicture, PictureInfo, PixelFormat, depth_of, picture_info

LARGEST_AS_IT_IS = 256
"""Longest side of pictures of one size that are not scaled unasked."""
LARGEST_UNASKED = 64
"""Longest side that other pictures are scaled to unasked."""
_AT_ONCE = 256


def common_format(
    pictures: Sequence[EncodedPicture], size: int | None, workers: int | None = None
) -> tuple[PixelFormat, tuple[str, ...]]:
    """The format of all these pictures, and what was decided.

    Grey where all are grey; as large as they are, where all are of one size of at most `LARGEST_AS_IT_IS`, else
    squares of their median side, a multiple of 8 and at most `LARGEST_UNASKED`; values of more than 8 bits on the
    scale of the largest; transparent ones on the first background on which most can be seen.

    Args:
        pictures: of all parts.
        size: side that they are scaled to; None for the above.
        workers: processes that read.

    Raises:
        InputError: one cannot be read; the text names it.
    """
    seen: Counter[PictureInfo] = Counter()
    for found in in_batches(pictures, picture_info, in_turns(len(pictures), _AT_ONCE), workers):
        seen.update(found)
    height, width, scaled = _size(seen, size)
    notes = [scaled] if scaled else []
    channels = 3 if any(info.colour for info in seen) else 1
    depth = None
    if deep := [info.largest for info in seen if info.largest is not None]:
        depth = depth_of(max(deep))
        notes.append(f"values of more than 8 bits reach {max(deep):g}: {depth} is white")
    background = BACKGROUNDS[0]
    if transparent := [(info.unseen, number) for info, number in seen.items() if info.unseen is not None]:
        blank = [sum(number * unseen[i] for unseen, number in transparent) for i in range(len(BACKGROUNDS))]
        background = BACKGROUNDS[blank.index(min(blank))]
        shade = {255: "white", 0: "black", 128: "grey"}[background]
        notes.append(f"transparency composed on {shade}" + (f", {min(blank)} blank" if min(blank) else ""))
    if several := sum(number for info, number in seen.items() if info.several):
        notes.append(f"{counted(several, 'picture')} of several frames or pages: the first is read")
    made = PixelFormat(channels=channels, height=height, width=width, depth=depth, background=background)
    return made, tuple(notes)


def _size(seen: Counter[PictureInfo], size: int | None) -> tuple[int, int, str]:
    """Height, width, and what is said of it."""
    shapes = sorted({(info.height, info.width) for info in seen}, key=lambda shape: shape[0] * shape[1])
    if size is None and len(shapes) == 1 and max(shapes[0]) <= LARGEST_AS_IT_IS:
        return *shapes[0], ""
    if size is None:
        middle = median((info.height * info.width) ** 0.5 for info in seen.elements())
        size = min(max(round(middle / 8) * 8, 8), LARGEST_UNASKED)
    if shapes == [(size, size)]:
        return size, size, ""
    sizes = [f"{height}x{width}" for height, width in shapes]
    return size, size, f"scaled to {size}x{size} from {sizes[0]}" + (f" to {sizes[-1]}" if len(sizes) > 1 else "")
