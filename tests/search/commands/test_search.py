"""`archgraph search` as users meet it."""

import json

import numpy as np
import optuna
import pytest

from archgraph import spaces
from archgraph.cli.main import run


def command(*arguments):
    with pytest.raises(SystemExit) as stopped:
        run([str(a) for a in arguments])
    return stopped.value.code


@pytest.fixture
def table(tmp_path):
    members = spaces.get("dag:1-4").enumerate()
    metrics = {"acc": np.random.default_rng(0).random(len(members)), "size": members.graph_sizes.astype(float)}
    path = tmp_path / "t.parquet"
    members.with_metrics(**metrics).write(path)
    return path


def test_a_search_goes_on_with_the_same_command_and_is_compared(table, tmp_path, capsys):
    storage = f"sqlite:///{tmp_path / 's.db'}"
    base = ["--space", "dag:1-4", "--objective", f"table:{table}:acc", "--storage", storage, "--quiet", "--json"]
    for trials in (4, 8):
        assert (
            command("search", "evolution", *base, "--trials", trials, "--set", "population=3", "--set", "sample=2") == 0
        )
        assert json.loads(capsys.readouterr().out)["trials"] == trials
    assert command("search", "random", *base, "--trials", 8) == 0
    best = json.loads(capsys.readouterr().out)
    study = optuna.load_study(study_name="random-0", storage=storage)
    assert best["acc"] == study.best_value == max(t.value for t in study.trials)
    assert spaces.get("dag:1-4").from_native(best["architecture"]) is not None
    assert command("compare", "--storage", storage, "-o", tmp_path / "out") == 0
    assert "evolution" in capsys.readouterr().out
    assert (tmp_path / "out" / "report.html").is_file()


def test_lower_can_be_better_and_several_objectives_give_a_front(table, tmp_path, capsys):
    storage = f"journal:{tmp_path / 's.log'}"
    base = ["--space", "dag:1-4", "--storage", storage, "--quiet", "--json", "--trials", 40]
    assert command("search", "random", *base, "--objective", f"table:{table}:-size", "--study", "a") == 0
    assert json.loads(capsys.readouterr().out)["size"] == 4
    assert command("search", "delta", *base, "--objective", f"table:{table}:acc,-size", "--study", "b") == 0
    values = np.array(list(json.loads(capsys.readouterr().out)["Pareto front"].values()))
    order = np.argsort(values[:, 1])
    assert (np.diff(values[order, 0]) > 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "best", "--trials", 3], "unknown method 'best'; choose from random, evolution"),
        (["search", "random", "--trials", 3, "--objective", "table:x"], "is written table:FILE:METRIC"),
        (["search", "random", "--trials", 3, "--objective", "guess:x"], "is written table:FILE:METRIC or train:DATA"),
        (["search", "random", "--trials", 3, "--storage", "nonsense"], "a storage is written like"),
        (["search", "fade", "--trials", 3], "fade needs --encoder FOLDER"),
        (["search", "random", "--trials", 3, "--set", "x"], "a setting is written NAME=VALUE"),
        (["search", "delta", "--trials", 3, "--set", "parents=["], "setting 'parents' is no value in YAML: '['"),
        (["search", "global", "--trials", 3, "--space", "darts"], "darts is too large to be scored as a whole"),
    ],
)
def test_wrong_input_is_one_clear_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command(*arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("method", "setting"), [("cmaes", []), ("fade", []), ("delta", ["--set", "predictor=some/where"])]
)
def test_methods_that_search_for_one_objective_refuse_two_before_a_study_is_made(
    method, setting, table, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    place = ["--space", "dag:1-4", "--objective", f"table:{table}:acc,-size"]
    assert command("search", method, "--trials", 3, "--quiet", *place, *setting) == 2
    assert f"{method} searches for one objective here, but got acc, size" in capsys.readouterr().err
    assert not (tmp_path / "archgraph.db").exists()


def test_a_metric_or_an_architecture_that_is_missing_is_said(table, capsys, tmp_path):
    storage = f"sqlite:///{tmp_path / 's.db'}"
    base = ["search", "random", "--trials", 3, "--storage", storage, "--quiet"]
    assert command(*base, "--space", "dag:1-4", "--objective", f"table:{table}:loss") == 2
    assert "no metric 'loss' in the table; it has acc, size" in capsys.readouterr().err
    assert command(*base, "--space", "macro", "--objective", f"table:{table}:acc") == 2
    assert "not a member of macro" in capsys.readouterr().err
