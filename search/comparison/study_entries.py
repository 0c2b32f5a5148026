"""What stands in a study file, by type and range alone: read and checked before anything large is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from archgraph.checks import check_positive, check_whole
from archgraph.errors import InputError
from archgraph.persistence.plain_yaml import read_yaml
from archgraph.settings import check_settings

_COUNTED = 1 << 31
_LONGEST = 64  # letters of a name, which is part of a file's
E = TypeVar("E")


@dataclass(frozen=True)
class Top:
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
class ProblemEntries:
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
        if not isinstance(self.test, str):
            _check_counts(test=self.test)


@dataclass(frozen=True)
class MethodEntries:
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
    pruner: str = "none"
    pruner_set: Mapping[str, Any] = field(default_factory=dict)
    problems: Sequence[str] | None = None
    seeds: int | None = None
    trials: int | None = None

    def __post_init__(self) -> None:
        _check_counts(batch=self.batch, seeds=self.seeds, trials=self.trials)


STUDY_FILE_FIELDS = {"The file": Top, "A problem": ProblemEntries, "A method": MethodEntries}
"""Part of a study file -> what holds its entries; `archgraph.settings.described_settings` says what each means."""


@dataclass(frozen=True)
class StudyEntries:
    """All entries of a study file.

    Attributes:
        path: of the file.
        top: of the file itself.
        problems: by name.
        methods: by name.
    """

    path: Path
    top: Top
    problems: Mapping[str, ProblemEntries]
    methods: Mapping[str, MethodEntries]

    @classmethod
    def read(cls, path: Path) -> StudyEntries:
        """The entries of a file.

        Raises:
            InputError: it is missing or no YAML, or an entry is unknown, missing, of another type or out of its range;
                the text says where.
        """
        top = _entries(Top, read_yaml(path), f"{path}")
        problems = {
            label: _entries(ProblemEntries, content, f"{path}, problem {label}")
            for label, content in _named(top.problems, f"{path}, problems").items()
        }
        methods = {
            name: _entries(MethodEntries, {} if content is None else content, f"{path}, method {name}")
            for name, content in _named(top.methods, f"{path}, methods").items()
        }
        for name, method in methods.items():
            if unknown := [label for label in method.problems or () if label not in problems]:
                raise InputError(f"{path}, method {name}: there is no problem {unknown[0][:64]!r}")
        return cls(path, top, problems, methods)


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
