"""Evaluations that are known before a search begins, of a table or of another study; they cost it nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from archgraph._compat import storage_of
from archgraph.errors import GraphError, InputError
from archgraph.storages.opening import open_existing, shown_url
from archgraph.table.table import ArchTable
from search.architectures import Architectures
from search.objectives.base import Objective
from search.objectives.evaluation import QUERIES
from search.parameters import described, distributions
from search.studies.history import architecture_of
from search.studies.study import ARCHITECTURE, HASH, completed

KNOWN = "known_from"  # trial attribute: where its values are from, which the search did not pay for
MOST = 5_000
"""Evaluations that a study starts from: each is written as a trial."""
Value = tuple[int, tuple[float, ...]]


def start_from(source: str, study: optuna.Study, objective: Objective) -> None:
    """Put known evaluations into a study that has no trials of its own yet, once.

    What cannot be searched for the objective, as what costs more than its limits, is left out; of architectures that
    occur several times the first is taken.

    Args:
        source: a file of graphs with the objective's metrics; or NAME, a study in the same storage; or STORAGE#NAME.
        study: gets a finished trial an evaluation.
        objective: of the search.

    Raises:
        InputError: there is no such file or study, it has not the objective's metrics or other architectures, or too
            many; nothing is written then.
    """
    begun = [trial for trial in study.get_trials(deepcopy=False) if trial.state != TrialState.WAITING]
    if any(KNOWN not in trial.user_attrs for trial in begun):
        return
    met = Architectures(objective.space, objective.members, limits=objective.limits)
    is_file = Path(source).suffix in (".parquet", ".jsonl")
    found = _of_table(source, objective, met) if is_file else _of_study(source, study, objective, met)
    if len(found) > MOST:
        raise InputError(f"a study starts from {MOST} evaluations at most, but got {len(found)}")
    there = {trial.user_attrs[HASH] for trial in begun}
    for row, values in found:
        if row >= 0 and met.hashes[row] not in there:
            study.add_trial(_trial(met, row, values, source if is_file else source.rpartition("#")[2], objective))
            there.add(met.hashes[row])


def is_known(trial: FrozenTrial) -> bool:
    """Whether a trial was known before its search began."""
    return KNOWN in trial.user_attrs


def _of_table(source: str, objective: Objective, met: Architectures) -> list[Value]:
    table = ArchTable.read(Path(source))
    if missing := [name for name in objective.names if name not in table.metrics]:
        known = ", ".join(map(str, table.metrics)) or "none"
        raise InputError(f"{source} has no metric {missing[0]!r} of the search; it has {known}")
    table = table[table.metrics[list(objective.names)].notna().all(axis=1).to_numpy().nonzero()[0]]
    try:
        for graph in table:
            objective.space.validate(graph)
    except GraphError as error:
        raise InputError(f"{source} holds other architectures: {error}") from error
    values = table.metrics[list(objective.names)].to_numpy(float).tolist()
    return list(zip(met.add(list(table)).tolist(), map(tuple, values), strict=True))


def _of_study(source: str, study: optuna.Study, objective: Objective, met: Architectures) -> list[Value]:
    url, elsewhere, name = source.rpartition("#")
    storage: BaseStorage = open_existing(url) if elsewhere else storage_of(study)
    try:
        other = optuna.load_study(study_name=name, storage=storage)
    except KeyError:
        raise InputError(
            f"no study {shown_url(name)[:64]!r} to start from; a file ends in .parquet or .jsonl"
        ) from None
    settings = other.user_attrs.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    wanted = {"space": met.space.name, "metrics": list(objective.names)}
    for entry, value in wanted.items():
        if settings.get(entry) != value:
            raise InputError(f"study {name[:64]!r} has {entry} {settings.get(entry)}, but the search {value}")
    if other.directions != study.directions:
        raise InputError(f"study {name[:64]!r} has other directions than the search")
    done = completed(other)
    rows = met.add([met.space.from_native(architecture_of(trial).native) for trial in done])
    return [(row, tuple(trial.values)) for row, trial in zip(rows.tolist(), done, strict=True)]


def _trial(met: Architectures, row: int, values: Sequence[float], source: str, objective: Objective) -> FrozenTrial:
    architecture, graph = met.architecture(row), met.graph(row)
    params = met.choices(row)
    costs = objective.costs_of(architecture)
    return create_trial(
        state=TrialState.COMPLETE,
        values=list(values),
        params=params,
        distributions=dict(distributions(met.space)) if params else {},
        user_attrs={
            ARCHITECTURE: architecture.native,
            HASH: architecture.hash,
            **described(met.space, graph, costs),
            QUERIES: 0.0,
            KNOWN: source,
        },
    )
