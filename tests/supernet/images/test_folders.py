import os
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_files import encoded, picture, write_folder

from archgraph import InputError
from supernet.images.folders import pictures_below, read_folder


def read(folder):
    """Pictures of each class of each part."""
    listing = read_folder(folder)
    found = {}
    for part, pictures in listing.parts.items():
        labels = list(pictures.labels)
        found[part] = {label: labels.count(label) for label in labels}
    return found, listing.notes


BOTH = {"cat": 8, "dog": 8}


def test_a_folder_a_class_is_read_with_or_without_parts(tmp_path):
    assert read(write_folder(tmp_path / "parts")) == ({"train": BOTH, "test": {"cat": 4, "dog": 4}}, ())
    assert read(write_folder(tmp_path / "whole", parts=("",))) == ({"train": BOTH}, ())


@pytest.mark.parametrize("names", [("train", "val"), ("Training", "VALID"), ("TRAIN", "dev"), ("train", "Validation")])
def test_validation_is_a_part_by_any_usual_name(names, tmp_path):
    found, _ = read(write_folder(tmp_path, parts=(*names, "Testing")))
    assert found == {"train": BOTH, "validation": {"cat": 4, "dog": 4}, "test": {"cat": 4, "dog": 4}}


def test_hidden_and_system_folders_are_no_classes(tmp_path):
    write_folder(tmp_path)
    for name in (".ipynb_checkpoints", "__MACOSX"):
        (tmp_path / "train" / name).mkdir()
        (tmp_path / "train" / name / "x.png").write_bytes(encoded(picture(0)))
    (tmp_path / ".git").mkdir()
    (tmp_path / "train/cat/Thumbs.db").write_bytes(b"")
    (tmp_path / "train/cat/._000.png").write_bytes(b"")
    found, notes = read(tmp_path)
    assert found["train"] == BOTH
    assert notes == (
        "passed over 5 hidden or system entries (._000.png, .git, .ipynb_checkpoints, Thumbs.db and 1 more)",
    )


def test_what_is_hidden_in_a_folder_without_parts_is_counted_once(tmp_path):
    write_folder(tmp_path, parts=("",))
    (tmp_path / ".git").mkdir()
    assert read(tmp_path) == ({"train": BOTH}, ("passed over 1 hidden or system entry (.git)",))


def test_other_files_and_loose_pictures_are_passed_over_with_a_word(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / "train/labels.csv").write_text("a,b")
    (tmp_path / "train/cat/raw.heic").write_text("x")
    (tmp_path / "train/cat/more.heic").write_text("x")
    (tmp_path / "train/loose.png").write_bytes(encoded(picture(0)))
    (tmp_path / "train/cat/gone.txt").symlink_to("nowhere")
    found, notes = read(tmp_path)
    assert found["train"] == BOTH
    assert notes == (
        "passed over 5 files of other kinds (.heic, .md, .txt, .csv)",
        "passed over 1 picture outside of class folders",
    )


def test_pictures_below_a_class_count(tmp_path):
    write_folder(tmp_path)
    deep = tmp_path / "train/dog/session1/morning"
    deep.mkdir(parents=True)
    for file in sorted((tmp_path / "train/dog").glob("*.png"))[1:]:
        file.rename(deep / file.name)
    (tmp_path / "train/cat/folder.png").mkdir()
    assert read(tmp_path)[0]["train"] == BOTH


@settings(max_examples=20)
@given(
    st.lists(st.sampled_from(["a", "b.png", "é", "日本", "x y", "train"]), min_size=0, max_size=4),
    st.sampled_from([".png", ".PNG", ".Jpg", ".tif", ".webp"]),
)
def test_any_depth_and_ending_counts(tmp_path_factory, below, ending):
    root = write_folder(tmp_path_factory.mktemp("nested"))
    folder = root.joinpath("train", "dog", *below)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"one{ending}").write_bytes(encoded(picture(1)))
    assert read(root) == ({"train": {"cat": 8, "dog": 9}, "test": {"cat": 4, "dog": 4}}, ())


def test_names_of_any_script_and_spelling_are_one_class(tmp_path):
    write_folder(tmp_path, classes=("über", "犬"))
    composed = tmp_path / "test" / unicodedata.normalize("NFC", "über")
    composed.rename(tmp_path / "test" / unicodedata.normalize("NFD", "über"))
    found, _ = read(tmp_path)
    assert found["train"].keys() == found["test"].keys() == {"über", "犬"}


def test_a_name_that_is_no_text_is_refused_in_one_line(tmp_path):
    write_folder(tmp_path)
    os.makedirs(os.fsencode(tmp_path) + b"/train/\xff\xfe")
    with pytest.raises(InputError, match=r"\\udcff\\udcfe: a class's name is printable UTF-8"):
        read_folder(tmp_path)


def test_a_link_to_nothing_is_named(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "train/cat/x.png").symlink_to("missing.png")
    with pytest.raises(InputError, match=r"x\.png is a link to nothing"):
        read_folder(tmp_path)


def test_links_to_pictures_and_folders_are_followed_but_not_in_circles(tmp_path):
    write_folder(tmp_path / "set")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "one.png").write_bytes(encoded(picture(0)))
    (tmp_path / "set/train/cat/more").symlink_to(elsewhere)
    (tmp_path / "set/train/cat/x.png").symlink_to(elsewhere / "one.png")
    assert read(tmp_path / "set")[0]["train"] == {"cat": 10, "dog": 8}
    (elsewhere / "again").symlink_to(elsewhere)
    with pytest.raises(InputError, match="is a link to a folder that it lies in"):
        read_folder(tmp_path / "set")


def test_a_pipe_is_not_waited_for(tmp_path):
    write_folder(tmp_path)
    os.mkfifo(tmp_path / "train/cat/x.png")
    with pytest.raises(InputError, match=r"x\.png is no regular file"):
        read_folder(tmp_path)


def test_a_class_without_any_picture_is_left_out_with_a_word(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "train/eel").mkdir()
    assert read(tmp_path) == ({"train": BOTH, "test": {"cat": 4, "dog": 4}}, ("no pictures of class eel: left out",))


def test_a_class_may_be_called_train(tmp_path):
    write_folder(tmp_path, parts=("",), classes=("bus", "train"))
    (tmp_path / "train/night").mkdir()
    (tmp_path / "train/night/x.png").write_bytes(encoded(picture(1)))
    assert read(tmp_path)[0] == {"train": {"bus": 8, "train": 9}}


@pytest.mark.parametrize(
    ("folders", "reason"),
    [
        (("train/cat", "test/cat", "extra/cat"), "extra is no part beside train; parts are called train, validation"),
        (("train/cat", "val/cat", "valid/cat"), "has two validation parts, val and valid; put them together"),
    ],
)
def test_parts_that_are_unclear_are_refused(folders, reason, tmp_path):
    for name in folders:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "x.png").write_bytes(encoded(picture(0)))
    with pytest.raises(InputError, match=reason):
        read_folder(tmp_path)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no folder .*missing"):
        read_folder(tmp_path / "missing")
    (tmp_path / "cat").mkdir()
    with pytest.raises(InputError, match=r"no images \(.*\.png.*\) in "):
        read_folder(tmp_path)


def test_pictures_below_a_folder_in_order(tmp_path):
    write_folder(tmp_path, counts=(2, 1))
    (tmp_path / ".hidden.png").write_bytes(b"")
    (tmp_path / "note.txt").write_text("")
    found = [str(path.relative_to(tmp_path)) for path in pictures_below(tmp_path)]
    assert found == sorted(found)
    assert len(found) == 6
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no images"):
        pictures_below(tmp_path / "empty")
