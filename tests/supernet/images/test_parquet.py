import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from picture_files import encoded, picture, write_parquet

from archgraph import InputError
from supernet.images.parquet import read_parquet

PICTURES = [picture(i % 2, seed=i) for i in range(6)]
LABELS = [0, 1] * 3


def write(folder, columns=("image", "label"), labels=LABELS, parts=("train", "test"), **options):
    for part in parts:
        write_parquet(folder / f"{part}.parquet", PICTURES, labels, columns, **options)
    return folder


def test_pictures_stay_as_they_are_in_order(tmp_path):
    listing = read_parquet(write(tmp_path))
    assert list(listing.parts) == ["train", "test"]
    assert [p.read_bytes() for p in listing.parts["train"].pictures] == [encoded(p) for p in PICTURES]
    assert list(listing.parts["train"].labels) == LABELS
    assert (listing.names, listing.notes) == (None, ())
    assert str(listing.parts["test"].pictures[3]) == f"{tmp_path / 'test.parquet'}, row 3"


@pytest.mark.parametrize("columns", [("img", "fine_label"), ("picture", "Class"), ("anything", "some_number")])
def test_columns_may_have_other_names(columns, tmp_path):
    listing = read_parquet(write(tmp_path, columns))
    assert list(listing.parts["train"].labels) == LABELS
    assert listing.notes == (f"columns {columns[0]} and {columns[1]}",)


def test_plain_bytes_and_other_columns_are_read(tmp_path):
    data = [encoded(p) for p in PICTURES]
    table = pa.table({"data": data, "weight": [0.5] * 6, "label": LABELS, "id": list(range(6)), "row": list("abcdef")})
    pq.write_table(table, tmp_path / "train.parquet")
    listing = read_parquet(tmp_path)
    assert [p.read_bytes() for p in listing.parts["train"].pictures] == data


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"left": [b"x"], "right": [b"y"], "label": [1]}, r"several columns could be the image \(left, right\); call"),
        ({"image": [b"x"], "label": [1], "class": [2]}, r"several columns could be the label \(label, class\); call"),
        ({"image": [b"x"], "a": [1], "b": ["z"]}, r"several columns could be the label \(a, b\); call one label"),
        ({"image": [b"x"], "a": [0.5]}, "no label is among image: binary, a: double"),
        ({"label": [1]}, "expected the columns image.*, but no image is among label: int64"),
    ],
)
def test_columns_that_are_unclear_are_named(more, reason, tmp_path):
    pq.write_table(pa.table(more), tmp_path / "train.parquet")
    with pytest.raises(InputError, match=reason):
        read_parquet(tmp_path)


@pytest.mark.parametrize("labels", [["cat", "dog"] * 3, pa.array(["cat", "dog"] * 3).dictionary_encode()])
def test_labels_may_be_texts(labels, tmp_path):
    listing = read_parquet(write(tmp_path, labels=labels))
    assert list(listing.parts["train"].labels) == ["cat", "dog"] * 3


def test_labels_may_be_truths_and_any_numbers(tmp_path):
    assert list(read_parquet(write(tmp_path / "a", labels=[False, True] * 3)).parts["train"].labels) == LABELS
    labels = pa.array([-5, 1 << 40] * 3)
    assert list(read_parquet(write(tmp_path / "b", labels=labels)).parts["train"].labels) == labels.to_pylist()


def test_names_of_labels_are_read(tmp_path):
    assert read_parquet(write(tmp_path, names=["cat", "dog"])).names == ["cat", "dog"]


@pytest.mark.parametrize("found", ["{", "[]", json.dumps({"info": {"features": {"label": {"_type": "Value"}}}})])
def test_metadata_without_names_is_no_error(found, tmp_path):
    table = pa.table({"image": [encoded(p) for p in PICTURES], "label": LABELS})
    pq.write_table(table.replace_schema_metadata({"huggingface": found}), tmp_path / "train.parquet")
    assert read_parquet(tmp_path).names is None


@pytest.mark.parametrize(
    "files",
    [
        ("train-00000-of-00001.parquet", "validation-00000-of-00001.parquet", "test-00000-of-00001-ab12.parquet"),
        ("data/train-0.parquet", "data/valid-0.parquet", "data/test-0.parquet"),
        ("plain/train/0000.parquet", "plain/dev/0000.parquet", "plain/test/0000.parquet"),
    ],
)
def test_parts_have_any_usual_name_and_folder(files, tmp_path):
    for file in files:
        write_parquet(tmp_path / file, PICTURES, LABELS)
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache/train.parquet").write_bytes(b"")
    assert {part: len(p.pictures) for part, p in read_parquet(tmp_path).parts.items()} == {
        "train": 6,
        "validation": 6,
        "test": 6,
    }


def test_files_and_row_groups_of_a_part_follow_each_other(tmp_path):
    for i in range(2):
        write_parquet(tmp_path / f"train-{i}.parquet", PICTURES[3 * i : 3 * i + 3], LABELS[:3], row_group_size=2)
    found = read_parquet(tmp_path).parts["train"]
    assert [p.read_bytes() for p in found.pictures] == [encoded(p) for p in PICTURES]


def test_files_without_parts_are_one(tmp_path):
    write(tmp_path, parts=("0000", "0001"))
    assert {part: len(p.pictures) for part, p in read_parquet(tmp_path).parts.items()} == {"train": 12}


def test_files_of_no_part_are_passed_over_with_a_word(tmp_path):
    write(tmp_path, parts=("train", "test", "unsupervised"))
    assert read_parquet(tmp_path).notes == ("passed over files of no part (unsupervised.parquet)",)


def test_two_data_sets_are_not_mixed(tmp_path):
    write(tmp_path / "small")
    write(tmp_path / "large")
    with pytest.raises(InputError, match=r"holds several data sets \(large, small\); name the folder of one"):
        read_parquet(tmp_path)


def test_parts_of_other_kinds_are_refused(tmp_path):
    write(tmp_path, parts=("train",))
    write(tmp_path, parts=("test",), labels=["a", "b"] * 3)
    with pytest.raises(InputError, match="labels are texts in one file and numbers in another"):
        read_parquet(tmp_path)
    write(tmp_path, parts=("test",), columns=("img", "label"))
    with pytest.raises(InputError, match=r"test\.parquet: its columns are not those of .*train\.parquet"):
        read_parquet(tmp_path)
    write(tmp_path, parts=("test",), names=["a", "b"])
    with pytest.raises(InputError, match=r"test\.parquet: its classes are called otherwise"):
        read_parquet(tmp_path)


def test_a_missing_label_is_named(tmp_path):
    write(tmp_path, labels=[0, 1, 0, None, 0, 1])
    with pytest.raises(InputError, match=r"train\.parquet, row 3: the label is missing"):
        read_parquet(tmp_path)


def test_a_picture_whose_bytes_lie_elsewhere_is_refused(tmp_path):
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({"image": pa.array([{"bytes": None, "path": "a.png"}], kind), "label": [0]})
    pq.write_table(table, tmp_path / "train.parquet")
    with pytest.raises(OSError, match="the table has no bytes of it"):
        read_parquet(tmp_path).parts["train"].pictures[0].read_bytes()


@pytest.mark.parametrize(
    "options",
    [{"use_dictionary": False}, {"use_dictionary": True}, {"use_dictionary": True, "write_statistics": False}],
)
def test_a_small_file_that_unpacks_to_much_is_refused(options, tmp_path):
    data = pa.array([{"bytes": b"\0" * (4 << 20), "path": None}] * 100)
    pq.write_table(
        pa.table({"image": data, "label": [0, 1] * 50}), tmp_path / "train.parquet", compression="zstd", **options
    )
    assert (tmp_path / "train.parquet").stat().st_size < 100_000
    with pytest.raises(InputError, match="unpacks to more than a set of images of that size"):
        read_parquet(tmp_path)


def test_more_rows_than_bytes_are_refused(tmp_path):
    table = pa.table({"image": pa.nulls(1 << 20, pa.binary()), "label": np.zeros(1 << 20, int)})
    pq.write_table(table, tmp_path / "train.parquet")
    with pytest.raises(InputError, match="unpacks to more"):
        read_parquet(tmp_path)


def test_what_does_not_fit_into_memory_is_refused(tmp_path, monkeypatch):
    write(tmp_path)
    monkeypatch.setattr("supernet.images.parquet.available_memory", lambda: 2000)
    with pytest.raises(InputError, match="or than fits into memory; folder:DIR holds sets of any size"):
        read_parquet(tmp_path)


@pytest.mark.parametrize("place", range(0, 40, 3))
def test_a_damaged_file_is_refused_in_one_line_or_read(place, tmp_path):
    write(tmp_path)
    file = tmp_path / "train.parquet"
    data = bytearray(file.read_bytes())
    at = len(data) * place // 40
    data[at : at + 8] = os.urandom(8)
    file.write_bytes(data)
    try:
        for picture in read_parquet(tmp_path).parts["train"].pictures:
            picture.read_bytes()
    except InputError as error:
        assert "train.parquet" in str(error)  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017


def test_files_that_are_missing_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no train\.parquet"):
        read_parquet(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        read_parquet(tmp_path / "missing")
    (tmp_path / "train.parquet").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"train\.parquet is no Parquet file"):
        read_parquet(tmp_path)
    pq.write_table(
        pa.table({"image": pa.array([], pa.binary()), "label": pa.array([], pa.int64())}), tmp_path / "train.parquet"
    )
    with pytest.raises(InputError, match=r"train\.parquet has no rows"):
        read_parquet(tmp_path)
