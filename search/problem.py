"""A search as a command or a study file names it: a space, an objective, a method, a budget, a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import optuna
import yaml
from optuna.storages import BaseStorage

from archgraph import spaces
from archgraph.errors import GraphError, InputError
from archgraph.networks.skeleton import Skeleton
from archgraph.settings import check_settings
from archgraph.spaces import DagSpace, RowsSpace, Space
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import load_encoder
from search.architectures import count_whole
from search.fade.ranker import HyperRanker, recipe_of
from search.fade.search import FadeConfig, FaDESearch
from search.fade.table_ranker import TableRanker, choice_buckets
from search.loop import Finished, run_study
from search.methods import METHODS, SAMPLED, make
from search.objectives.base import Objective, TrainObjective
from search.objectives.table import TableObjective
from search.studies.study import open_study
from supernet.images.datasets import load_images
from supernet.standalone.training import Recipe

Run = Callable[[optuna.Study, int, Finished], None]
"""(study, seed, asked before each trial whether it is over)."""
R = TypeVar("R", bound=Recipe)
FADE = "fade"
NAMES = (*METHODS, *SAMPLED, FADE)
"""All methods by name."""


@dataclass(frozen=True)
class Problem:
    """What is searched, and for what.

    Args:
        space: name of the space.
        objective: `table:FILE:METRIC`, or `train:DATA`.
        width: of trained networks, channels of the last row.
        train_size: training images that they are trained on; None for all.
        recipe: how they are trained where not as `Recipe` has it, (name, value) each.
    """

    space: str
    objective: str
    width: int = 32
    train_size: int | None = None
    recipe: tuple[tuple[str, Any], ...] = ()

    def open(self) -> Objective:
        """The objective.

        Raises:
            InputError: it is written otherwise, or what it names is missing or does not fit the space.
        """
        space = spaces.get(self.space)
        kind, _, rest = self.objective.partition(":")
        if kind == "table" and rest:
            return TableObjective.read(rest, space)
        if kind == "train" and rest:
            images = load_images(rest)
            rows = space.rows if isinstance(space, RowsSpace) else 1
            skeleton = Skeleton.fade(images.shape, images.classes, rows, self.width)
            return TrainObjective(space, skeleton, images, changed(Recipe(), dict(self.recipe)), self.train_size)
        raise InputError(f"an objective is written table:FILE:METRIC or train:DATA, but got {self.objective[:64]!r}")


@dataclass(frozen=True)
class Search:
    """One search of a problem.

    Args:
        method: one of `NAMES`.
        settings: of the method.
        encoder: folder of the encoder whose embedding space is searched.
        batch: trials that are proposed together and trained side by side; those of fade's steps always are.
    """

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    encoder: Path | None = None
    batch: int = 1

    def _check(self, objective: Objective) -> None:
        """
        Raises:
            InputError: the method does not suit so many objectives, or so many members.
        """
        alone = self.method in ("cmaes", FADE) or "predictor" in self.settings
        if alone and len(objective.names) > 1:
            raise InputError(f"{self.method} searches for one objective here, but got {', '.join(objective.names)}")
        if self.method == "global":
            count_whole(objective.space, objective.members)

    def generator(self, space: Space) -> BucketGenerator | None:
        """Draws from the encoder's embedding space, where there is an encoder.

        Raises:
            InputError: there is none at that path, or it draws what the space does not hold.
        """
        if self.encoder is None:
            return None
        generator = load_encoder(self.encoder).generator
        drawn = space.cell if self.method == FADE and isinstance(space, RowsSpace) else space
        try:
            drawn.validate(generator.members[0])
        except GraphError as error:
            raise InputError(f"the encoder {self.encoder} is of another space than {drawn.name}: {error}") from error
        return generator

    def prepared(self, objective: Objective) -> Run:
        """What goes on with a study until it is finished; every trial is written when it begins and when it ends.

        Raises:
            InputError: the method does not exist or does not suit the objective.
        """
        self._check(objective)
        generator = self.generator(objective.space)
        if self.method == FADE:
            return fade_search(objective, generator, self.settings).run
        method = make(self.method, objective.space, generator, self.settings)
        return lambda study, seed, finished: run_study(study, method, objective, seed, finished, batch=self.batch)


@dataclass(frozen=True)
class _TableConfig(FadeConfig):
    """Beside the steps, how well the model of ranks agrees with the table."""

    correlation: float = 0.75


@dataclass(frozen=True)
class _TrainedConfig(FadeConfig):
    """Beside the steps, how ranks are read, and changes of the training of hyper-architectures."""

    reading: str = "substitution"
    hyper: Mapping[str, Any] = field(default_factory=dict)


F = TypeVar("F", bound=FadeConfig)


def _configured(kind: type[F], objective: Objective, settings: Mapping[str, Any]) -> F:
    return kind(rows=_rows(objective), **check_settings("method fade", kind, settings, without=("rows",)))


def fade_search(objective: Objective, generator: BucketGenerator | None, settings: Mapping[str, Any]) -> FaDESearch:
    """FaDE on an objective: for real where it trains, with a model of ranks where it is a table.

    Beside those of `FadeConfig`, settings are `reading`, of the ranks, and `hyper`, changes of the training of
    hyper-architectures; and on tables `correlation`, of the model.

    Raises:
        InputError: a setting is unknown, an encoder is missing, or the space has no rows of cells.
    """
    space = objective.space
    if isinstance(objective, TableObjective):
        of_table = _configured(_TableConfig, objective, settings)
        model = TableRanker(objective, of_table.candidates, of_table.correlation)
        return FaDESearch(choice_buckets(space), model, objective, of_table)
    config = _configured(_TrainedConfig, objective, settings)
    if not isinstance(objective, TrainObjective) or generator is None:
        raise InputError("fade needs --encoder FOLDER, trained on the cells of the rows by `archgraph encoder train`")
    recipe = changed(recipe_of(config.reading), config.hyper)
    ranker = HyperRanker(objective.skeleton, objective.halved, config.reading, recipe)
    return FaDESearch(generator, ranker, objective, config)


def changed(recipe: R, changes: Mapping[str, Any]) -> R:
    """The recipe with these changes.

    Raises:
        InputError: a recipe has no such entry, or not with such a value.
    """
    return replace(recipe, **check_settings("a training", type(recipe), changes))


def _rows(objective: Objective) -> int:
    """Rows of cells; of a table, choices of a member."""
    return objective.skeleton.rows if isinstance(objective, TrainObjective) else len(objective.space.options)


def read_settings(pairs: list[str]) -> dict[str, Any]:
    """Settings written NAME=VALUE.

    Raises:
        InputError: one is written otherwise.
    """
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise InputError(f"a setting is written NAME=VALUE, but got {pair[:64]!r}")
        try:
            settings[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise InputError(f"setting {name[:64]!r} is no value in YAML: {value[:64]!r}") from error
    return settings


def with_rows(space: str, rows: int | None) -> str:
    """The name of the space of so many rows of a dag space's cells; the space itself without rows."""
    if rows is None:
        return space
    cell = spaces.get(space)
    if not isinstance(cell, DagSpace):
        raise InputError(f"--rows puts the cells of a dag space in rows, but got the space {space[:64]}")
    return f"{cell.name}x{rows}"


def open_search(
    storage: BaseStorage | str | None, name: str, problem: Problem, objective: Objective, search: Search, seed: int
) -> optuna.Study:
    """The study of a search, new or begun before.

    Raises:
        InputError: as `open_study`.
    """
    settings = {
        "method": search.method,
        "space": objective.space.name,
        "objective": problem.objective,
        "width": problem.width,
        "settings": dict(search.settings),
        "encoder": None if search.encoder is None else str(search.encoder),
        "seed": seed,
        "metrics": list(objective.names),
    }
    training = {"train_size": problem.train_size, "recipe": dict(problem.recipe), "batch": search.batch}
    if isinstance(objective, TrainObjective):
        settings |= training
    return open_study(storage, name, settings, objective.directions)
