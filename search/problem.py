"""A search as a command or a study file names it: a space, an objective, a method, a budget, a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import optuna

from archgraph import spaces
from archgraph.errors import GraphError, InputError
from archgraph.settings import Setting
from archgraph.spaces import Space
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import load_encoder
from search.architectures import count_whole
from search.fade.make import fade_search, fade_settings
from search.loop import run_study
from search.methods import make, method_names
from search.methods import settings_of as own_settings
from search.objectives.base import Objective
from search.objectives.registry import objective_kind, open_objective
from search.pictures import Pictures
from search.pruned_loop import check_stoppable, run_pruned
from search.studies.pruning import NONE, checked_pruner
from search.studies.study import Finished

Loop = Callable[[optuna.Study, int, Finished], None]
"""(study, seed, asked before trials begin whether the search is over)."""
FADE = "fade"


def all_methods() -> list[str]:
    """All methods by name."""
    return [*method_names(), FADE]


def settings_of(method: str) -> list[Setting]:
    """The settings of a method with their defaults and meaning.

    Raises:
        InputError: there is no such method.

    Example:
        >>> from search.problem import settings_of
        >>> settings_of("evolution")[1]
        Setting(name='sample', default='5', meaning='of them that compete to be the parent.')
    """
    return fade_settings() if method == FADE else own_settings(method)


@dataclass(frozen=True)
class Problem:
    """What is searched, and for what.

    Args:
        space: name of the space.
        objective: `table:FILE:METRIC`, `train:DATA`, or another that `OBJECTIVES` holds.
        width: of trained networks of rows, channels of the last row; None for 32.
        train_size: training images that networks are trained on; None for all.
        recipe: how they are trained where not as `Recipe` has it, (name, value) each.
        network: in which of its networks an architecture is trained, see `NetworkChoice`: `published` or `rows`.
        network_settings: changes to it, (name, value) each, such as `channels`.
        size: side to which images are scaled; None as they are.
        limits: what an architecture may cost at most, (name, value) each; see `read_limits`.
        fidelities: of a table: (epochs, metric after a training of so many) each; see `TableObjective`.
        device: where networks are trained, which is no part of a study's settings: `auto`, `cpu` or `cuda`.
        root: folder of torchvision's data sets.
        download: fetch a data set that is not there.

    Example:
        >>> from search import Problem
        >>> objective = Problem("dag:1-4", "table:cells.parquet:nodes").open()
        >>> objective.names, objective.directions, len(objective.members)
        (('nodes',), ('maximize',), 40)
    """

    space: str
    objective: str
    width: int | None = None
    train_size: int | None = None
    recipe: tuple[tuple[str, Any], ...] = ()
    network: str = "published"
    network_settings: tuple[tuple[str, int], ...] = ()
    size: int | None = None
    limits: tuple[tuple[str, float], ...] = ()
    fidelities: tuple[tuple[int, str], ...] = ()
    device: str = "auto"
    root: Path = Path("images")
    download: bool = False

    @classmethod
    def of(cls, space: str, objective: str, rows: int | None = None, **others: Any) -> Problem:
        """With cells in rows; where none are said and the objective is not looked up, in as many as published.

        Args:
            space, objective: as of the constructor.
            rows: of cells.
            others: of the constructor; mappings in place of pairs.

        Raises:
            InputError: there is no such space or objective, or the space has no cells to put in rows.

        Example:
            >>> from search import Problem
            >>> Problem.of("dag:1-4", "train:digits").space, Problem.of("dag:1-4", "train:digits", rows=2).space
            ('dag:1-4x3', 'dag:1-4x2')
            >>> Problem.of("macro", "train:digits", network_settings={"width": 8}).network_settings
            (('width', 8),)
        """
        if rows is None and not objective_kind(objective).cheap:
            rows = spaces.get(space).usual_rows
        pairs = {name: tuple(sorted(given.items())) for name, given in others.items() if isinstance(given, Mapping)}
        return cls(with_rows(space, rows), objective, **{**others, **pairs})

    def open(self) -> Objective:
        """The objective.

        Raises:
            InputError: it is written otherwise, what it names is missing or does not fit the space, or nothing fits the
                limits.
        """
        training = {one.name: getattr(self, one.name) for one in fields(self)[2:]}
        training |= {name: dict(training[name]) for name in ("recipe", "network_settings", "limits", "fidelities")}
        return open_objective(self.objective, spaces.get(self.space), training)


@dataclass(frozen=True)
class Search:
    """One search of a problem.

    Args:
        method: one of `all_methods`.
        settings: of the method.
        encoder: folder of the encoder whose embedding space is searched.
        batch: trials that are proposed together and trained side by side; those of fade's steps always are. With a
            pruner, lanes: the next proposal takes the place of one that is done or stopped.
        pruner: which evaluations are stopped early: `none`, or one of `PRUNERS`.
        pruner_settings: of the pruner.

    Raises:
        InputError: there is no such method, pruner or setting of the pruner, or fade is given a pruner.

    Example:
        >>> from search import Search
        >>> Search("evolution", {"population": 20}).batch
        1
    """

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    encoder: Path | None = None
    batch: int = 1
    pruner: str = NONE
    pruner_settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked_pruner(self.pruner, self.pruner_settings)
        if self.method not in (known := all_methods()):
            raise InputError(f"unknown method {self.method[:64]!r}; choose from {', '.join(known)}")
        if self.method == FADE and self.pruner != NONE:
            raise InputError("fade trains what its ranks put first to the end; search without a pruner")

    def _check(self, objective: Objective) -> None:
        """
        Raises:
            InputError: the method does not suit so many objectives, or so many members; or there is a pruner, and
                nothing that can be stopped.
        """
        alone = self.method in ("cmaes", FADE) or "predictor" in self.settings
        if alone and len(objective.names) > 1:
            raise InputError(f"{self.method} searches for one objective here, but got {', '.join(objective.names)}")
        if self.pruner != NONE:
            check_stoppable(objective)
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
        drawn = space.cell if self.method == FADE else space
        try:
            drawn.validate(generator.members[0])
        except GraphError as error:
            raise InputError(f"the encoder {self.encoder} is of another space than {drawn.name}: {error}") from error
        return generator

    def prepared(self, objective: Objective, pictures: Pictures | None = None) -> Loop:
        """What goes on with a study until it is finished; every trial is written when it begins and when it ends.

        Args:
            objective: of the study.
            pictures: draws each new best.

        Raises:
            InputError: the method does not suit the objective.
        """
        self._check(objective)
        generator = self.generator(objective.space)
        if self.method == FADE:
            fade = fade_search(objective, generator, self.settings)
            return partial(fade.run, pictures=pictures)
        method = make(self.method, objective.space, generator, self.settings)
        if self.pruner != NONE:
            given, kept_busy = self.pruner_settings, self.batch
            return lambda study, seed, finished: run_pruned(
                study,
                method,
                objective,
                seed,
                finished,
                self.pruner,
                batch=kept_busy,
                settings=given,
                pictures=pictures,
            )
        return lambda study, seed, finished: run_study(
            study, method, objective, seed, finished, batch=self.batch, pictures=pictures
        )


def with_rows(space: str, rows: int | None) -> str:
    """The name of the space of so many rows of a space's cells; the space itself without rows.

    Raises:
        InputError: there is no such space, or its cells do not stand in rows.
    """
    return space if rows is None else spaces.get(space).with_rows(rows).name
