"""The best architectures of a search as graphs, with what is known of them and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from archgraph.errors import InputError
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from search.objectives.base import Architecture, Objective
from search.objectives.costs import COSTS
from search.studies.records import StudyRecord
from search.studies.study import ARCHITECTURE, HASH, completed, signs

TOP = 5
"""How many architectures are given where one objective orders them."""
ACCURACY = "validation_accuracy"
PROVENANCE = "provenance"  # study attribute: where the values of its trials come from, `Objective.provenance`
_Winner = tuple[Architecture, dict[str, float]]


def winner_table(study: optuna.Study, objective: Objective, top: int = TOP) -> ArchTable:
    """The best architectures of a study, best first, or its Pareto front in the order of the first objective.

    Args:
        study: of a search for the objective.
        objective: what it was for.
        top: how many, of one objective.

    Returns:
        Graphs under their native forms, with the objectives under their own names and what else is known of them, such
        as `params` and `flops`. `meta` has the `study`, and of trained ones the `network`, the `recipe` and the
        `data`: what trains, costs and exports the very same network again.

    Example:
        >>> from search import Problem, Search, run_search, winner_table
        >>> problem = Problem("dag:1-2x2", "train:digits", width=2, train_size=64, recipe=(("epochs", 1),))
        >>> found = winner_table(run_search(problem, Search("random"), trials=2), problem.open(), top=1)
        >>> sorted(found.metrics), sorted(found.meta[0])
        (['flops', 'params', 'validation loss', 'validation_accuracy'], ['data', 'network', 'recipe', 'study'])
    """
    several = len(objective.names) > 1
    best = _ranked(study.best_trials if several else completed(study), objective.names, signs(study)[0], top)
    rows = [(a, values | {k: v for k, v in objective.costs_of(a).items() if k not in values}) for a, values in best]
    return _table(rows, objective.space, {**objective.provenance, "study": study.study_name})


def stored_winners(study: StudyRecord, top: int = TOP) -> ArchTable:
    """The same of a study as it is stored, without what it was for: no table is read and no image.

    Args:
        study: of a search.
        top: how many, of one objective.

    Raises:
        InputError: it is of another program, or has no trial with values.

    Example:
        >>> from search import read_studies, stored_winners
        >>> record, _ = read_studies("journal:searches.log")
        >>> len(stored_winners(record, top=2)), sorted(stored_winners(record).metrics)
        (2, ['flops', 'nodes', 'params'])
    """
    if not study.settings:
        raise InputError(f"study {study.name!r} is of another program and holds no architectures")
    trials = [trial for trial in study.complete if {ARCHITECTURE, HASH} <= trial.user_attrs.keys()]
    if not trials:
        raise InputError(f"study {study.name!r} has no trial with values yet")
    if len(study.metrics) > 1:
        trials = [trial for trial in study.best if trial in trials]
    best = _ranked(trials, study.metrics, float(study.signs[0]), top)
    meta = {**study.attributes.get(PROVENANCE, {}), "study": study.name}
    return _table(best, study.space, meta)


def _ranked(trials: Sequence[FrozenTrial], names: Sequence[str], sign: float, top: int) -> list[_Winner]:
    """Different architectures of trials with what these say of them, best first by the first objective.

    Args:
        trials: with values, all of which are given where there are several objectives.
        names: of the objectives.
        sign: what values of the first are multiplied by to be losses.
        top: how many, of one objective.
    """
    found: dict[str, _Winner] = {}
    for trial in sorted(trials, key=lambda trial: sign * trial.values[0]):
        own = trial.user_attrs
        values = dict(zip(names, trial.values, strict=True))
        values |= {name: own[name] for name in (ACCURACY, *COSTS) if name in own and name not in values}
        found.setdefault(own[HASH], (Architecture(own[ARCHITECTURE], own[HASH]), values))
        for value, native, key in own.get("derived", ()):  # a step of fade has evaluated several
            found.setdefault(key, (Architecture(native, key), {names[0]: value}))
    best = list(found.values())
    return best if len(names) > 1 else sorted(best, key=lambda one: sign * one[1][names[0]])[:top]


def _table(best: Sequence[_Winner], space: Space, meta: Mapping[str, Any]) -> ArchTable:
    names = dict.fromkeys(name for _, values in best for name in values)
    return ArchTable.from_graphs(
        [space.from_native(architecture.native) for architecture, _ in best],
        ids=[architecture.native for architecture, _ in best],
        space=space.name,
        metrics={name: [values.get(name, float("nan")) for _, values in best] for name in names},
        meta=[meta] * len(best),
    )
