"""The spaces by name."""

import pytest

from archgraph import InputError, spaces


@pytest.mark.parametrize("name", spaces.SPACES)
def test_every_registered_space_has_a_description_and_refuses_bad_parameters(name: str) -> None:
    assert spaces.SPACES[name][1]
    with pytest.raises(InputError, match=name):
        spaces.get(f"{name}:?")


def test_an_unknown_space_lists_the_choices() -> None:
    with pytest.raises(InputError, match=r"choose from dag, nasbench101.*custom"):
        spaces.get("nasbench1001")


def test_a_space_can_be_registered_under_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "SPACES", dict(spaces.SPACES))
    spaces.register("own", lambda parameter: spaces.get("macro"), "a test")
    assert spaces.get("own").size() == 6561
    with pytest.raises(InputError, match="taken"):
        spaces.register("dag", lambda parameter: spaces.get("macro"))


@pytest.mark.parametrize("name", ["dag", "dag:2-4x3", "nasbench101", "darts", "transnas:macro"])
def test_a_space_prints_its_name_and_is_known_by_it(name: str) -> None:
    space = spaces.get(name)
    assert repr(space).endswith(f"({space.name!r})")
    assert spaces.get(space.name).size() == space.size()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dag:0", "1 to 9 vertices"),
        ("dag:4x0", "rows"),
        ("dag:four", "a dag space is written dag, dag:6, dag:1-5 or, with rows, dag:1-5x3"),
        ("macro:3", "macro takes no parameter"),
        ("transnas:nano", "transnas or transnas:macro"),
        ("custom", "custom:FILE"),
        ("module", "module:FILE"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        spaces.get(name)
