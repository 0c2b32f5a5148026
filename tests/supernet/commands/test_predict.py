import csv
import io
import os
import shutil

import pytest
from command_runner import run_command

from archgraph import InputError
from supernet.commands.predict import predict
from supernet.model.model import Model


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_line_a_picture(model_folder, picture_folder):
    one = picture_folder / "dog" / "03.png"
    found = rows(run_command(predict, model_folder, one, picture_folder / "cat").stdout)
    assert list(found[0]) == ["file", "class", "probability"]
    assert [row["file"] for row in found[:2]] == [str(one), str(picture_folder / "cat" / "00.jpg")]
    assert len(found) == 13
    model = Model.load(model_folder)
    probabilities = model.predict([one])[0]
    assert found[0]["class"] == model.class_names[int(probabilities.argmax())]
    assert float(found[0]["probability"]) == pytest.approx(probabilities.max().item(), abs=1e-5)


def test_all_probabilities_go_to_a_file(model_folder, picture_folder, tmp_path):
    done = run_command(predict, model_folder, picture_folder, "--all", "-o", tmp_path / "out.csv", "--batch-size", 7)
    assert done.stdout == ""
    found = rows((tmp_path / "out.csv").read_text())
    assert len(found) == 36
    assert list(found[0])[3:] == ["bird", "cat", "dog"]
    assert sum(float(found[0][name]) for name in ("bird", "cat", "dog")) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: (folder / "a.png").write_bytes(b"none"), r"a\.png: cannot read this image"),
        (lambda folder: (folder / "a.png").symlink_to("nowhere"), "link to nothing"),
        (lambda folder: (folder / "note.txt").write_text("hello"), "no images"),
    ],
)
def test_what_is_no_picture_is_one_clear_error(model_folder, tmp_path, make, reason):
    (tmp_path / "pictures").mkdir()
    make(tmp_path / "pictures")
    with pytest.raises(InputError, match=reason) as caught:
        run_command(predict, model_folder, tmp_path / "pictures", "-o", tmp_path / "out.csv")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.csv").exists()


def test_a_folder_that_is_no_model_is_said(picture_folder):
    with pytest.raises(InputError, match=r"holds no config\.json; a MODEL is a folder"):
        run_command(predict, picture_folder, picture_folder)


def test_bytes_of_a_name_that_are_no_utf8_stand_as_escapes(model_folder, picture_folder, tmp_path):
    name = os.fsdecode(b"a\xff.jpg")
    shutil.copy(picture_folder / "cat" / "00.jpg", tmp_path / name)
    run_command(predict, model_folder, tmp_path / name, "-o", tmp_path / "out.csv")
    assert rows((tmp_path / "out.csv").read_text())[0]["file"] == str(tmp_path / r"a\xff.jpg")
