"""Searches that are begun, gone on with, and told of."""

import pytest
from optuna.storages import InMemoryStorage
from small_searches import table

from archgraph import InputError, spaces
from search.problem import Problem, Search
from search.run import best_of, run_search


def test_a_search_goes_on_to_so_many_trials_and_says_how_many_are_finished(tmp_path):
    table().write(tmp_path / "t.parquet")
    problem, counts = Problem("dag:1-4", f"table:{tmp_path / 't.parquet'}:acc"), []
    for trials in (3, 5):
        url = f"sqlite:///{tmp_path / 's.db'}"
        study = run_search(problem, Search("random"), trials, url, progress=counts.append)
    assert counts == [0, 1, 2, 3, 3, 4, 5]
    assert study.study_name == "random-0"
    assert "batch" not in study.user_attrs["settings"]
    found = best_of(study)
    assert found["acc"] == max(trial.value for trial in study.trials)
    assert (found["study"], found["trials"]) == ("random-0", 5)


def test_a_study_is_read_once_a_trial(tmp_path, monkeypatch):
    """By every search, what a command asks before each trial included; a few reads more begin and end it."""
    table().write(tmp_path / "t.parquet")
    problem = Problem("dag:1-4", f"table:{tmp_path / 't.parquet'}:acc")
    macro = spaces.get("macro").enumerate()
    macro.with_metrics(acc=[float(native) for native in macro.ids]).write(tmp_path / "m.parquet")
    fade = Problem("macro", f"table:{tmp_path / 'm.parquet'}:acc")
    reads, plain = [], InMemoryStorage.get_all_trials
    monkeypatch.setattr(InMemoryStorage, "get_all_trials", lambda *a, **k: reads.append(0) or plain(*a, **k))
    for chosen, search in (
        (problem, Search("random")),
        (problem, Search("delta")),
        (fade, Search("fade", {"candidates": 2})),
    ):
        counts = []
        for trials in (6, 12):
            reads.clear()
            run_search(chosen, search, trials=trials)
            counts.append(len(reads))
        assert counts[1] - counts[0] == 6
        assert counts[0] <= 6 + 6


def test_a_pareto_front_is_given_by_architecture(tmp_path):
    table().write(tmp_path / "t.parquet")
    problem = Problem("dag:1-4", f"table:{tmp_path / 't.parquet'}:acc,-size")
    study = run_search(problem, Search("random"), 10)
    assert best_of(study)["Pareto front"] == {t.user_attrs["architecture"]: t.values for t in study.best_trials}


def relative(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    return f"table:./{path.name}:acc"


def test_a_table_is_the_same_whatever_its_file_is_called_and_in_whatever_order_it_is(tmp_path, monkeypatch):
    url, rows = f"journal:{tmp_path / 's.log'}", table()
    rows.write(tmp_path / "t.parquet")
    run_search(Problem("dag:1-4", f"table:{tmp_path / 't.parquet'}:acc"), Search("random"), 2, url)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "t.parquet").rename(tmp_path / "elsewhere" / "u.parquet")
    rows[list(range(len(rows)))[::-1]].write(tmp_path / "elsewhere" / "v.jsonl")
    for objective in (
        relative(tmp_path / "elsewhere" / "u.parquet", monkeypatch),
        f"table:{tmp_path / 'elsewhere' / 'v.jsonl'}:acc",
    ):
        study = run_search(Problem("dag:1-4", objective), Search("random"), 3, url)
    assert len(study.trials) == 3


def test_a_table_whose_values_have_changed_is_refused(tmp_path):
    """As accuracies that are fractions now and were percent."""
    url, rows = f"sqlite:///{tmp_path / 's.db'}", table()
    problem = Problem("dag:1-4", f"table:{tmp_path / 't.parquet'}:acc")
    rows.write(tmp_path / "t.parquet")
    before = run_search(problem, Search("random"), 2, url)
    rows.with_metrics(acc=rows.metrics["acc"] / 100).write(tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"begun with other data: what objective .* holds has changed"):
        run_search(problem, Search("random"), 3, url)
    assert len(before.trials) == 2


def test_a_study_of_before_fingerprints_goes_on(tmp_path):
    url = f"sqlite:///{tmp_path / 's.db'}"
    table().write(tmp_path / "t.parquet")
    problem = Problem("dag:1-4", f"table:{tmp_path / 't.parquet'}:acc")
    study = run_search(problem, Search("random"), 2, url)
    settings = dict(study.user_attrs["settings"])
    del settings["fingerprints"]
    study.set_user_attr("settings", settings)
    assert len(run_search(problem, Search("random"), 3, url).trials) == 3
