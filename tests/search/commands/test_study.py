"""`archgraph study` as users meet it."""

import hashlib
import json
from datetime import datetime

import optuna
import pandas as pd
import pytest
from optuna.trial import TrialState, create_trial

from archgraph import ArchTable, spaces
from archgraph.cli.main import run
from archgraph.storages.opening import open_storage
from search.problem import Problem, Search
from search.run import run_search


def command(*arguments):
    with pytest.raises(SystemExit) as stopped:
        run([str(a) for a in arguments])
    return stopped.value.code


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a table, and storages `s.db` and `s.log` of four studies each."""
    folder = tmp_path_factory.mktemp("studies")
    members = spaces.get("dag:1-4").enumerate()
    sizes = members.graph_sizes.astype(float)
    members.with_metrics(acc=sizes / 100, size=sizes).write(folder / "t.parquet")
    for url in (f"sqlite:///{folder / 's.db'}", f"journal:{folder / 's.log'}"):
        for metrics, name in (("acc", "one"), ("acc,-size", "two")):
            problem = Problem("dag:1-4", f"table:{folder / 't.parquet'}:{metrics}")
            run_search(problem, Search("random"), 8, url, name)
        own = optuna.load_study(study_name="one", storage=open_storage(url))
        own.add_trial(create_trial(state=TrialState.FAIL, user_attrs={"reason": "no room"}))
        own.add_trial(create_trial(state=TrialState.RUNNING, user_attrs={"worker": "elsewhere:1"}))
        other = optuna.create_study(study_name="theirs $", storage=open_storage(url), direction="maximize")
        other.set_user_attr("settings", {"method": ["mine"]})
        other.enqueue_trial({"x": 1})
        other.add_trial(create_trial(state=TrialState.PRUNED, user_attrs={"queries": "many", "note": [1]}))
        kinds = {"x": optuna.distributions.CategoricalDistribution(["a", 1, None])}
        for choice in ("a", 1, None):
            other.add_trial(create_trial(value=2.0, params={"x": choice}, distributions=kinds))
        optuna.create_study(study_name="empty", storage=open_storage(url))
    return folder


@pytest.fixture(params=["sqlite:///s.db", "journal:s.log"])
def storage(request, folder, monkeypatch):
    """The URL of a storage, which nothing has changed when the test is done."""
    monkeypatch.chdir(folder)

    def contents():
        return {path.name: hashlib.sha256(path.read_bytes()).digest() for path in folder.glob("s.*")}

    before = contents()
    yield request.param
    assert contents() == before


def test_studies_are_listed_with_their_trials_by_state(storage, capsys):
    assert command("study", "list", storage, "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows) == ["one", "two", "theirs $", "empty"]
    counts = {
        name: [row[s] for s in ("complete", "running", "failed", "pruned", "waiting")] for name, row in rows.items()
    }
    assert counts == {"one": [8, 1, 1, 0, 0], "two": [8, 0, 0, 0, 0], "theirs $": [3, 0, 0, 1, 1], "empty": [0] * 5}
    assert rows["one"]["method"] == "random"
    assert rows["theirs $"]["method"] == ""
    assert rows["theirs $"]["best"] == 2.0
    assert rows["two"]["best"].startswith("front of ")
    assert datetime.fromisoformat(rows["one"]["begun"]) <= datetime.fromisoformat(rows["one"]["last"])
    assert rows["empty"]["best"] is rows["empty"]["begun"] is None
    assert command("study", "list", storage) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "8 complete, 1 running, 1 failed" in lines[1]
    assert "3 complete, 1 pruned, 1 waiting" in lines[3]


def test_winners_are_graphs_with_their_metrics_and_study(storage, folder, tmp_path, capsys):
    assert command("study", "best", storage, "--study", "one", "--top", 3, "-o", tmp_path / "b.jsonl") == 0
    found = ArchTable.read(tmp_path / "b.jsonl")
    assert len(found) == 3
    assert found.metrics.acc.is_monotonic_decreasing
    assert all(meta["study"] == "one" for meta in found.meta)
    truth = ArchTable.read(folder / "t.parquet")
    known = dict(zip(truth.hashes(), truth.metrics.acc, strict=True))
    assert [known[key] for key in found.hashes()] == found.metrics.acc.tolist()
    capsys.readouterr()
    assert command("study", "best", storage, "--study", "two", "--json") == 0
    front = json.loads(capsys.readouterr().out)
    assert all(a["acc"] > b["acc"] or a["size"] < b["size"] for a in front for b in front if a is not b)
    assert all(row["architecture"] for row in front)
    assert command("study", "best", storage, "--study", "theirs $", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"number": 2, "value": 2.0, "x": "a"}]


def test_trials_are_a_table_in_any_form(storage, tmp_path, capsys):
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}
    read["jsonl"] = lambda path: pd.read_json(path, lines=True)
    for suffix, reader in read.items():
        path = tmp_path / f"t.{suffix}"
        assert command("study", "trials", storage, "--study", "one", "-o", path) == 0
        table = reader(path)
        assert table["number"].tolist() == list(range(10))
        assert table["state"].tolist() == ["complete"] * 8 + ["failed", "running"]
        assert table["reason"].tolist()[8] == "no room"
        assert table["architecture"].notna().tolist() == table["acc"].notna().tolist() == [True] * 8 + [False] * 2
        assert table["queries"].tolist()[:8] == [1] * 8
        assert any(name.startswith("params_") for name in table)
    capsys.readouterr()
    assert command("study", "trials", storage, "--study", "theirs $", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["params_x"] for row in rows] == [None, None, "a", "1", None]
    assert [row["queries"] for row in rows] == [None, "many", None, None, None]
    assert [row["value"] for row in rows] == [None, None, 2, 2, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "sqlite:///none.db"], "no storage sqlite:///none.db"),
        (["list", "journal:none.log"], "no storage journal:none.log"),
        (["list", "sqlite:///t.parquet"], "cannot read studies from sqlite:///t.parquet"),
        (["list", "journal:t.parquet"], "no journal of studies"),
        (["list", "nonsense"], "a storage is written like"),
        (["list", "postgresql://me:secret@127.0.0.1:1/x"], "cannot read studies from postgresql://…@127.0.0.1:1/x"),
        (["trials", "sqlite:///s.db"], "holds 4 studies: 'one', 'two', 'theirs $', 'empty'; name a study with --study"),
        (["best", "sqlite:///s.db", "--study", "three"], "no study 'three' in sqlite:///s.db"),
        (["best", "sqlite:///s.db", "--study", "theirs $", "-o", "b.jsonl"], "is of another program"),
        (["best", "sqlite:///s.db", "--study", "one", "-o", "b.txt"], "a graph file ends in"),
        (["trials", "sqlite:///s.db", "--study", "one", "-o", "t.txt"], ".csv, .parquet, .json or .jsonl"),
    ],
)
def test_wrong_input_is_one_clear_line_and_leaves_nothing(arguments, message, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    before = sorted(folder.iterdir())
    assert command("study", *arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "secret" not in error
    assert error.count("\n") == 1
    assert sorted(folder.iterdir()) == before
