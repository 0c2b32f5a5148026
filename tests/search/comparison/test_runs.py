"""Finished searches are read and grouped."""

import optuna
import pytest

from archgraph import InputError
from search.comparison import read_runs, write_comparison


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


def test_studies_of_other_programs_are_compared_and_none_is_counted_twice(tmp_path):
    url = f"sqlite:///{tmp_path / 'foreign.db'}"
    study = optuna.create_study(storage=url, study_name="theirs")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    found = read_runs([url, url])
    assert [(p.label, len(p.runs), p.runs[0].paid["queries"].tolist()) for p in found] == [("theirs", 1, [1, 2, 3])]
    assert write_comparison(found, tmp_path / "report", "Theirs").is_file()
