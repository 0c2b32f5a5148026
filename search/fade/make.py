"""FaDE on an objective: cells are ranked by real hyper-architectures, or by a model of them where all is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

from archgraph.errors import InputError
from archgraph.settings import Setting, check_settings, described_settings
from encoders.embedding.buckets import BucketGenerator
from search.fade.config import FadeConfig
from search.fade.fitting import FittingCells
from search.fade.ranker import HyperRanker, normed, recipe_of
from search.fade.search import FaDESearch
from search.fade.table_ranker import TableRanker, choice_buckets, member_of, rows_of
from search.objectives.base import Objective
from search.objectives.trained import changed


@dataclass(frozen=True)
class _KnownConfig(FadeConfig):
    """Beside the steps, how well the model of ranks agrees with the table.

    Args:
        correlation: of tables: wanted mean Spearman correlation of path ranks with the table.
    """

    correlation: float = 0.75


@dataclass(frozen=True)
class _TrainedConfig(FadeConfig):
    """Beside the steps, what ranks are made of, and changes of the training of hyper-architectures.

    Args:
        preset: of trainings: settings of hyper-architectures by one name, archgraph or authors.
        reading: of trainings: how ranks are read off, substitution or alpha; default that of the preset.
        hyper: of trainings: changes of the training of hyper-architectures, by name.
    """

    preset: str = "archgraph"
    reading: Literal["substitution", "alpha"] | None = None
    hyper: Mapping[str, Any] = field(default_factory=dict)


F = TypeVar("F", bound=FadeConfig)


def fade_search(
    objective: Objective, generator: BucketGenerator | None = None, settings: Mapping[str, Any] | None = None
) -> FaDESearch:
    """FaDE on an objective: for real where networks are trained for it, with a model of ranks where values are known.

    Args:
        objective: evaluates architectures; says its `values`, or what is `hyper`-trained for it.
        generator: draws cells from an encoder's embedding space; needed where networks are trained.
        settings: those of `FadeConfig` without `rows`; where networks are trained also `preset`, `reading`, how ranks
            are read off, and `hyper`, changes of the training of hyper-architectures; where values are known
            `correlation`, of the model.

    Raises:
        InputError: a setting is unknown, an encoder is missing, or the space has no rows of cells.

    Example:
        >>> from archgraph import spaces
        >>> from search import TableObjective, fade_search, open_study
        >>> space = spaces.get("macro")
        >>> members = space.enumerate()
        >>> table = members.with_metrics(acc=[float(native.count("2")) for native in members.ids])
        >>> objective = TableObjective(table, space, ["acc"])
        >>> study = open_study(None, "fade", {}, objective.directions)
        >>> fade_search(objective, settings={"candidates": 2}).run(study, 0, lambda trials: len(trials) >= 2)
        >>> len(study.trials)
        2
    """
    space = objective.space
    if objective.values is not None:
        known = _configured(_KnownConfig, rows_of(space), settings)
        model = TableRanker(objective, known.candidates, known.correlation)
        members = objective.members if "limits" in objective.settings else None
        fitting = None if members is None else FittingCells.of_members(space, members)
        return FaDESearch(choice_buckets(space), model, objective, known, partial(member_of, space), fitting)
    config = _configured(_TrainedConfig, space.rows, settings)
    if objective.hyper is None:
        raise InputError(
            f"fade ranks the cells of rows, which the network of {space.name} has none of: search a space of rows, or "
            "give --network rows"
        )
    if generator is None:
        raise InputError("fade needs --encoder FOLDER, trained on the cells of the rows by `archgraph encoder train`")
    reading = config.reading or ("substitution" if config.preset == "archgraph" else "alpha")
    skeleton, train = objective.hyper
    recipe = changed(recipe_of(reading, config.preset), config.hyper)
    ranker = HyperRanker(normed(skeleton, config.preset), train, reading, recipe)
    limits = objective.limits
    fitting = None if limits is None else FittingCells.of_limits(limits, space, generator.members)
    return FaDESearch(generator, ranker, objective, config, fitting=fitting)


def fade_settings() -> list[Setting]:
    """The settings of fade with their defaults and meaning, those that only tables or trainings have too."""
    found = [one for kind in (_TrainedConfig, _KnownConfig) for one in described_settings(kind, without=("rows",))]
    return list(dict.fromkeys(found))


def _configured(kind: type[F], rows: int, settings: Mapping[str, Any] | None) -> F:
    return kind(rows=rows, **check_settings("method fade", kind, settings or {}, without=("rows",)))
