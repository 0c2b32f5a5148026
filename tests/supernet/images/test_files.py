import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from archgraph import InputError
from supernet.images.datasets import load_images


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
