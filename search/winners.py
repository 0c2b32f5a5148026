"""The best architectures of a search as graphs, with what is known of them and where it comes from."""

from __future__ import annotations

from typing import Any

import optuna

from archgraph.table.table import ArchTable
from search.objectives.base import Architecture, Objective
from search.studies.study import ARCHITECTURE, HASH, completed, signs

TOP = 5
"""How many architectures are given where one objective orders them."""
ACCURACY = "validation_accuracy"


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
    space, sign = objective.space, signs(study)
    found: dict[str, tuple[Architecture, dict[str, float]]] = {}
    if len(objective.names) > 1:
        trials = sorted(study.best_trials, key=lambda trial: sign[0] * trial.values[0])
    else:
        trials = sorted(completed(study), key=lambda trial: sign[0] * trial.values[0])
    for trial in trials:
        own = trial.user_attrs
        values = dict(zip(objective.names, trial.values, strict=True))
        values |= {ACCURACY: own[ACCURACY]} if ACCURACY in own else {}
        found.setdefault(own[HASH], (Architecture(own[ARCHITECTURE], own[HASH]), values))
        for value, native, key in own.get("derived", ()):  # a step of fade has evaluated several
            found.setdefault(key, (Architecture(native, key), {objective.names[0]: value}))
    best = list(found.values())
    if len(objective.names) == 1:
        best = sorted(best, key=lambda one: sign[0] * one[1][objective.names[0]])[:top]
    rows = [values | {k: v for k, v in objective.costs_of(a).items() if k not in values} for a, values in best]
    names = dict.fromkeys(name for row in rows for name in row)
    meta: dict[str, Any] = {**objective.provenance, "study": study.study_name}
    return ArchTable.from_graphs(
        [space.from_native(architecture.native) for architecture, _ in best],
        ids=[architecture.native for architecture, _ in best],
        space=space.name,
        metrics={name: [row.get(name, float("nan")) for row in rows] for name in names},
        meta=[meta] * len(best),
    )
