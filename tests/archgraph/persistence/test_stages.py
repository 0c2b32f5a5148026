import pytest

from archgraph import InputError
from archgraph.persistence.stages import Stages


def test_a_result_is_computed_once_and_comes_back_exactly(tmp_path):
    stages = Stages(tmp_path / "run", {"seed": 0})
    assert stages.once("x", lambda: {"value": 0.1 + 0.2}) == {"value": 0.1 + 0.2}
    again = Stages(tmp_path / "run", {"seed": 0})
    assert again.once("x", lambda: 1 / 0) == {"value": 0.1 + 0.2}


def test_a_failed_stage_leaves_nothing(tmp_path):
    stages = Stages(tmp_path / "run", {})
    with pytest.raises(ZeroDivisionError):
        stages.once("x", lambda: 1 / 0)
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["settings.json"]


def test_a_folder_of_other_things_or_other_settings_is_left_alone(tmp_path):
    Stages(tmp_path / "run", {"seed": 0})
    with pytest.raises(InputError, match="other settings"):
        Stages(tmp_path / "run", {"seed": 1})
    (tmp_path / "run" / "settings.json").write_bytes(b"{\xff")
    with pytest.raises(InputError, match="is damaged, its settings cannot be read"):
        Stages(tmp_path / "run", {"seed": 0})
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("")
    with pytest.raises(InputError, match="other files"):
        Stages(tmp_path / "photos", {})
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_what_a_kill_left_before_the_settings_does_not_hinder(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".settings.json.a8x").write_text("{")
    assert Stages(tmp_path / "run", {"seed": 0}).once("a", lambda: 1) == 1


@pytest.mark.parametrize("text", ["[1", "[" * 200_000])
def test_a_damaged_result_is_named(tmp_path, text):
    stages = Stages(tmp_path / "run", {})
    (tmp_path / "run" / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json is damaged"):
        stages.once("a", lambda: 1)
