import dataclasses

from search import DesignSettings


def test_each_choice_has_its_reason():
    said = DesignSettings.__doc__
    assert [one.name for one in dataclasses.fields(DesignSettings) if f"        {one.name}: " not in said] == []
    assert "not measured" in said
