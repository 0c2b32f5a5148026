"""The objectives that commands and study files can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archgraph._plugins import plugin, plugin_names
from archgraph.errors import InputError
from archgraph.spaces import Space
from search.objectives.base import Objective
from search.objectives.table import TableObjective
from search.objectives.train import TrainObjective
from search.objectives.tune import TuneObjective

OBJECTIVES: dict[str, type[Objective]] = {"table": TableObjective, "train": TrainObjective, "tune": TuneObjective}
"""Name, which stands before a colon -> class; put your own here, or announce it in the group `archgraph.objectives`."""


def objective_kind(text: str) -> type[Objective]:
    """The class of the objective that a text names.

    Raises:
        InputError: there is none of that name, it cannot be loaded, or nothing stands behind it.

    Example:
        >>> from search.objectives.registry import objective_kind
        >>> objective_kind("train:digits").__name__
        'TrainObjective'
    """
    name, _, rest = text.partition(":")
    kind = OBJECTIVES.get(name) or plugin("objectives", name)
    if kind is None or not rest:
        written = [kind.written or f"{name}:..." for name, kind in OBJECTIVES.items()]
        written += [f"{name}:..." for name in plugin_names("objectives")]
        raise InputError(f"an objective is written {' or '.join(written)}, but got {text[:64]!r}")
    if not (isinstance(kind, type) and issubclass(kind, Objective)):
        raise InputError(f"{name} of archgraph.objectives is no class of search.Objective")
    return kind


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
