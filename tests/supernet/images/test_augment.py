import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from supernet.images.augment import Augment


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_every_image_is_a_crop_of_its_padded_self_or_of_its_mirror_image(seed, mirrored):
    images = torch.randn(5, 2, 6, 7, generator=torch.Generator().manual_seed(1))
    changed = Augment((2, 6, 7), mirrored, padding=2)(images, torch.Generator().manual_seed(seed))
    for before, after in zip(images, changed, strict=True):
        crops = []
        padded = F.pad(before, [2] * 4)
        for candidate in [padded] + [F.pad(before, [2] * 4).flip(-1)] * mirrored:
            crops += [candidate[:, i : i + 6, j : j + 7] for i in range(5) for j in range(5)]
        assert any(torch.equal(after, crop) for crop in crops)


def test_images_move_by_themselves_and_the_same_seed_draws_the_same():
    images = torch.arange(64.0).reshape(1, 1, 8, 8).expand(32, 1, 8, 8)
    first, again = (Augment((1, 8, 8), True)(images, torch.Generator().manual_seed(0)) for _ in range(2))
    assert torch.equal(first, again)
    assert len({image.numpy().tobytes() for image in first}) > 4


def test_images_that_may_not_be_mirrored_never_are():
    image = torch.arange(8.0).expand(200, 1, 1, 8)
    changed = Augment((1, 1, 8), mirrored=False, padding=0)(image, torch.Generator().manual_seed(0))
    assert torch.equal(changed, image)
