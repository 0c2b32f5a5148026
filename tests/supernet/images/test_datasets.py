import io
from dataclasses import replace
from urllib.error import URLError

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from archgraph import InputError
from supernet.images.datasets import TORCHVISION, digits, load_images


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


def test_an_epoch_sees_each_image_at_most_once_in_a_seeded_order():
    data = digits().limit_train(100)
    batches = list(data.train.epoch(32, torch.Generator().manual_seed(0)))
    again = list(data.train.epoch(32, torch.Generator().manual_seed(0)))
    assert [len(b) for b in batches] == [32, 32, 32]
    assert all(torch.equal(a.images, b.images) for a, b in zip(batches, again, strict=True))
    assert len({image.numpy().tobytes() for b in batches for image in b.images}) == 96


def test_an_unknown_data_set_is_refused_with_the_choices():
    with pytest.raises(InputError, match="choose from digits"):
        load_images("nope")


def encoded(array, kind="PNG"):
    data = io.BytesIO()
    Image.fromarray(array).save(data, kind)
    return data.getvalue()


def pictures(n, shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def write_parquet(folder, part, arrays, labels):
    rows = {"image": [{"bytes": encoded(a), "path": None} for a in arrays], "label": labels}
    pq.write_table(pa.table(rows), folder / f"{part}.parquet")


def test_hugging_face_parquet_is_read_split_and_standardised(tmp_path):
    write_parquet(tmp_path, "train", pictures(40, (9, 8, 3)), [i % 4 for i in range(40)])
    write_parquet(tmp_path, "test", pictures(12, (9, 8, 3), 1), [i % 4 for i in range(12)])
    data = load_images(f"hf:{tmp_path}")
    assert data.shape == (3, 9, 8)
    assert data.classes == 4
    assert [len(part) for part in (data.train, data.validation, data.test)] == [36, 4, 12]
    torch.testing.assert_close(data.train.images.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(data.train.images.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-4, rtol=0)
    assert torch.equal(load_images(f"hf:{tmp_path}").train.labels, data.train.labels)


def test_pixels_of_hugging_face_images_arrive_unchanged(tmp_path):
    arrays = pictures(10, (5, 5))
    write_parquet(tmp_path, "train", arrays, [0, 1] * 5)
    write_parquet(tmp_path, "test", arrays, [0, 1] * 5)
    data = load_images(f"hf:{tmp_path}")
    values = data.test.images[:, 0].numpy()
    flat = np.corrcoef(values.ravel(), arrays.ravel().astype(float))
    assert flat[0, 1] == pytest.approx(1, abs=1e-6)


def test_a_folder_a_class_is_read_with_or_without_train_and_test(tmp_path):
    for part in ("train", "test"):
        for label in ("cat", "dog"):
            (tmp_path / "parts" / part / label).mkdir(parents=True)
            for i, array in enumerate(pictures(6, (7, 7, 3))):
                (tmp_path / "parts" / part / label / f"{i}.png").write_bytes(encoded(array))
    (tmp_path / "whole").mkdir()
    for label in ("cat", "dog"):
        (tmp_path / "whole" / label).mkdir()
        for i, array in enumerate(pictures(10, (7, 7))):
            (tmp_path / "whole" / label / f"{i}.png").write_bytes(encoded(array))
    parts, whole = (load_images(f"folder:{tmp_path / name}") for name in ("parts", "whole"))
    assert (parts.shape, whole.shape) == ((3, 7, 7), (1, 7, 7))
    assert [len(whole.train) + len(whole.validation), len(whole.test)] == [16, 4]
    assert whole.test.labels.tolist() == [0, 0, 1, 1]


def test_images_of_several_sizes_are_scaled_to_the_one_asked_for(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(10):
            (tmp_path / label / f"{i}.png").write_bytes(encoded(pictures(1, (6 + i, 9, 3))[0]))
    with pytest.raises(InputError, match="several sizes"):
        load_images(f"folder:{tmp_path}")
    assert load_images(f"folder:{tmp_path}", size=8).shape == (3, 8, 8)


def test_images_of_16_bits_keep_their_greys(tmp_path):
    deep = np.linspace(0, 65535, 25).reshape(5, 5).astype(np.uint16)
    write_parquet(tmp_path, "train", [deep] * 10, [0, 1] * 5)
    write_parquet(tmp_path, "test", [deep >> 8 << 8], [0])
    values = load_images(f"hf:{tmp_path}").test.images.flatten().tolist()
    assert len(set(values)) == 25
    assert values == sorted(values)


def test_train_and_test_have_one_form(tmp_path):
    write_parquet(tmp_path, "train", pictures(10, (5, 5, 3)), [0, 1] * 5)
    write_parquet(tmp_path, "test", pictures(4, (5, 5)), [0, 1] * 2)
    data = load_images(f"hf:{tmp_path}")
    assert data.shape == data.test.images.shape[1:] == (3, 5, 5)
    write_parquet(tmp_path, "test", pictures(4, (6, 5)), [0, 1] * 2)
    with pytest.raises(InputError, match=r"5x5 and 6x5 in train and test; .*--size"):
        load_images(f"hf:{tmp_path}")
    assert load_images(f"hf:{tmp_path}", size=4).shape == (3, 4, 4)


def test_broken_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no train\.parquet"):
        load_images(f"hf:{tmp_path}")
    pq.write_table(pa.table({"picture": [1]}), tmp_path / "train.parquet")
    with pytest.raises(InputError, match=r"train\.parquet: expected the columns image"):
        load_images(f"hf:{tmp_path}")
    write_parquet(tmp_path, "train", pictures(2, (3, 3)), [0, 1])
    rows = {"image": [{"bytes": b"no image", "path": None}], "label": [0]}
    pq.write_table(pa.table(rows), tmp_path / "test.parquet")
    with pytest.raises(InputError, match=r"test\.parquet, row 0: cannot read this image"):
        load_images(f"hf:{tmp_path}")
    with pytest.raises(InputError, match="no folder"):
        load_images(f"folder:{tmp_path / 'missing'}")


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
            self.data = pictures(n, (32, 32, 3), int(train))
            self.targets = [i % 10 for i in range(n)]

    monkeypatch.setattr("torchvision.datasets.CIFAR10", Fake)
    data = load_images("cifar10", tmp_path)
    assert data.mirrored
    assert (data.shape, data.classes, len(data.train), len(data.test)) == ((3, 32, 32), 10, 45, 10)


def test_sets_that_have_a_size_are_not_scaled():
    with pytest.raises(InputError, match="a size is for"):
        load_images("digits", size=16)


def test_what_does_not_fit_on_the_device_travels_in_batches(small_digits):
    part = replace(small_digits.train, device=torch.device("cpu"))
    batches = list(part.epoch(32, torch.Generator().manual_seed(0)))
    expected = list(small_digits.train.epoch(32, torch.Generator().manual_seed(0)))
    assert all(torch.equal(a.images, b.images) for a, b in zip(batches, expected, strict=True))
    assert sum(len(batch) for batch in part.in_order(50)) == len(part)
