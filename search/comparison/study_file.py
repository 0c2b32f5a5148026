"""Study files: a whole comparison (problems, methods, budgets, seeds) in one YAML file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from archgraph.checks import check_choice
from archgraph.errors import InputError
from archgraph.networks.choice import KINDS
from search.comparison.study_entries import MethodEntries, ProblemEntries, StudyEntries, Top
from search.objectives.limits import checked_limits
from search.objectives.registry import objective_kind
from search.problem import Problem, Search, all_methods, with_rows
from search.studies.pruning import checked_pruner

_TESTED_BY = {
    str: "test is the name of a metric of the table",
    int: "test is the number of trainings of each winner",
    None: "winners have no figure on test",
}


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
        return cls.of(StudyEntries.read(path))

    @classmethod
    def of(cls, entries: StudyEntries) -> StudyFile:
        """The comparison that a study file's entries describe.

        Raises:
            InputError: as of `read`.
        """
        path, top, problems = entries.path, entries.top, entries.problems
        shards: list[Shard] = []
        for name, method in entries.methods.items():
            with _said_of(f"{path}, method {name}"):
                check_choice(all_methods(), method=method.method or name)
                checked_pruner(method.pruner, method.pruner_set)
            shards += [
                _shard(top, label, problems[label], name, method, f"{path}, problem {label}")
                for label in (problems if method.problems is None else method.problems)
            ]
        return cls(top.title or path.stem, tuple(shards))


def _shard(top: Top, label: str, problem: ProblemEntries, name: str, method: MethodEntries, where: str) -> Shard:
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


def _problem(entries: ProblemEntries, objective: str, where: str) -> Problem:
    """What a problem's entries say."""
    with _said_of(where):
        check_choice(KINDS, network=entries.network)
        limits = checked_limits(entries.limits)
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
        limits=tuple(sorted(limits.items())),
        fidelities=tuple(sorted((epochs, name) for name, epochs in entries.fidelities.items())),
        device=entries.device,
        root=Path(_expanded(entries.root, where)),
    )


def _expanded(text: str, where: str) -> str:
    expanded = os.path.expandvars(text)
    if "$" in expanded:
        raise InputError(f"{where}: set the environment variable in {expanded}")
    return expanded


@contextmanager
def _said_of(where: str) -> Iterator[None]:
    """Name the place of what is wrong."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
