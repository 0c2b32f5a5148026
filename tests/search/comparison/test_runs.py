"""Finished searches are read and grouped."""

import numpy as np
import optuna
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.study import StudyDirection
from optuna.trial import TrialState

from archgraph import InputError
from search.comparison.curves import over_seeds, summary
from search.comparison.report import write_comparison
from search.comparison.runs import grouped, read_runs
from search.studies.records import StudyRecord


@pytest.mark.parametrize(("names", "message"), [(["x"], "no study 'x'"), ([], "no study with a finished trial")])
def test_studies_that_are_missing_are_said(names, message, tmp_path):
    (tmp_path / "empty.log").touch()
    with pytest.raises(InputError, match=message):
        read_runs([f"journal:{tmp_path / 'empty.log'}"], names)


def test_searches_are_put_together_only_if_problem_and_settings_are_the_same(tmp_path):
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    train = {"space": "dag", "objective": "train:digits", "width": 8, "train_size": None, "recipe": {}, "batch": 1}
    table = {"space": "dag", "objective": "table:t.parquet:acc", "width": 8}
    wide, seen = train | {"width": 32}, table | {"encoder": "some/where/e"}
    delta, set_ = {"method": "delta", "settings": {}}, {"method": "delta", "settings": {"parents": 4}}
    network = {"kind": "published", "settings": {"channels": 4}}
    other = train | {"network": network, "size": 32, "limits": {"params": 5e5}}
    all_settings = [
        train | delta,
        wide | delta,
        train | set_,
        train | delta,
        table | delta,
        seen | delta,
        other | delta,
    ]
    for i, own in enumerate(all_settings):
        study = optuna.create_study(storage=url, study_name=str(i))
        study.set_user_attr("settings", own | {"seed": i, "metrics": ["loss"]})
        study.add_trial(optuna.create_trial(value=1.0))
    assert {found.label: [run.name for run in found.runs] for found in read_runs([url])} == {
        "dag train:digits width=8": ["delta", "delta parents=4", "delta"],
        "dag train:digits width=32": ["delta"],
        "dag table:t.parquet:acc": ["delta", "delta encoder=e"],
        "dag train:digits size=32 network=published channels=4 params<=500000": ["delta"],
    }


def test_data_and_encoders_are_known_by_their_fingerprints_wherever_they_lie(tmp_path):
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    ours = [  # objective, its data, encoder, its data
        ("table:./t.parquet:acc", "a", None, None),
        ("table:/elsewhere/u.parquet:acc", "a", None, None),  # moved
        ("table:t.parquet:acc", "b", None, None),  # the same name, other values
        ("table:t.parquet:acc,-size", "a", None, None),  # another metric
        ("table:t.parquet:acc", "a", "x/e", "1"),
        ("table:t.parquet:acc", "a", "y/f", "1"),  # moved
        ("table:t.parquet:acc", "a", "y/e", "2"),  # the same name, another encoder
        ("train:folder:here,-params", "c", None, None),
        ("train:folder:there,-params", "c", None, None),
        ("table:./v.parquet:acc", None, None, None),  # of before fingerprints
        ("table:v.parquet:acc", None, None, None),
    ]
    for i, (objective, data, encoder, held) in enumerate(ours):
        study = optuna.create_study(storage=url, study_name=str(i))
        known = {name: value for name, value in (("objective", data), ("encoder", held)) if value}
        settings = {"method": "delta", "space": "dag", "objective": objective, "seed": i, "encoder": encoder}
        study.set_user_attr("settings", settings | ({"fingerprints": known} if known else {}))
        study.add_trial(optuna.create_trial(value=1.0))
    assert {found.label: [(run.seed, run.name) for run in found.runs] for found in read_runs([url])} == {
        "dag table:t.parquet:acc": [
            (0, "delta"),
            (1, "delta"),
            (4, "delta encoder=e"),
            (5, "delta encoder=e"),
            (6, "delta encoder=e (2)"),
        ],
        "dag table:t.parquet:acc (2)": [(2, "delta")],
        "dag table:t.parquet:acc,-size": [(3, "delta")],
        "dag train:folder:here,-params": [(7, "delta"), (8, "delta")],
        "dag table:v.parquet:acc": [(9, "delta"), (10, "delta")],
    }


def test_studies_of_other_programs_are_compared_and_none_is_counted_twice(tmp_path):
    url = f"sqlite:///{tmp_path / 'foreign.db'}"
    study = optuna.create_study(storage=url, study_name="theirs")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    found = read_runs([url, url])
    assert [(p.label, len(p.runs), p.runs[0].paid["queries"].tolist()) for p in found] == [("theirs", 1, [1, 2, 3])]
    assert write_comparison(found, tmp_path / "report", "Theirs").is_file()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
OURS = (
    "method",
    "space",
    "objective",
    "seed",
    "metrics",
    "settings",
    "recipe",
    "limits",
    "network",
    "encoder",
    "width",
)
SETTINGS = (
    JSON
    | st.dictionaries(st.sampled_from(OURS), JSON)
    | st.fixed_dictionaries(
        {"method": st.text(max_size=4), "space": st.text(max_size=4), "objective": st.text(max_size=4)},
        optional=dict.fromkeys(OURS[3:], JSON),
    )
)
STUDY = st.fixed_dictionaries(
    {}, optional={"settings": SETTINGS, **dict.fromkeys(("problem", "name", "optimum", "test"), JSON)}
)
TRIAL = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("queries", "gmacs", "seconds", "architecture", "reason", "failed", "hash"), JSON)
)
MADE = st.tuples(st.sampled_from([TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED]), TRIAL)


def trial(number, state, attributes, objectives):
    values = [float(number - 2)] * objectives if state == TrialState.COMPLETE else None
    made = optuna.trial.create_trial(state=state, values=values, user_attrs=attributes)
    made.number = number
    return made


@settings(max_examples=60)
@given(st.lists(st.tuples(st.text(max_size=3), st.integers(1, 2), STUDY, st.lists(MADE, max_size=4)), max_size=4))
def test_attributes_of_any_shape_are_read_and_summed_up(studies):
    """Whatever another program has left: each study with a value is compared, and each left out is named."""
    read = [
        StudyRecord(
            name,
            (StudyDirection.MINIMIZE,) * objectives,
            attributes,
            [trial(n, state, own, objectives) for n, (state, own) in enumerate(trials)],
        )
        for name, objectives, attributes, trials in studies
    ]
    lines = []
    problems = grouped(read, lines.append)
    assert len({problem.label for problem in problems}) == len(problems)
    valued = [study for study in read if study.complete and not study.work]
    assert sum(len(problem.runs) for problem in problems) == len(valued)
    runs = [run for problem in problems for run in problem.runs]
    assert sum(len(run.losses) for run in runs) == sum(len(study.complete) for study in valued)
    for problem in problems:
        rows = over_seeds(summary(problem))
        assert rows["failed"].sum() == sum(len(run.failures) for run in (*problem.runs, *problem.fruitless))
        assert all(np.isfinite(paid).all() for run in problem.runs for paid in run.paid.values())
    assert sum("left out" in line for line in lines) == len(read) - sum(
        len(problem.runs) + len(problem.fruitless) for problem in problems
    )


def test_what_failed_is_counted_as_a_query_and_said(tmp_path):
    odd = "$\\frac$ [/b]<b>"  # names are shown as they are, though they look like formulas or markup
    url, own = f"sqlite:///{tmp_path / 's.db'}", {"method": odd, "space": "macro", "objective": "table:t:$a_$"}
    failed = {"state": TrialState.FAIL, "user_attrs": {"reason": "no room", "gmacs": 1.0, "architecture": "a"}}
    queue = optuna.create_study(storage=url, study_name="queue")
    queue.set_user_attr("settings", {"work": "supernet train"})
    queue.add_trial(optuna.create_trial(value=1.0))
    for name, seed, trials in (("some", 0, "+f+"), ("none", 1, "ff"), ("cut", 2, "g")):
        study = optuna.create_study(storage=url, study_name=name)
        study.set_user_attr("settings", own | {"seed": seed, "metrics": ["$a_$"]})
        for kind in trials:
            given_up = {"state": TrialState.FAIL}
            made = {"+": {"value": 1.0, "user_attrs": {"gmacs": 2.0}}, "f": failed, "g": given_up}[kind]
            study.add_trial(optuna.create_trial(**made))
    lines = []
    [found] = read_runs([url], say=lines.append)
    assert [run.paid["queries"].tolist() for run in found.runs] == [[1, 3]]
    assert [run.paid["gmacs"].tolist() for run in found.runs] == [[2, 5]]
    assert [run.seed for run in found.fruitless] == [1]
    assert lines == [
        "study 'queue' is left out: it is the queue of supernet train, no search",
        "study 'none': all 2 evaluations failed: no room",
        "study 'cut' is left out: it has no trial with values",
    ]
    [row] = over_seeds(summary(found)).to_dict("records")
    assert (row["seeds"], row["share at the best"], row["failed"], row["mean final"]) == (2, 0.5, 3, 1.0)
    text = write_comparison([found], tmp_path / "out", "t").read_text()
    assert "<td>$\\frac$ [/b]&lt;b&gt;</td>" in text
    assert "best $a_$ so far" in text
    assert "all 2" in text
    assert text.count("no room") == 2
    failures = pd.read_csv(tmp_path / "out" / "failures.csv")
    assert failures.drop(columns=["problem", "method"]).to_numpy().tolist() == [
        [0, 1, "a", "no room"],
        [1, 0, "a", "no room"],
        [1, 1, "a", "no room"],
    ]
