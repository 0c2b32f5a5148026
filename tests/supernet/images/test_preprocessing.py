import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from picture_files import encoded, picture
from PIL import Image

from archgraph import InputError
from supernet.images.pictures import PixelFormat
from supernet.images.preprocessing import Preprocessing, fitted, statistics

COLOUR = Preprocessing(channels=3, height=8, width=6, mean=(0.5, 0.4, 0.25), deviation=(0.25, 0.2, 0.1))


def test_any_picture_becomes_a_network_s_input(tmp_path):
    file = tmp_path / "x.png"
    file.write_bytes(encoded(picture(0)))
    made = COLOUR.apply(file)
    pixels = np.array(Image.open(file).resize((6, 8), Image.Resampling.BILINEAR)).transpose(2, 0, 1) / 255
    expected = (pixels - np.reshape(COLOUR.mean, (3, 1, 1))) / np.reshape(COLOUR.deviation, (3, 1, 1))
    torch.testing.assert_close(made, torch.tensor(expected, dtype=torch.float32))
    torch.testing.assert_close(COLOUR.unit(file.read_bytes()), torch.tensor(pixels, dtype=torch.float32))
    assert torch.equal(made, COLOUR.apply(file.read_bytes()))
    with pytest.raises(InputError, match="a picture of 3 bytes: cannot read this image"):
        COLOUR.apply(b"no!")


def test_standardised_images_are_pixels_again():
    pixels = torch.randint(0, 256, (2, 3, 8, 6), dtype=torch.uint8)
    kept = pixels.float()
    again = COLOUR.pixels(COLOUR.standardise(kept))
    assert torch.equal(again.round().to(torch.uint8), pixels)
    assert torch.equal(kept, pixels.float())
    torch.testing.assert_close(COLOUR.standardise(kept / 255, white=1), COLOUR.standardise(kept))


@given(st.integers(1, 5), st.sampled_from([torch.uint8, torch.float32]), st.integers(0, 99))
def test_statistics_are_exact_in_any_batches(size, dtype, seed):
    pixels = torch.randint(0, 256, (7, 3, 4, 5), generator=torch.Generator().manual_seed(seed)).to(dtype)
    mean, deviation = statistics(pixels.split(size))
    assert (mean, deviation) == statistics([pixels])
    unit = pixels.double() / 255
    torch.testing.assert_close(torch.tensor(mean, dtype=torch.float64), unit.mean((0, 2, 3)))
    torch.testing.assert_close(torch.tensor(deviation, dtype=torch.float64), unit.std((0, 2, 3), correction=0))


def test_pictures_of_one_colour_are_standardised_too():
    made = fitted(PixelFormat(channels=1, height=2, width=2), [torch.full((3, 1, 2, 2), 7, dtype=torch.uint8)])
    assert made.standardise(torch.full((1, 1, 2, 2), 7, dtype=torch.uint8)).abs().max() < 1e-3


@pytest.mark.parametrize("depth", [None, 4095])
def test_it_travels_as_json(depth):
    made = Preprocessing(**{**vars(COLOUR), "depth": depth, "background": 0})
    assert Preprocessing.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert made.to_dict() == {
        "channels": 3,
        "size": [8, 6],
        "resize": "bilinear",
        "scale": {"8 bits": 255, "16 bits": depth},
        "background": 0,
        "mean": [0.5, 0.4, 0.25],
        "deviation": [0.25, 0.2, 0.1],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"channels": 2},
        {"channels": "3"},
        {"channels": True},
        {"size": [8]},
        {"size": None},
        {"size": [0, 6]},
        {"scale": {"8 bits": 1, "16 bits": None}},
        {"scale": {}},
        {"background": 300},
        {"resize": "bicubic"},
        {"mean": [0.5]},
        {"mean": [0.5, float("nan"), 0.1]},
        {"mean": "abc"},
        {"deviation": [0.1, 0.0, 0.1]},
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(change):
    with pytest.raises(InputError, match="the preprocessing") as refused:
        Preprocessing.from_dict(COLOUR.to_dict() | change)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", sorted(COLOUR.to_dict()))
def test_what_is_missing_is_refused(name):
    settings = COLOUR.to_dict()
    del settings[name]
    with pytest.raises(InputError, match=f"the preprocessing has no proper '{name}'"):
        Preprocessing.from_dict(settings)
