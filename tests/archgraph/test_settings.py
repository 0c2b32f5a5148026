from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from archgraph import InputError
from archgraph.checks import shown
from archgraph.settings import check_settings


@dataclass
class Base:
    rows: int
    rate: float = 0.1


@dataclass
class Everything(Base):
    shared: bool = True
    kind: Literal["a", "b"] = "a"
    names: Sequence[str] = ()
    some: Sequence[Literal["a", "b"]] = ("a",)
    where: str | Path | None = None
    limit: int | None = None
    test: str | int = "acc"
    recipe: Mapping[str, int] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    any: list[Any] = field(default_factory=list)


def function(graph: Base, image: tuple[int, ...], channels: int = 3, cells: int = 5) -> None: ...


class Plain: ...


GOOD = {
    "rows": [1, -1, 10**30],
    "rate": [1, 0.5, -2.0],
    "shared": [False],
    "kind": ["b"],
    "names": [[], ["x"], ("x", "y")],
    "some": [[], ["b"], ("b", "a")],
    "where": ["x", Path("x")],
    "limit": [3],
    "test": [3, "x"],
    "recipe": [{}, {"a": 1}],
    "more": [{"a": [None]}],
    "any": [[], [1, "x"]],
}
BAD = {
    "rows": ("a whole number", [None, 1.5, "1", True, [1]]),
    "rate": ("a number", [None, "x", True, float("nan"), float("inf"), [1.0]]),
    "shared": ("true or false", [None, 0, "true"]),
    "kind": ("one of a, b", [None, "c", 1, ["a"]]),
    "names": ("a list, each a text", [None, "x", [1], {"x": 1}]),
    "some": ("a list, each one of a, b, none twice", [None, "a", ["c"], [["a"]], ["a", "a"]]),
    "where": ("a path", [None, 3]),
    "limit": ("a whole number", [None, 1.5, "x"]),
    "test": ("a text or a whole number", [None, 1.5]),
    "recipe": ("settings by name, each a whole number", [None, [1], {"a": "x"}, {1: 1}]),
    "more": ("settings by name", [None, "x", {1: 1}]),
    "any": ("a list", [None, "x", {}]),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in GOOD.items() for value in values], ids=str
)
def test_a_setting_of_its_type_passes_as_it_is(name, value):
    given = {"rows": 1, name: value}
    assert check_settings("it", Everything, given) == given


@pytest.mark.parametrize(
    ("name", "words", "value"), [(name, words, value) for name, (words, values) in BAD.items() for value in values]
)
def test_a_setting_of_another_type_is_named_in_one_line(name, words, value):
    with pytest.raises(InputError) as caught:
        check_settings("it", Everything, {"rows": 1, name: value})
    assert str(caught.value) == f"it: {name} is {words}, but got {shown(value)}"


def test_an_unknown_setting_lists_the_known_ones_with_their_types():
    with pytest.raises(InputError) as caught:
        check_settings("it", Base, {"x" * 100 + "\n": 1})
    known = "known are rows (a whole number), rate (a number)"
    assert str(caught.value) == f"it has no setting '{'x' * 63}; {known}"
    with pytest.raises(InputError, match="known are none"):
        check_settings("it", Plain, {"x": 1})
    assert check_settings("it", Plain, {}) == {}


def test_what_has_no_default_is_needed():
    with pytest.raises(InputError, match="it: rows is needed, a whole number"):
        check_settings("it", Everything, {})
    assert check_settings("it", Everything, {}, without=("rows",)) == {}


def test_parameters_that_are_no_settings_are_unknown():
    own = ("graph", "image")
    assert check_settings("it", function, {"cells": 2}, without=own) == {"cells": 2}
    with pytest.raises(InputError, match=r"no setting 'graph'; known are channels \(a whole number\), cells"):
        check_settings("it", function, {"graph": 2}, without=own)


@pytest.mark.parametrize("settings", [3, "x", [1], None])
def test_settings_come_by_name(settings):
    with pytest.raises(InputError) as caught:
        check_settings("it", Base, settings)
    assert str(caught.value) == f"it takes settings by name, but got {shown(settings)}"
