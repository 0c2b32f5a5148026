from urllib.error import URLError

import numpy as np
import pytest
import torch
from picture_files import picture, write_folder, write_parquet
from sklearn.datasets import load_digits

from archgraph import InputError
from supernet.images.datasets import TORCHVISION, digits, load_images, split_and_standardise
from supernet.images.preprocessing import Preprocessing, statistics


def test_digits_are_split_once_without_overlap_and_with_every_class():
    data = digits()
    assert data.shape == (1, 8, 8)
    assert [len(part) for part in (data.train, data.validation, data.test)] == [1077, 360, 360]
    seen = [{image.numpy().tobytes() for image in part.images} for part in (data.train, data.validation, data.test)]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    assert all(part.labels.unique().tolist() == list(range(10)) for part in (data.train, data.validation, data.test))


def test_images_are_standardised_by_the_training_part():
    train = digits().train.images
    assert train.mean().item() == pytest.approx(0, abs=1e-5)
    assert train.std().item() == pytest.approx(1, abs=1e-5)


def test_the_split_is_the_same_every_time():
    assert torch.equal(digits().test.labels, digits().test.labels)


def test_an_unknown_data_set_is_refused_with_the_choices():
    with pytest.raises(InputError, match="choose from digits"):
        load_images("nope")


@pytest.mark.parametrize("name", sorted(TORCHVISION))
def test_a_set_that_is_not_there_is_not_downloaded_unasked(name, tmp_path):
    with pytest.raises(InputError, match="--download"):
        load_images(name, tmp_path)
    assert not list(tmp_path.rglob("*.gz"))


def test_a_download_that_fails_says_what_to_do(monkeypatch, tmp_path):
    def offline(*args, **kwargs):
        raise URLError("no route to host")

    monkeypatch.setattr("torchvision.datasets.MNIST.__init__", offline)
    with pytest.raises(InputError, match=r"cannot download mnist: .*no route to host.*copy it to"):
        load_images("mnist", tmp_path, download=True)


def test_torchvision_sets_become_splits(monkeypatch, tmp_path):
    class Fake:
        def __init__(self, root, train, download):
            n = 50 if train else 10
            self.data = np.stack([picture(i % 2, (32, 32), i) for i in range(n)])
            self.targets = [i % 10 for i in range(n)]
            self.classes = list("abcdefghij")

    monkeypatch.setattr("torchvision.datasets.CIFAR10", Fake)
    data = load_images("cifar10", tmp_path)
    assert data.mirrored
    assert data.class_names == tuple("abcdefghij")
    assert (data.shape, data.classes, len(data.train), len(data.test)) == ((3, 32, 32), 10, 40, 10)


def test_sets_that_have_a_size_are_not_scaled():
    with pytest.raises(InputError, match="a size is for"):
        load_images("digits", size=16)


def test_digits_are_standardised_bit_by_bit_as_ever_and_say_how():
    data, raw = digits(), torch.tensor(load_digits().images, dtype=torch.float32)[:, None]
    order = {image.numpy().tobytes(): image for image in (raw - raw.mean()) / raw.std()}
    assert len(order) == len(raw)
    mean, deviation = data.preprocessing.mean[0] * 16, data.preprocessing.deviation[0] * 16
    values = (data.train.images * deviation + mean).round()
    assert mean == values.mean().item()
    assert torch.equal(data.train.images, (values - values.mean()) / values.std())
    assert data.class_names == tuple("0123456789")
    assert torch.equal(data.preprocessing.standardise(values[:5] / 16, white=1), data.train.images[:5])


def test_folders_and_tables_are_read(tmp_path):
    folder = load_images(f"folder:{write_folder(tmp_path / 'folder')}", mirrored=True)
    assert (folder.shape, folder.class_names, folder.mirrored) == ((3, 16, 16), ("cat", "dog"), True)
    for part in ("train", "test"):
        write_parquet(tmp_path / f"{part}.parquet", [picture(i % 2, seed=i) for i in range(8)], [0, 1] * 4)
    table = load_images(f"hf:{tmp_path}", size=8)
    assert (table.shape, table.class_names, table.mirrored) == ((3, 8, 8), ("0", "1"), False)


def test_a_size_without_sense_is_refused(tmp_path):
    with pytest.raises(InputError, match="size is a whole number from 1 to 4096"):
        load_images(f"folder:{write_folder(tmp_path)}", size=0)


def test_the_same_data_are_read_every_time_and_described_in_one_line(tmp_path):
    name = f"folder:{write_folder(tmp_path)}"
    first, again = load_images(name), load_images(name)
    assert torch.equal(first.train.batch(slice(None)).images, again.train.batch(slice(None)).images)
    assert "\n" not in first.described()


def raw(n, seed=0):
    images = torch.randint(0, 256, (n, 3, 4, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))
    return images, torch.arange(n) % 2


def test_raw_images_are_split_and_standardised_by_the_training_part():
    data = split_and_standardise("some", raw(50), raw(10, 1), ("a", "b"), mirrored=True)
    assert [len(part) for part in data.parts.values()] == [40, 10, 10]
    assert (data.shape, data.classes, data.mirrored) == ((3, 4, 5), 2, True)
    assert data.counts(data.validation) == [5, 5]
    torch.testing.assert_close(data.train.images.mean((0, 2, 3)), torch.zeros(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(data.train.images.std((0, 2, 3), correction=0), torch.ones(3))
    pixels = data.preprocessing.pixels(data.train.images).round()
    assert statistics([pixels]) == (data.preprocessing.mean, data.preprocessing.deviation)
    assert torch.equal(data.preprocessing.standardise(raw(10, 1)[0]), data.test.images)


def test_too_few_images_or_classes_are_refused():
    with pytest.raises(InputError, match="some has too few images: 1 to train on and 10 to test"):
        split_and_standardise("some", raw(1), raw(10), ("a", "b"))
    with pytest.raises(InputError, match="some has a single class"):
        split_and_standardise("some", raw(10), raw(10), ("a",))


def test_images_come_through_the_preprocessing_of_a_model(tmp_path):
    form = Preprocessing(channels=1, height=8, width=8, mean=(0.0,), deviation=(1 / 16,))
    raw = load_images("digits", preprocessing=form)
    assert raw.preprocessing is form
    assert raw.test.images.min() == 0
    assert raw.test.images.max() == 16
    standard = load_images("digits")
    torch.testing.assert_close(standard.preprocessing.pixels(standard.test.images) * 16 / 255, raw.test.images)
    with pytest.raises(InputError, match=r"takes images of shape \(3, 16, 16\), but those of digits are \(1, 8, 8\)"):
        load_images("digits", preprocessing=Preprocessing(channels=3, height=16, width=16, mean=(0,), deviation=(1,)))


@pytest.mark.parametrize("memory", [None, 0])
def test_a_folder_comes_through_the_preprocessing_of_a_model(tmp_path, memory):
    write_folder(tmp_path)
    form = Preprocessing(channels=1, height=6, width=4, mean=(0.5,), deviation=(0.25,))
    data = load_images(f"folder:{tmp_path}", memory=memory, preprocessing=form)
    assert data.shape == (1, 6, 4)
    picture = sorted((tmp_path / "test").rglob("*.png"))[0]
    torch.testing.assert_close(data.test.batch(slice(0, 1)).images[0], form.apply(picture))
