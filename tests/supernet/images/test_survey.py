import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_files import encoded, picture

from archgraph import InputError
from supernet.images.preprocessing import EncodedBytes
from supernet.images.survey import common_format


def survey(*values, size=None):
    """Of pictures as arrays, or encoded."""
    return common_format([EncodedBytes(v if isinstance(v, bytes) else encoded(v)) for v in values], size)


def test_pictures_of_one_size_stay_as_they_are():
    form, notes = survey(picture(0, (20, 24)), picture(1, (20, 24)))
    assert (form.channels, form.height, form.width, form.depth, form.background) == (3, 20, 24, None, 255)
    assert notes == ()


@given(st.lists(st.tuples(st.integers(1, 120), st.integers(1, 120)), min_size=2, max_size=5, unique=True))
def test_pictures_of_several_sizes_are_scaled_to_one_and_it_is_said(sizes):
    form, notes = survey(*(picture(0, size) for size in sizes))
    assert form.height == form.width
    assert form.height % 8 == 0
    assert 8 <= form.height <= 64
    assert notes[0].startswith(f"scaled to {form.height}x{form.width} from ")


def test_the_median_decides():
    assert survey(*[picture(0)] * 9, picture(0, (20, 24)))[0].height == 16
    assert survey(picture(0, (300, 300)), picture(0, (300, 300)))[0].height == 64


def test_a_size_that_is_asked_for_is_taken():
    form, notes = survey(picture(0, (20, 24)), size=32)
    assert (form.height, form.width, notes) == (32, 32, ("scaled to 32x32 from 20x24",))
    assert survey(picture(0), size=16)[1] == ()


def test_grey_only_where_all_are_grey():
    grey = picture(0)[:, :, 0]
    assert survey(grey, grey)[0].channels == 1
    assert survey(grey, picture(0))[0].channels == 3


@pytest.mark.parametrize(("largest", "depth"), [(1, 1), (206, 255), (300, 1023), (4095, 4095), (40_000, 65535)])
def test_the_depth_is_of_the_whole_set(largest, depth):
    dark, light = (np.full((4, 4), value, np.uint16) for value in (0, largest))
    form, notes = survey(dark, light)
    assert form.depth == depth
    assert notes == (f"values of more than 8 bits reach {largest}: {depth} is white",)


@pytest.mark.parametrize(
    ("shades", "background", "said"),
    [((0, 0), 255, "white"), ((255, 255), 0, "black"), ((0, 255), 128, "grey")],
)
def test_transparent_pictures_are_put_where_they_are_seen(shades, background, said):
    pictures = []
    for shade in shades:
        values = np.full((8, 8, 4), shade, np.uint8)
        values[:4, :, 3] = 0
        values[4:, :, 3] = 255
        pictures.append(values)
    form, notes = survey(*pictures)
    assert form.background == background
    assert notes == (f"transparency composed on {said}",)


def test_pictures_of_several_frames_are_said():
    from io import BytesIO

    from PIL import Image

    data = BytesIO()
    frames = [Image.fromarray(picture(kind)[:, :, 0]) for kind in (0, 1)]
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:])
    assert survey(data.getvalue())[1] == ("1 picture of several frames or pages: the first is read",)


def test_a_damaged_picture_is_named():
    with pytest.raises(InputError, match="a picture of 2 bytes: cannot read"):
        survey(picture(0), b"no")
