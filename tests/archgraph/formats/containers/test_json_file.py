"""JSON files of foreign formats."""

import pytest

from archgraph import InputError
from archgraph.formats.containers import json_file


def test_a_file_is_read(tmp_path) -> None:
    (tmp_path / "x.json").write_text('{"a": [1, 2.5]}')
    assert json_file.read_json(tmp_path / "x.json") == {"a": [1, 2.5]}


@pytest.mark.parametrize(("text", "reason"), [("{", "not valid JSON"), ("[" * 200_000, "not valid JSON")])
def test_what_is_no_json_is_refused(tmp_path, text: str, reason: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError, match=reason):
        json_file.read_json(tmp_path / "x.json")


def test_a_missing_and_a_giant_file_are_named(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no file"):
        json_file.read_json(tmp_path / "x.json")
    monkeypatch.setattr(json_file, "MAX_FILE", 1)
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(InputError, match=r"x\.json"):
        json_file.read_json(tmp_path / "x.json")


def test_an_object_in_which_a_name_stands_twice_is_refused(tmp_path) -> None:
    (tmp_path / "x.json").write_text('[{"acc": 1, "acc": 2}]')
    with pytest.raises(InputError, match="'acc' stands twice in one object"):
        json_file.read_json(tmp_path / "x.json")
