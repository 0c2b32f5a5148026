"""The objectives that commands and study files can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archgraph.errors import InputError
from archgraph.spaces import Space
from search.objectives.base import Objective
from search.objectives.table import TableObjective
from search.objectives.train import TrainObjective
from search.objectives.tune import TuneObjective

OBJECTIVES: dict[str, type[Objective]] = {"table": TableObjective, "train": TrainObjective, "tune": TuneObjective}
"""Name, which stands before a colon -> class; put your own here."""


def objective_kind(text: str) -> type[Objective]:
    """The class of the objective that a text names.

    Raises:
        InputError: there is none of that name, or nothing stands behind it.

    Example:
        >>> from search.objectives.registry import objective_kind
        >>> objective_kind("train:digits").__name__
        'TrainObjective'
    """
    name, _, rest = text.partition(":")
    if name not in OBJECTIVES or not rest:
        written = " or ".join(kind.written or f"{name}:..." for name, kind in OBJECTIVES.items())
        raise InputError(f"an objective is written {written}, but got {text[:64]!r}")
    return OBJECTIVES[name]


def open_objective(text: str, space: Space, settings: Mapping[str, Any] | None = None) -> Objective:
    """The objective that a text names, as in `table:FILE:METRIC` or `train:DATA`.

    Args:
        text: the name, a colon, and what the class reads.
        space: of the architectures.
        settings: see `Objective.read`.

    Raises:
        InputError: it is written otherwise, or what it names is missing or does not fit the space.
    """
    return objective_kind(text).read(text.partition(":")[2], space, settings)
