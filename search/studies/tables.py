"""Studies and their trials as tables, for people and for files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from archgraph.storages.liveness import GIVEN_UP
from search.objectives.evaluation import COST, QUERIES, REASON, SECONDS
from search.studies.records import StudyRecord
from search.studies.study import ARCHITECTURE, HASH, REFUSED

_ABANDONED = "abandoned"
STATES = ("complete", "running", "stale", "failed", "pruned", "waiting", _ABANDONED)
"""Of a trial; one is stale whose worker is known to be gone, and abandoned where it was given up for that, or since
another worker had begun the same architecture: storages hold it as failed, no evaluation did."""
_STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.RUNNING: "running",
    TrialState.FAIL: "failed",
    TrialState.PRUNED: "pruned",
    TrialState.WAITING: "waiting",
}
_ATTRIBUTES = (ARCHITECTURE, HASH, REASON, QUERIES, COST, SECONDS)
"""Attributes of trials that have a column of their own."""
_WHY = (REASON, REFUSED, GIVEN_UP)
"""Attributes that say why a trial failed; in a table they are one column."""
_TIMES = ("begun", "ended")


def state_of(study: StudyRecord, trial: FrozenTrial) -> str:
    """The state of a trial, one of `STATES`."""
    if trial.state == TrialState.FAIL and GIVEN_UP in trial.user_attrs:
        return _ABANDONED
    return "stale" if trial.number in study.stale else _STATES[trial.state]


def why_failed(trial: FrozenTrial) -> Any:
    """Why a trial failed: its evaluation did, what was queued was refused, or it was given up; None where it is not
    said, or did not."""
    own = trial.user_attrs
    if trial.state != TrialState.FAIL:
        return own.get(REASON)
    return next((own[name] for name in _WHY if name in own), None)


def study_rows(studies: Iterable[StudyRecord]) -> list[dict[str, Any]]:
    """One row a study: `name`, `method`, `objective`, trials by state, `best`, `begun` and `last` (local times).

    The best is a value, or with several objectives the size of the front; method and objective are empty where another
    program began the study; of a queue of trainings the method is the command.
    """
    rows = []
    for study in studies:
        counts = Counter(state_of(study, trial) for trial in study.trials)
        times = [t for trial in study.trials for t in (trial.datetime_start, trial.datetime_complete) if t is not None]
        several, found = len(study.metrics) > 1, study.best
        best = None if not found else f"front of {len(found)}" if several else found[0].values[0]
        rows.append(
            {
                "name": study.name,
                "method": study.settings.get("method", study.work),
                "objective": study.settings.get("objective", ""),
                **{state: counts[state] for state in STATES},
                "metric": ", ".join(study.metrics),
                "best": best,
                "begun": min(times, default=None),
                "last": max(times, default=None),
            }
        )
    return rows


def best_rows(study: StudyRecord) -> list[dict[str, Any]]:
    """One row for the best trial, or each of the front: `number`, the values by their metrics, and the parameters."""
    found = []
    for trial in study.best:
        params = {name: value if isinstance(value, int | float) else str(value) for name, value in trial.params.items()}
        found.append({"number": trial.number, **dict(zip(study.metrics, trial.values, strict=True)), **params})
    return found


def trial_table(study: StudyRecord) -> pd.DataFrame:
    """One row a trial of a study of any program.

    Columns: `number`, `state`, the values under the names of their metrics, `params_NAME` of each parameter,
    `architecture`, `hash`, `reason` (why it failed, also where it was given up), the costs `queries`, `gmacs` and
    `seconds`, `begun` and `ended` (local times), and `user_attrs_NAME` of each further attribute that is a number or a
    text. A metric that is called like another column is `value_NAME`.

    Example:
        >>> import optuna
        >>> from search import StudyRecord, trial_table
        >>> study = optuna.create_study(study_name="mine")
        >>> study.optimize(lambda trial: trial.suggest_int("x", 3, 3) ** 2, n_trials=1)
        >>> trial_table(StudyRecord("mine", tuple(study.directions), {}, study.trials))[["state", "value", "params_x"]]
              state  value  params_x
        0  complete    9.0         3
    """
    taken = {"number", "state", *_ATTRIBUTES, *_TIMES}
    names = [f"value_{name}" if name in taken else name for name in study.metrics]
    params = dict.fromkeys(name for trial in study.trials for name in trial.params)
    others = dict.fromkeys(
        name
        for trial in study.trials
        for name, value in trial.user_attrs.items()
        if name not in (*_ATTRIBUTES, *_WHY) and isinstance(value, str | int | float)
    )
    columns: dict[str, list[Any]] = {
        "number": [trial.number for trial in study.trials],
        "state": [state_of(study, trial) for trial in study.trials],
    }
    for i, name in enumerate(names):
        columns[name] = [None if trial.values is None else trial.values[i] for trial in study.trials]
    for name in params:
        columns[f"params_{name}"] = [trial.params.get(name) for trial in study.trials]
    for name in _ATTRIBUTES:
        columns[name] = [trial.user_attrs.get(name) for trial in study.trials]
    columns[REASON] = [why_failed(trial) for trial in study.trials]
    columns["begun"] = [trial.datetime_start for trial in study.trials]
    columns["ended"] = [trial.datetime_complete for trial in study.trials]
    for name in others:
        columns[f"user_attrs_{name}"] = [trial.user_attrs.get(name) for trial in study.trials]
    return pd.DataFrame({_text(name): _column(values) for name, values in columns.items()})


def _column(values: Sequence[Any]) -> pd.Series[Any]:
    """Values of one kind; what is of several kinds, or no number, time or text, as text."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in known):
        return pd.Series(list(values), dtype="boolean" if known else object)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        whole = all(isinstance(value, int) and abs(value) < 1 << 63 for value in known)
        return pd.Series(list(values), dtype="Int64" if whole else float)
    if all(hasattr(value, "isoformat") for value in known):
        return pd.to_datetime(pd.Series(list(values)))
    return pd.Series([None if value is None else _text(str(value)) for value in values], dtype=object)


def _text(text: str) -> str:
    """A text that any file can hold; a carriage return, which CSV writers leave bare, is a new line."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\r", "\n")


def as_text(table: pd.DataFrame, kind: str) -> str:
    """A table as text: `csv`, `json`, an array of objects, or `jsonl`, an object a line."""
    if kind == "csv":
        return table.to_csv(index=False)
    text = table.to_json(orient="records", date_format="iso", double_precision=15, lines=kind == "jsonl")
    return f"{text.rstrip()}\n" if len(table) else text
