"""Trials as tables: whatever a program has put into them, every form of file can hold it."""

import io
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from archgraph.storages.liveness import GIVEN_UP, LATE
from search.studies.records import StudyRecord
from search.studies.tables import as_text, best_rows, state_of, study_rows, trial_table

NAMES = st.text(max_size=4) | st.sampled_from(["number", "state", "hash", "reason", "queries", "value", "params_x"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(st.integers())
CHOICES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=4)
TRIALS = st.lists(
    st.tuples(
        st.sampled_from(TrialState),
        st.dictionaries(NAMES, CHOICES, max_size=3),
        st.dictionaries(NAMES, VALUES, max_size=4),
    ),
    max_size=4,
)


def record(trials, metrics=("value",)):
    made = []
    for number, (state, params, attributes) in enumerate(trials):
        values = [float(number)] * len(metrics) if state == TrialState.COMPLETE else None
        kinds = {name: CategoricalDistribution([value]) for name, value in params.items()}
        trial = create_trial(state=state, values=values, params=params, distributions=kinds, user_attrs=attributes)
        trial.number = number
        made.append(trial)
    return StudyRecord("s", (StudyDirection.MINIMIZE,) * len(metrics), {}, made, metrics)


def test_a_trial_that_was_given_up_is_no_failed_evaluation():
    fail = TrialState.FAIL
    study = record([(fail, {}, {GIVEN_UP: LATE}), (fail, {}, {"reason": "diverged"}), (TrialState.COMPLETE, {}, {})])
    assert [state_of(study, trial) for trial in study.trials] == ["abandoned", "failed", "complete"]
    [row] = study_rows([study])
    assert (row["abandoned"], row["failed"], row["complete"]) == (1, 1, 1)
    assert trial_table(study)["reason"].tolist()[:2] == [LATE, "diverged"]


@settings(max_examples=60)
@given(TRIALS, st.lists(NAMES, min_size=1, max_size=2, unique=True))
def test_trials_of_any_program_are_a_row_each_in_every_form(trials, metrics):
    study = record(trials, metrics)
    table = trial_table(study)
    assert table["number"].tolist() == list(range(len(trials)))
    assert table["state"].tolist() == [state_of(study, trial) for trial in study.trials]
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    assert len(pd.read_parquet(buffer)) == len(trials)
    assert len(json.loads(as_text(table, "json"))) == len(trials)
    assert len([json.loads(line) for line in as_text(table, "jsonl").splitlines() if line]) == len(trials)
    assert len(pd.read_csv(io.StringIO(as_text(table, "csv")))) == len(trials)
    json.dumps([study_rows([study]), best_rows(study)], default=str)


def test_numbers_stay_numbers_and_what_is_mixed_becomes_text():
    complete = TrialState.COMPLETE
    table = trial_table(record([(complete, {"a": 1, "b": 1, "c": True}, {}), (complete, {"a": 2, "b": "x"}, {})]))
    assert table["params_a"].tolist() == [1, 2]
    assert table["params_b"].tolist() == ["1", "x"]
    assert table["params_c"].tolist() == [True, pd.NA]


@pytest.mark.parametrize("name", ["number", "reason", "begun"])
def test_a_metric_called_like_another_column_keeps_that_column(name):
    table = trial_table(record([(TrialState.COMPLETE, {}, {})], [name]))
    assert table[f"value_{name}"].tolist() == [0.0]
