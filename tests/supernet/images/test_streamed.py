from dataclasses import replace

import pytest
import torch
from picture_files import encoded, picture, write_folder
from second_device import assert_same_on_the_second_device

from archgraph import InputError, spaces
from archgraph.networks.skeleton import Skeleton
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.trainings import train_hyper
from supernet.images.datasets import load_images
from supernet.images.streamed import StreamedImages
from supernet.standalone.training import Recipe, train_networks


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """One data set, in memory and decoded batch by batch."""
    folder = write_folder(tmp_path_factory.mktemp("set"), counts=(30, 10))
    (folder / "train/cat/z.png").write_bytes(encoded(picture(0, (20, 24))))
    return load_images(f"folder:{folder}"), load_images(f"folder:{folder}", memory=0)


def same(first, second):
    assert all(
        torch.equal(a.images, b.images) and torch.equal(a.labels, b.labels) for a, b in zip(first, second, strict=True)
    )


def test_sets_larger_than_memory_are_decoded_batch_by_batch(both):
    memory, streamed = both
    assert isinstance(streamed.train, StreamedImages)
    assert not isinstance(memory.train, StreamedImages)
    assert streamed.preprocessing == memory.preprocessing
    assert (streamed.shape, streamed.class_names) == (memory.shape, memory.class_names)
    assert streamed.notes == (*memory.notes, "decoded batch by batch, as it does not fit into memory")


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_are_the_same_as_in_memory(both, workers):
    memory, streamed = both
    for part in memory.parts:
        a, b = memory.parts[part], replace(streamed.parts[part], workers=workers)
        same(a.in_order(7), b.in_order(7))
        same(a.epoch(8, torch.Generator().manual_seed(3)), b.epoch(8, torch.Generator().manual_seed(3)))
        rows = torch.tensor([5, 0, 3])
        same([a.batch(rows), a.batch(slice(2, 4))], [b.batch(rows), b.batch(slice(2, 4))])
        same(a.take(rows).in_order(), b.take(rows).in_order())
        same(a.joined(a.take(rows)).in_order(), b.joined(b.take(rows)).in_order())


def test_folds_and_limits_are_the_same(both):
    memory, streamed = both
    for a, b in zip(memory.limit_train(20).folds(3), streamed.limit_train(20).folds(3), strict=True):
        same(a.train.in_order(), b.train.in_order())
        same(a.validation.in_order(), b.validation.in_order())


def test_trainings_are_the_same(both):
    space = spaces.get("dag")
    cells = [space.from_native(native) for native in ("1:", "2:0-1")]
    skeleton = Skeleton((3, 16, 16), 2, (4,), (2,))
    recipe = Recipe(epochs=2, batch_size=8, augment=True)
    first, second = (train_networks([[cell] for cell in cells], skeleton, data, recipe, [0, 1]) for data in both)
    assert all(torch.equal(getattr(first, name), getattr(second, name)) for name in vars(first))
    hyper = BilevelRecipe(epochs=2, batch_size=8)
    found = [train_hyper([cells], skeleton, data.train, hyper, 0) for data in both]
    assert torch.equal(*(torch.cat([a.flatten() for a in model.alphas]) for model, _ in found))
    same(*(held_out.in_order() for _, held_out in found))


def test_batches_are_standardised_where_they_are_used(both):
    assert_same_on_the_second_device(lambda device: [next(both[1].train.to(device).in_order(4)).images], tolerance=0)


def test_a_picture_that_is_damaged_is_refused_before_anything_is_trained(tmp_path):
    folder = write_folder(tmp_path)
    file = folder / "test/dog/002.png"
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(InputError, match=r"002\.png: cannot read this image"):
        load_images(f"folder:{folder}", memory=0)


def test_a_picture_that_is_gone_later_is_named(tmp_path):
    data = load_images(f"folder:{write_folder(tmp_path)}", memory=0)
    (tmp_path / "test/dog/002.png").unlink()
    with pytest.raises(InputError, match=r"002\.png: cannot read this image"):
        list(data.test.in_order())


def test_large_pictures_work(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(6):
            (tmp_path / label / f"{i}.jpg").write_bytes(encoded(picture(label == "b", (224, 224), i), "JPEG"))
    data = load_images(f"folder:{tmp_path}", memory=1 << 20)
    assert isinstance(data.train, StreamedImages)
    assert next(data.train.in_order(2)).images.shape == (2, 3, 224, 224)
