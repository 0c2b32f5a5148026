"""Settings by name, as a command or a file gives them, held against the types of what takes them."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from archgraph.checks import shown
from archgraph.errors import InputError

_WORDS: dict[Any, str] = {
    Any: "anything",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
}


def check_settings(what: str, make: Callable[..., Any], settings: Any, without: Collection[str] = ()) -> dict[str, Any]:
    """The settings, each of the type that `make` is annotated with; ranges are for `make` itself to check.

    >>> def tree(depth: int, rate: float = 0.1) -> None: ...
    >>> check_settings("a tree", tree, {"depth": 3})
    {'depth': 3}
    >>> check_settings("a tree", tree, {"deep": 3})
    Traceback (most recent call last):
    archgraph.errors.InputError: a tree has no setting 'deep'; known are depth (a whole number), rate (a number)

    Args:
        what: has these settings, for the error.
        make: a dataclass, or anything that is called with the settings as keywords. None is no value of a setting: one
            of type `int | None` is an integer where it is given.
        settings: to be checked, a mapping.
        without: parameters of `make` that are no settings.

    Raises:
        InputError: there is no such setting, its value is of another type, or one without a default is missing; the
            text is one line.
    """
    known = {name: parameter for name, parameter in _parameters(make).items() if name not in without}
    if not isinstance(settings, Mapping):
        raise InputError(f"{what} takes settings by name, but got {shown(settings)}")
    for name, value in settings.items():
        if name not in known:
            listed = ", ".join(f"{name} ({_in_words(known[name].annotation)})" for name in known)
            raise InputError(f"{what} has no setting {shown(name)}; known are {listed or 'none'}")
        if not _fits(value, known[name].annotation):
            raise InputError(f"{what}: {name} is {_in_words(known[name].annotation)}, but got {shown(value)}")
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in settings:
            raise InputError(f"{what}: {name} is needed, {_in_words(parameter.annotation)}")
    return dict(settings)


@dataclass(frozen=True)
class Setting:
    """A setting as a reader sees it: its name, what holds where it is not given ("" where it must be), its meaning."""

    name: str
    default: str
    meaning: str


def described_settings(make: Callable[..., Any], without: Collection[str] = ()) -> list[Setting]:
    """The settings that `make` takes, with their defaults and what its docstring says of them under `Args:`.

    >>> class Tree:
    ...     '''A tree.
    ...
    ...     Args:
    ...         depth: of the leaves.
    ...     '''
    ...     def __init__(self, depth: int = 3) -> None: ...
    >>> described_settings(Tree)
    [Setting(name='depth', default='3', meaning='of the leaves.')]

    Args:
        make: as of `check_settings`; of a class the docstrings of its bases count too.
        without: parameters of `make` that are no settings.
    """
    meanings: dict[str, str] = {}
    for one in reversed(getattr(make, "__mro__", (make,))):
        meanings |= _meanings(inspect.getdoc(one) if one is make else one.__doc__)
    found = []
    for name, parameter in _parameters(make).items():
        if name not in without:
            default = parameter.default
            shown_default = "" if default is parameter.empty else _default(default)
            found.append(Setting(name, shown_default, meanings.get(name, "")))
    return found


def _default(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None or not isinstance(value, str | int | float | bool | Mapping) else str(value)


def _meanings(text: str | None) -> dict[str, str]:
    """Name -> what a docstring says of it under `Args:`."""
    lines = inspect.cleandoc(text or "").splitlines()
    found: dict[str, str] = {}
    names: list[str] = []
    for line in lines[lines.index("Args:") + 1 :] if "Args:" in lines else ():
        if line and not line.startswith("    "):
            break
        match = re.match(r"    (\w+(?:, \w+)*): (.*)", line)
        if match:
            names = match[1].split(", ")
            found |= dict.fromkeys(names, match[2])
        elif line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


@lru_cache(maxsize=256)
def _parameters(make: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(make, eval_str=True).parameters


def _in_words(hint: Any) -> str:
    """A type as a reader of settings knows it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        of = [one for one in inner if one is not NoneType and not (one is str and Path in inner)]
        return " or ".join(_in_words(one) for one in of)
    if origin is Literal:
        return f"one of {', '.join(map(str, inner))}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "settings by name" if inner[1] is Any else f"settings by name, each {_in_words(inner[1])}"
    if isinstance(origin, type) and issubclass(origin, Sequence):
        once = ", none twice" if get_origin(inner[0]) is Literal else ""
        return "a list" if inner[0] is Any else f"a list, each {_in_words(inner[0])}{once}"
    return _WORDS[hint]


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value from a file, or from Python, is of a type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner if one is not NoneType)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if isinstance(origin, type) and issubclass(origin, Mapping):
        named = isinstance(value, Mapping) and all(isinstance(name, str) for name in value)
        return named and all(_fits(one, inner[1]) for one in value.values())
    if isinstance(origin, type) and issubclass(origin, Sequence):
        listed = isinstance(value, list | tuple) and all(_fits(one, inner[0]) for one in value)
        return listed and (get_origin(inner[0]) is not Literal or len(set(value)) == len(value))
    if hint is Any:
        return True
    if hint in (int, float):
        number = isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
        return number and -math.inf < value < math.inf
    return isinstance(value, str | Path if hint is Path else hint)
