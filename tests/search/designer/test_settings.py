import dataclasses

from search import DesignSettings


def test_each_choice_has_its_reason():
    said = DesignSettings.__doc__
    assert [one.name for one in dataclasses.fields(DesignSettings) if f"        {one.name}: " not in said] == []
    own = [
        one.split(": ", 1)[0].strip()
        for one in said.split("\n    Args:\n")[1].split("\n    Example:\n")[0].split("\n")
        if one.startswith(" " * 8) and one[8] != " "
    ]
    assert own == [one.name for one in dataclasses.fields(DesignSettings)]
    assert said.count("Argued") > said.count("Measured") > 3


def test_little_time_is_for_small_pictures():
    settings = DesignSettings()
    assert settings.most_size(180.0) < settings.most_size(3600.0) == settings.size
