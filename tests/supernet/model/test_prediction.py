import pytest

from archgraph import InputError
from supernet.model.prediction import pictures_of


def test_folders_stand_for_their_pictures(picture_folder):
    one = picture_folder / "dog" / "03.png"
    found = pictures_of([one, picture_folder / "cat"])
    assert found[0] == one
    assert [file.name for file in found[1:3]] == ["00.jpg", "01.png"]
    assert len(found) == 13
    assert len(pictures_of([picture_folder])) == 36


def test_what_is_not_there_or_holds_none_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no file or folder .*missing"):
        pictures_of([tmp_path / "missing"])
    with pytest.raises(InputError, match="no images"):
        pictures_of([tmp_path])
