import io
import os
import struct
import subprocess
import sys
import zlib
from contextlib import suppress

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from picture_files import encoded, picture
from PIL import Image

from archgraph import InputError
from archgraph.texts import printable
from supernet.images.pictures import FORMATS, PixelFormat, decode, depth_of, picture_info
from supernet.images.preprocessing import EncodedBytes

TURNED = {  # how a camera that says so has stored what stands upright
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
LOSSLESS = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}


def form(channels=3, height=16, width=16, **more):
    return PixelFormat(channels=channels, height=height, width=width, **more)


def decoded(data, *args, **more):
    return decode(EncodedBytes(data), form(*args, **more))


def png16(values):
    """[height, width, channels] uint16 as a PNG of 16 bits."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, channels = values.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@given(st.sampled_from(sorted(TURNED)), st.sampled_from(sorted(LOSSLESS)), st.integers(1, 12), st.integers(1, 12))
def test_pictures_are_turned_as_exif_says(orientation, kind, height, width):
    upright = Image.fromarray(picture(0, (height, width)))
    stored = upright if TURNED[orientation] is None else upright.transpose(TURNED[orientation])
    exif = Image.Exif()
    exif[0x112] = orientation
    data = encoded(stored, kind, exif=exif, **LOSSLESS[kind])
    info = picture_info(EncodedBytes(data))
    assert (info.height, info.width, info.colour) == (height, width, True)
    assert torch.equal(decoded(data, 3, height, width), torch.tensor(np.array(upright)).permute(2, 0, 1))


def test_a_photo_is_turned_too():
    exif = Image.Exif()
    exif[0x112] = 6
    upright = Image.fromarray(picture(1, (32, 32)))
    data = encoded(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)
    error = decoded(data, 3, 32, 32).float() - torch.tensor(np.array(upright)).permute(2, 0, 1)
    assert error.abs().mean() < 20
    assert decoded(data, 3, 32, 32)[:, :, :16].float().mean() > decoded(data, 3, 32, 32)[:, :, 16:].float().mean() + 80


@given(st.sampled_from(["L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "F"]), st.sampled_from([1, 3]))
def test_any_mode_becomes_grey_or_colour(mode, channels):
    grey = np.full((8, 8), 200, np.uint8)
    grey[:, :4] = 0
    image = Image.fromarray(grey.astype({"I;16": np.uint16, "F": np.float32}.get(mode, np.uint8)))
    image = image.convert(mode) if mode not in ("I;16", "F") else image
    data = encoded(image, "JPEG" if mode == "YCbCr" else "TIFF")
    pixels = decoded(data, channels, 8, 8).float()
    assert pixels.shape == (channels, 8, 8)
    assert pixels[:, :, :2].max() < 20
    assert pixels[:, :, 6:].min() > 180
    assert picture_info(EncodedBytes(data)).colour is (mode in ("P", "RGB", "RGBA", "CMYK", "YCbCr"))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_named_format_is_read(kind):
    options = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}, "AVIF": {"quality": 100}}.get(kind, {})
    values = np.full((16, 16, 3), 30, np.uint8)
    values[:8] = 220
    pixels = decoded(encoded(values, kind, **options))
    assert (pixels.float() - torch.tensor(values).permute(2, 0, 1)).abs().max() < 12


@given(st.integers(1, 4), st.sampled_from([255, 4095, 65535]), st.sampled_from([1, 3]))
def test_pictures_of_16_bits_keep_all_values(planes, largest, channels):
    values = np.random.default_rng(planes).integers(0, largest + 1, (6, 5, planes), dtype=np.uint16)
    values[0, 0] = largest
    if planes in (2, 4):
        values[:, :, -1] = largest  # opaque
    data = EncodedBytes(png16(values))
    assert picture_info(data).largest == largest
    pixels = decode(data, form(channels, 6, 5, depth=largest))
    shown = values[:, :, : 1 if planes < 3 else 3].astype(np.float64) * 255 / largest
    if channels == 1 and planes > 2:
        shown = shown @ np.array([[0.299], [0.587], [0.114]])
    expected = torch.tensor(shown).permute(2, 0, 1).expand(channels, -1, -1).float()
    torch.testing.assert_close(pixels, expected, atol=1e-3, rtol=1e-5)


def test_values_up_to_255_in_16_bits_are_not_black():
    values = picture(0)[:, :, 0]
    assert torch.equal(decoded(encoded(values.astype(np.uint16)), 1).to(torch.uint8), decoded(encoded(values), 1))


@pytest.mark.parametrize("value", [-1.0, 70000.0, float("nan")])
def test_values_without_a_scale_are_refused(value):
    values = np.ones((4, 4), np.float32)
    values[1, 1] = value
    with pytest.raises(InputError, match=r"an image of values from .*; 0 to 65535 are read"):
        decoded(encoded(values, "TIFF"))


def test_transparency_is_composed_and_an_even_one_ignored():
    values = np.zeros((16, 16, 4), np.uint8)
    values[:8, :, 3] = 255
    assert decoded(encoded(values), 1)[0, :, 0].tolist() == [0] * 8 + [255] * 8
    assert decoded(encoded(values), 1, background=128)[0, :, 0].tolist() == [0] * 8 + [128] * 8
    values[:, :, :3], values[:, :, 3] = 77, 0
    assert decoded(encoded(values), 1).unique().tolist() == [77]


def test_where_nothing_is_seen_is_known_of_transparent_pictures():
    values = np.zeros((16, 16, 4), np.uint8)
    values[:8, :, 3] = 255
    assert picture_info(EncodedBytes(encoded(values))).unseen == (False, True, False)
    values[:, :, :3] = 255
    assert picture_info(EncodedBytes(encoded(values))).unseen == (True, False, False)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20), st.integers(1, 20))
def test_pictures_are_scaled_as_pillow_scales_them(height, width, new_height, new_width):
    values = picture(1, (height, width))
    expected = np.array(Image.fromarray(values).resize((new_width, new_height), Image.Resampling.BILINEAR))
    assert torch.equal(decoded(encoded(values), 3, new_height, new_width), torch.tensor(expected).permute(2, 0, 1))


def test_the_first_frame_is_read_and_the_others_said():
    first, second = (Image.fromarray(picture(kind)[:, :, 0]) for kind in (0, 1))
    data = io.BytesIO()
    first.save(data, "TIFF", save_all=True, append_images=[second])
    assert picture_info(EncodedBytes(data.getvalue())).several
    assert torch.equal(decoded(data.getvalue(), 1), torch.tensor(np.array(first))[None])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n",
        encoded(picture(0))[:200],
        encoded(picture(0), "JPEG")[:300],
        encoded(picture(0), "TIFF")[:100],
        png16(picture(0).astype(np.uint16))[:700],
    ],
)
def test_what_is_no_whole_picture_is_refused_in_one_line(data, tmp_path):
    file = tmp_path / "x.png"
    file.write_bytes(data)
    with pytest.raises(InputError, match=r"x\.png: cannot read this image") as refused:
        decode(file, form())
    assert "\n" not in str(refused.value)


def test_no_program_is_started_for_a_picture_of_another_kind(tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *args, **kwargs: pytest.fail("a program was started"))
    file = tmp_path / "x.png"
    file.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n")
    with pytest.raises(InputError, match=r"x\.png: cannot read this image; none of PNG"):
        decode(file, form())


def test_bombs_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with pytest.raises(InputError, match="an image of so many pixels is not read"):
        decoded(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 9) + b"IDAT")
    monkeypatch.setattr("supernet.images.pictures.MAX_PIXELS", 100)
    with pytest.raises(InputError, match="an image of so many pixels is not read"):
        decoded(encoded(picture(0)))
    monkeypatch.setattr("supernet.images.pictures.MAX_ENCODED", 100)
    with pytest.raises(InputError, match="an image of more than 0 MiB"):
        decoded(encoded(picture(0)))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.png: cannot read this image"):
        decode(tmp_path / "gone.png", form())


def test_depths_hold_their_values():
    assert [depth_of(v) for v in (0, 0.5, 1, 2, 255, 256, 4000, 65535)] == [1, 1, 1, 255, 255, 1023, 4095, 65535]


@given(st.binary(max_size=12))
def test_any_name_prints_as_one_line(name):
    shown = printable(os.fsdecode(name))
    assert shown.isprintable()
    assert shown.encode("utf-8") == shown.encode("utf-8", "surrogatepass")


@given(st.integers(2, 4), st.randoms())
def test_a_damaged_picture_of_16_bits_is_refused_or_read_and_never_ends_the_process(planes, rng):
    data = bytearray(png16(np.random.default_rng(planes).integers(0, 65536, (6, 5, planes), dtype=np.uint16)))
    data[-20] ^= 1  # the checksum of all values
    data[rng.randrange(41, len(data) - 20)] ^= 1 << rng.randrange(8)
    data[-16:-12] = struct.pack(">I", zlib.crc32(data[37:-16]))
    with suppress(InputError):
        decoded(bytes(data))


def test_what_is_seen_of_a_large_transparent_picture_and_composed_takes_no_copies_of_floats(monkeypatch):
    values = np.random.default_rng(0).integers(0, 256, (90, 70, 4), dtype=np.uint8)
    deep = png16(values.astype(np.uint16) * 257)
    whole = [decode(EncodedBytes(data), form(3, 90, 70, background=128)) for data in (encoded(values), deep)]
    known = [picture_info(EncodedBytes(data)) for data in (encoded(values), deep)]
    monkeypatch.setattr("supernet.images.pictures._BAND", 300)
    monkeypatch.setattr("supernet.images.pictures._LOOKED_AT", 300)
    in_bands = [decode(EncodedBytes(data), form(3, 90, 70, background=128)) for data in (encoded(values), deep)]
    assert all(map(torch.equal, whole, in_bands))
    assert [picture_info(EncodedBytes(data)) for data in (encoded(values), deep)] == known


def test_a_small_file_of_a_huge_transparent_picture_takes_no_more_memory_than_its_pixels(tmp_path):
    file, side = tmp_path / "bomb.png", 5000
    Image.new("RGBA", (side, side)).save(file)
    code = (
        "import resource, sys; from pathlib import Path; from supernet.images.pictures import picture_info;"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10;"
        "before = used(); picture_info(Path(sys.argv[1])); print(used() - before)"
    )
    taken = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True).stdout
    assert int(taken) < 2 * 4 * side**2


def test_pictures_of_too_many_deep_values_are_refused(monkeypatch):
    monkeypatch.setattr("supernet.images.pictures.MAX_DEEP", 100)
    data = EncodedBytes(png16(np.zeros((6, 6, 3), np.uint16)))
    for read in (picture_info, lambda picture: decode(picture, form())):
        with pytest.raises(InputError, match="more than 100 values of more than 8 bits is not read; scale it"):
            read(data)
