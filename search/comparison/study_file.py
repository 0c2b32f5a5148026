"""Study files: a whole comparison (problems, methods, budgets, seeds) in one YAML file."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from archgraph.errors import InputError
from search.objectives.registry import objective_kind
from search.objectives.train import WIDTH
from search.problem import NAMES, Problem, Search, with_rows

_Kind = tuple[str, Callable[[Any], bool]]
"""What an entry is, in words, and whether a value is that."""
_TEXT: _Kind = "a text", lambda value: isinstance(value, str) and value != ""
_COUNT: _Kind = "a whole number from 1", lambda value: type(value) is int and 1 <= value < 1 << 31
_AMOUNT: _Kind = "a positive number", lambda value: type(value) in (int, float) and 0 < value < math.inf
_FLAG: _Kind = "true or false", lambda value: isinstance(value, bool)
_NAMED: _Kind = "a mapping from names", lambda value: isinstance(value, dict) and all(isinstance(k, str) for k in value)
_PLAIN: _Kind = (
    "a mapping from names to single values",
    lambda value: _NAMED[1](value) and all(isinstance(one, str | int | float) for one in value.values()),
)
_LIST: _Kind = "a list of names", lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value)
_TEST: _Kind = "a metric or a number of trainings", lambda value: _TEXT[1](value) or _COUNT[1](value)

_TESTED_BY = {
    str: "test is the name of a metric of the table",
    int: "test is the number of trainings of each winner",
    None: "winners have no figure on test",
}
_SEARCH = {"seeds": _COUNT, "trials": _COUNT}
_TOP = _SEARCH | {"title": _TEXT, "budget": _AMOUNT, "until_best": _FLAG, "problems": _NAMED, "methods": _NAMED}
_PROBLEM = {"space": _TEXT, "objective": _TEXT, "rows": _COUNT, "width": _COUNT, "train_size": _COUNT}
_PROBLEM |= {"recipe": _PLAIN, "test": _TEST}
_METHOD = _SEARCH | {"method": _TEXT, "encoder": _TEXT, "set": _NAMED, "batch": _COUNT, "problems": _LIST}


@dataclass(frozen=True)
class Shard:
    """All seeds of one method on one problem, which share a journal file.

    Attributes:
        label: of the problem.
        problem: what is searched.
        name: of the method in this comparison.
        search: the method with its settings.
        seeds: how many.
        trials: of each search, at most.
        budget: 10^9 multiply-adds of each search: it ends where trials at their mean cost so far would go over them.
        until_best: stop a search of a table where the best member is found; what follows could change no figure.
        test: metric of the table that is read for the winner alone; where networks are trained, how often the winner is
            trained again and scored on the test part.
    """

    label: str
    problem: Problem
    name: str
    search: Search
    seeds: int
    trials: int
    until_best: bool = False
    test: str | int | None = None
    budget: float | None = None

    @property
    def file(self) -> str:
        """Name of the journal file."""
        return f"{self.label}-{self.name}.log"


@dataclass(frozen=True)
class StudyFile:
    """A comparison.

    Attributes:
        title: of the report.
        shards: what is to be run.
    """

    title: str
    shards: tuple[Shard, ...] = field(default_factory=tuple)

    @classmethod
    def read(cls, path: Path) -> StudyFile:
        """Read a study file; `$NAME` in it is replaced by the environment variable.

        Raises:
            InputError: the file is missing or malformed; the text says where.
        """
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError(f"no file {path}; check the name") from None
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InputError(f"cannot read {path}: {(str(error).splitlines() or [''])[0]}") from error
        top = _checked(content, _TOP, f"{path}")
        problems = _named(top.get("problems"), f"{path}, problems")
        methods = _named(top.get("methods"), f"{path}, methods")
        shards = []
        for name, method in methods.items():
            own = _checked({} if method is None else method, _METHOD, f"{path}, method {name}")
            if own.get("method", name) not in NAMES:
                raise InputError(f"{path}, method {name}: choose method from {', '.join(NAMES)}")
            for label in own.get("problems", problems):
                if label not in problems:
                    raise InputError(f"{path}, method {name}: there is no problem {label!r}")
                where = f"{path}, problem {label}"
                shards.append(_shard(top, label, _checked(problems[label], _PROBLEM, where), name, own, where))
        return cls(str(top.get("title", path.stem)), tuple(shards))


def _shard(
    top: Mapping[str, Any], label: str, problem: Mapping[str, Any], name: str, method: Mapping[str, Any], where: str
) -> Shard:
    of_search: dict[str, Any] = {**{key: top[key] for key in _SEARCH if key in top}, **method}
    for needed, entries in ((("space", "objective"), problem), (("seeds", "trials"), of_search)):
        if missing := [key for key in needed if key not in entries]:
            raise InputError(f"{where}, method {name}: {missing[0]} is needed")
    objective = _expanded(problem["objective"], where)
    encoder = method.get("encoder")
    tested_by = objective_kind(objective).tested_by
    if "test" in problem and (tested_by is None or not isinstance(problem["test"], tested_by)):
        raise InputError(f"{where}: {_TESTED_BY[tested_by]}, but got {str(problem['test'])[:64]!r}")
    space = with_rows(problem["space"], problem.get("rows"))
    recipe = tuple(sorted(problem.get("recipe", {}).items()))
    path = None if encoder is None else Path(_expanded(encoder, f"{where}, method {name}"))
    return Shard(
        label=label,
        problem=Problem(space, objective, problem.get("width", WIDTH), problem.get("train_size"), recipe),
        name=name,
        search=Search(method.get("method", name), method.get("set", {}), path, method.get("batch", 1)),
        seeds=of_search["seeds"],
        trials=of_search["trials"],
        until_best=top.get("until_best", False),
        test=problem.get("test"),
        budget=top.get("budget"),
    )


def _expanded(text: str, where: str) -> str:
    expanded = os.path.expandvars(text)
    if "$" in expanded:
        raise InputError(f"{where}: set the environment variable in {expanded}")
    return expanded


def _checked(content: Any, known: Mapping[str, _Kind], where: str) -> dict[str, Any]:
    """The entries of a mapping, each of its kind."""
    if not isinstance(content, dict):
        raise InputError(f"{where}: a mapping of {', '.join(sorted(known))} is needed")
    for key, value in content.items():
        if key not in known:
            raise InputError(f"{where}: unknown entry {str(key)[:64]!r}; known are {', '.join(sorted(known))}")
        kind, fits = known[key]
        if not fits(value):
            raise InputError(f"{where}: {key} is {kind}, but got {str(value)[:64]!r}")
    return content


def _named(content: Any, where: str) -> dict[str, Any]:
    if not isinstance(content, dict) or not content:
        raise InputError(f"{where}: a mapping from names is needed")
    for name in content:
        if not isinstance(name, str) or not all(c.isalnum() or c in "._" for c in name):
            raise InputError(f"{where}: names are of letters, digits, . and _, but got {str(name)[:64]!r}")
    return content
