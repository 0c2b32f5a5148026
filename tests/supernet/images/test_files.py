"""Folders of pictures as people keep them: right, or refused in one line."""

import numpy as np
import pytest
import torch
from picture_files import encoded, picture, write_folder, write_parquet
from PIL import Image

from archgraph import InputError
from supernet.images.datasets import load_images


def load(folder, **options):
    return load_images(f"folder:{folder}", **options)


def told_apart(data):
    """Whether all images are of their class: which half is bright, and none is black."""
    for part in data.parts.values():
        for batch in part.in_order():
            images = batch.images.mean(1)
            upper = images[:, : images.shape[1] // 2].mean((1, 2)) - images.mean((1, 2))
            left = images[:, :, : images.shape[2] // 2].mean((1, 2)) - images.mean((1, 2))
            if not torch.equal((left > upper).long(), batch.labels):
                return False
    return True


def counts(data):
    return [data.counts(part) for part in data.parts.values()]


def test_pictures_as_they_are(tmp_path):
    data = load(write_folder(tmp_path, counts=(20, 10)))
    assert data.class_names == ("cat", "dog")
    assert counts(data) == [[16, 16], [4, 4], [10, 10]]
    assert told_apart(data)
    pixels = data.preprocessing.pixels(data.test.images).round().to(torch.uint8)
    assert torch.equal(pixels[3], torch.tensor(picture(0, seed=3)).permute(2, 0, 1))


def test_every_image_is_as_the_preprocessing_makes_it(tmp_path):
    write_folder(tmp_path, counts=(20, 10))
    (tmp_path / "train/cat/z.png").write_bytes(encoded(picture(0, (20, 24))))
    data = load(tmp_path)
    files = sorted((tmp_path / "test/cat").iterdir()) + sorted((tmp_path / "test/dog").iterdir())
    assert torch.equal(torch.stack([data.preprocessing.apply(file) for file in files]), data.test.images)


def test_parts_that_are_not_given_are_drawn_by_class(tmp_path):
    data = load(write_folder(tmp_path / "whole", parts=("",), counts=(20,)))
    assert counts(data) == [[13, 13], [3, 3], [4, 4]]
    assert "test and validation drawn from train, balanced by class" in data.notes
    assert data.shortage().startswith("6 validation images, 3 of class cat, are too few to decide by")
    assert told_apart(data)
    data = load(write_folder(tmp_path / "val", parts=("train", "val"), counts=(20, 5)))
    assert counts(data) == [[16, 16], [5, 5], [4, 4]]


def test_a_validation_part_stays(tmp_path):
    data = load(write_folder(tmp_path, parts=("train", "Valid", "test"), counts=(20, 7, 5)))
    assert counts(data) == [[20, 20], [7, 7], [5, 5]]
    assert data.train.labels.tolist() != sorted(data.train.labels.tolist())


def test_few_pictures_of_a_class_are_in_every_part_or_it_is_said(tmp_path):
    write_folder(tmp_path, parts=("",), classes=("a", "b", "c", "d"), counts=(60,))
    for label, kept in {"b": 5, "c": 3, "d": 1}.items():
        for file in sorted((tmp_path / label).iterdir())[kept:]:
            file.unlink()
    data = load(tmp_path)
    assert all(min(each[:3]) > 0 for each in counts(data))
    assert [each[3] for each in counts(data)] == [1, 0, 0]
    assert "validation 12 (a 10, b 1, c 1, d 0)" in data.described()


def test_turned_photos_are_upright(tmp_path):
    write_folder(tmp_path, counts=(20, 10), ending="jpg")
    for file in tmp_path.glob("*/dog/*.jpg"):
        exif = Image.Exif()
        exif[0x112] = 6
        Image.open(file).transpose(Image.Transpose.ROTATE_90).save(file, exif=exif)
    assert told_apart(load(tmp_path))


def test_values_up_to_255_in_16_bits_are_seen(tmp_path):
    write_folder(tmp_path)
    for file in tmp_path.glob("*/*/*.png"):
        Image.fromarray(np.array(Image.open(file).convert("L")).astype(np.uint16)).save(file)
    data = load(tmp_path)
    assert data.preprocessing.depth == 255
    assert "255 is white" in data.described()
    assert told_apart(data)


@pytest.mark.parametrize(("shade", "said"), [(0, "white"), (255, "black")])
def test_pictures_in_the_alpha_channel_are_seen(shade, said, tmp_path):
    write_folder(tmp_path)
    for file in tmp_path.glob("*/*/*.png"):
        alpha = np.array(Image.open(file).convert("L"))
        alpha = 255 - alpha if shade == 0 else alpha
        Image.fromarray(np.dstack([np.full((16, 16, 3), shade, np.uint8), alpha])).save(file)
    data = load(tmp_path)
    assert f"transparency composed on {said}" in data.notes
    assert told_apart(data)


@pytest.mark.parametrize("ending", ["tif", "bmp", "webp", "gif", "jpg", "ppm"])
def test_formats_are_mixed(ending, tmp_path):
    write_folder(tmp_path)
    for file in tmp_path.glob("*/dog/*.png"):
        Image.open(file).save(file.with_suffix(f".{ending}"))
        file.unlink()
    assert told_apart(load(tmp_path))


def test_a_picture_is_told_by_its_content(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "train/cat/000.png").write_bytes(encoded(picture(0), "JPEG"))
    assert told_apart(load(tmp_path))


def test_palettes_and_cmyk_become_colours(tmp_path):
    write_folder(tmp_path)
    for file in tmp_path.glob("*/dog/*.png"):
        Image.open(file).quantize(64).save(file)
    for file in tmp_path.glob("*/cat/*.png"):
        Image.open(file).convert("CMYK").save(file.with_suffix(".tif"))
        file.unlink()
    data = load(tmp_path)
    assert data.shape == (3, 16, 16)
    assert told_apart(data)


def test_several_sizes_become_one(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "train/cat/z.png").write_bytes(encoded(picture(0, (20, 24))))
    data = load(tmp_path)
    assert data.shape == (3, 16, 16)
    assert "scaled to 16x16 from 16x16 to 20x24" in data.notes
    assert told_apart(data)
    assert load(tmp_path, size=8).shape == (3, 8, 8)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_class_that_one_part_lacks_is_refused(part, tmp_path):
    write_folder(tmp_path, classes=("cat", "dog", "eel"))
    for file in (tmp_path / part / "eel").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="class eel") as refused:
        load(tmp_path)
    assert "\n" not in str(refused.value)


def test_a_damaged_picture_is_named(tmp_path):
    write_folder(tmp_path)
    file = tmp_path / "test/dog/001.png"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(InputError, match=r"test.dog.001\.png: cannot read this image"):
        load(tmp_path)


def test_one_picture_is_too_few(tmp_path):
    with pytest.raises(InputError, match="has too few images to draw a test part from: 2"):
        load(write_folder(tmp_path, parts=("",), counts=(1,)))


def test_tables_have_classes_by_name_and_parts_by_any_name(tmp_path):
    for part, count in (("train", 20), ("validation", 6), ("test", 8)):
        pictures = [picture(i % 2, seed=i) for i in range(count)]
        write_parquet(
            tmp_path / f"{part}-0.parquet", pictures, [1 + i % 2 for i in range(count)], ("img", "fine_label")
        )
    data = load_images(f"hf:{tmp_path}")
    assert data.class_names == ("1", "2")
    assert counts(data) == [[10, 10], [3, 3], [4, 4]]
    assert told_apart(data)
    assert data.notes[:2] == ("columns img and fine_label", "labels 1, 2 are the classes 0 to 1")
