"""Study files: a whole comparison (problems, methods, budgets, seeds) in one YAML file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from archgraph.checks import check_choice, check_positive, check_whole
from archgraph.errors import InputError
from archgraph.networks.choice import KINDS
from archgraph.persistence.plain_yaml import read_yaml
from archgraph.settings import check_settings
from search.objectives.limits import checked_limits
from search.objectives.registry import objective_kind
from search.problem import Problem, Search, all_methods, with_rows
from search.studies.pruning import NONE, checked_pruner

_COUNTED = 1 << 31
_LONGEST = 64  # letters of a name, which is part of a file's
_TESTED_BY = {
    str: "test is the name of a metric of the table",
    int: "test is the number of trainings of each winner",
    None: "winners have no figure on test",
}
E = TypeVar("E")


@dataclass(frozen=True)
class _Top:
    """The entries of a study file.

    Args:
        title: of the report; default the file's name.
        seeds: how many searches of each method on each problem, where the method does not say.
        trials: of each search at most, where the method does not say.
        budget: 10^9 multiply-adds of each search: it ends where trials at their mean cost so far would go over them.
        until_best: stop a search of a table where its best member is found; what follows could change no figure.
        problems: a name -> its entries.
        methods: a name -> its entries; the name is that of the method where the entries do not say.
    """

    title: str = ""
    seeds: int | None = None
    trials: int | None = None
    budget: float | None = None
    until_best: bool = False
    problems: Mapping[str, Any] = field(default_factory=dict)
    methods: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_counts(seeds=self.seeds, trials=self.trials)
        if self.budget is not None:
            check_positive(budget=self.budget)


@dataclass(frozen=True)
class _Problem:
    """The entries of a problem.

    Args:
        space: as `--space` of `archgraph search`.
        objective: as `--objective`: table:FILE:METRIC, train:DATA and what else that takes.
        rows: rows of cells of a dag space or of a grammar's cells.
        width: of networks of rows: channels of the last row.
        train_size: training images that networks are trained on.
        recipe: settings of the short trainings, as of `Recipe`.
        test: of a table the metric that is read for winners alone; of trainings how often each winner is trained again
            and scored on the test part.
        network: published, rows or pooled.
        network_set: changes to the network, such as its channels.
        size: side to which images are scaled.
        epochs: of each training.
        augment: shifted and mirrored images.
        precision: float32 or bfloat16.
        limits: what an architecture may cost at most: params, flops, latency_ms or depth.
        fidelities: of a table, for pruners: a metric -> the epochs after which it is.
        device: auto, cpu or cuda.
        root: folder of torchvision's data sets.
    """

    space: str
    objective: str
    rows: int | None = None
    width: int | None = None
    train_size: int | None = None
    recipe: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    test: str | int | None = None
    network: str = "published"
    network_set: Mapping[str, int] = field(default_factory=dict)
    size: int | None = None
    epochs: int | None = None
    augment: bool | None = None
    precision: str | None = None
    limits: Mapping[str, int | float | str] = field(default_factory=dict)
    fidelities: Mapping[str, int] = field(default_factory=dict)  # metric -> epochs after which it is
    device: str = "auto"
    root: str = "images"

    def __post_init__(self) -> None:
        _check_counts(rows=self.rows, width=self.width, train_size=self.train_size, size=self.size, epochs=self.epochs)
        check_choice(KINDS, network=self.network)
        checked_limits(self.limits)
        if not isinstance(self.test, str):
            _check_counts(test=self.test)


@dataclass(frozen=True)
class _Method:
    """The entries of a method.

    Args:
        method: random, evolution, local, tpe, gp, cmaes, nsga2, global, delta, fade or one that is installed.
        encoder: folder of an encoder: fade draws from it, samplers search its embedding space.
        set: settings of the method.
        batch: trials that are proposed together.
        pruner: none, median or hyperband.
        pruner_set: settings of the pruner.
        problems: names of those that it is run on; default all.
        seeds: how many searches on each problem.
        trials: of each search at most.
    """

    method: str | None = None
    encoder: str | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    batch: int = 1
    pruner: str = NONE
    pruner_set: Mapping[str, Any] = field(default_factory=dict)
    problems: Sequence[str] | None = None
    seeds: int | None = None
    trials: int | None = None

    def __post_init__(self) -> None:
        checked_pruner(self.pruner, self.pruner_set)
        _check_counts(batch=self.batch, seeds=self.seeds, trials=self.trials)


STUDY_FILE_FIELDS = {"The file": _Top, "A problem": _Problem, "A method": _Method}
"""Part of a study file -> what holds its entries; `archgraph.settings.described_settings` says what each means."""


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
        content = read_yaml(path)
        top = _entries(_Top, content, f"{path}")
        problems = _named(top.problems, f"{path}, problems")
        shards = []
        for name, method in _named(top.methods, f"{path}, methods").items():
            own = _entries(_Method, {} if method is None else method, f"{path}, method {name}")
            if (own.method or name) not in (known := all_methods()):
                raise InputError(f"{path}, method {name}: choose method from {', '.join(known)}")
            for label in problems if own.problems is None else own.problems:
                if label not in problems:
                    raise InputError(f"{path}, method {name}: there is no problem {label!r}")
                where = f"{path}, problem {label}"
                shards.append(_shard(top, label, _entries(_Problem, problems[label], where), name, own, where))
        return cls(top.title or path.stem, tuple(shards))


def _shard(top: _Top, label: str, problem: _Problem, name: str, method: _Method, where: str) -> Shard:
    seeds, trials = method.seeds or top.seeds, method.trials or top.trials
    if seeds is None or trials is None:
        raise InputError(f"{where}, method {name}: {'seeds' if seeds is None else 'trials'} is needed")
    objective = _expanded(problem.objective, where)
    tested_by = objective_kind(objective).tested_by
    if problem.test is not None and (tested_by is None or not isinstance(problem.test, tested_by)):
        raise InputError(f"{where}: {_TESTED_BY[tested_by]}, but got {str(problem.test)[:64]!r}")
    encoder = None if method.encoder is None else Path(_expanded(method.encoder, f"{where}, method {name}"))
    return Shard(
        label=label,
        problem=_problem(problem, objective, where),
        name=name,
        search=Search(method.method or name, method.set, encoder, method.batch, method.pruner, method.pruner_set),
        seeds=seeds,
        trials=trials,
        until_best=top.until_best,
        test=problem.test,
        budget=top.budget,
    )


def _problem(entries: _Problem, objective: str, where: str) -> Problem:
    """What a problem's entries say."""
    short = {name: getattr(entries, name) for name in ("epochs", "augment", "precision")}
    recipe = {**entries.recipe, **{name: value for name, value in short.items() if value is not None}}
    return Problem(
        space=with_rows(entries.space, entries.rows),
        objective=objective,
        width=entries.width,
        train_size=entries.train_size,
        recipe=tuple(sorted(recipe.items())),
        network=entries.network,
        network_settings=tuple(sorted(entries.network_set.items())),
        size=entries.size,
        limits=tuple(sorted(checked_limits(entries.limits).items())),
        fidelities=tuple(sorted((epochs, name) for name, epochs in entries.fidelities.items())),
        device=entries.device,
        root=Path(_expanded(entries.root, where)),
    )


def _expanded(text: str, where: str) -> str:
    expanded = os.path.expandvars(text)
    if "$" in expanded:
        raise InputError(f"{where}: set the environment variable in {expanded}")
    return expanded


def _entries(kind: type[E], content: Any, where: str) -> E:
    """The entries of a mapping as what holds them."""
    given = check_settings(where, kind, content)
    try:
        return kind(**given)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _check_counts(**counts: int | None) -> None:
    """Check the numbers that are given."""
    check_whole(1, _COUNTED, **{name: count for name, count in counts.items() if count is not None})


def _named(content: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if not content:
        raise InputError(f"{where}: a mapping from names is needed")
    for name in content:
        if (
            not isinstance(name, str)
            or not 0 < len(name) <= _LONGEST
            or not all(c.isalnum() or c in "._" for c in name)
        ):
            raise InputError(
                f"{where}: names are of up to {_LONGEST} letters, digits, . and _, but got {str(name)[:64]!r}"
            )
    return content
