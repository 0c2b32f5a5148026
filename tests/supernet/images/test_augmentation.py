import pytest
import torch
from second_device import assert_same_on_the_second_device

from archgraph import InputError
from supernet.images.augmentation import Augmentation, BatchAugmentation
from supernet.images.preprocessing import Preprocessing

FORM = Preprocessing(channels=3, height=16, width=16, mean=(0.5, 0.4, 0.3), deviation=(0.2, 0.25, 0.3))
PIXELS = torch.randint(0, 256, (12, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
IMAGES, LABELS = FORM.standardise(PIXELS), torch.arange(12) % 4
EACH = [
    Augmentation(),
    Augmentation(flip=True),
    Augmentation(randaugment=2),
    Augmentation(mixup=0.4),
    Augmentation(cutmix=1.0),
    Augmentation(flip=True, randaugment=3, magnitude=15, mixup=0.2, cutmix=1.0),
]


def changed(settings, seed=0, images=IMAGES, labels=LABELS):
    return BatchAugmentation(settings, FORM, 4)(images, labels, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("settings", EACH)
def test_batches_keep_their_form_and_targets_sum_to_one(settings):
    images, targets = changed(settings)
    assert images.shape == IMAGES.shape
    assert images.dtype == targets.dtype == torch.float32
    assert targets.shape == (12, 4)
    torch.testing.assert_close(targets.sum(1), torch.ones(12))
    assert not torch.equal(images, IMAGES)


@pytest.mark.parametrize("settings", EACH)
def test_the_same_seed_draws_the_same_and_the_global_generator_stays(settings):
    state = torch.get_rng_state()
    first, again, other = changed(settings), changed(settings), changed(settings, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_nothing_changes_where_nothing_is_asked():
    images, targets = changed(Augmentation(crop=False))
    assert torch.equal(images, IMAGES)
    assert torch.equal(targets.argmax(1), LABELS)


@pytest.mark.parametrize("settings", [Augmentation(crop=False, mixup=0.4), Augmentation(crop=False, cutmix=1.0)])
def test_labels_are_mixed_as_images_are(settings):
    """A constant image of its label's value: the mean of a mix is that of its targets."""
    images = LABELS.float()[:, None, None, None].expand(-1, 3, 16, 16)
    mixed, targets = changed(settings, images=images)
    torch.testing.assert_close(mixed.mean((1, 2, 3)), targets @ torch.arange(4.0), atol=1e-5, rtol=1e-5)
    assert ((targets > 0).sum(1) <= 2).all()


def test_both_mixes_are_drawn():
    images = LABELS.float()[:, None, None, None].expand(-1, 3, 16, 16)
    settings = Augmentation(crop=False, mixup=1.0, cutmix=1.0)
    whole = {bool((changed(settings, seed, images)[0].std((1, 2, 3)) < 1e-6).all()) for seed in range(12)}
    assert whole == {True, False}


def test_randaugment_draws_for_few_images_at_a_time():
    images = IMAGES[:1].expand(32, -1, -1, -1)
    found, _ = BatchAugmentation(Augmentation(crop=False, randaugment=2), FORM, 4)(
        images, LABELS[:1].expand(32), torch.Generator().manual_seed(0)
    )
    assert len({image.numpy().tobytes() for image in found}) > 4


@pytest.mark.parametrize("settings", EACH)
def test_devices_agree(settings):
    def work(device):
        return changed(settings, images=IMAGES.to(device), labels=LABELS.to(device))

    assert_same_on_the_second_device(work)


def test_numbers_without_sense_are_refused():
    for wrong in ({"randaugment": -1}, {"magnitude": 31}, {"mixup": -0.1}, {"cutmix": float("nan")}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            Augmentation(**wrong)
