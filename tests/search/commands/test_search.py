"""`archgraph search` as users meet it."""

import json

import numpy as np
import optuna
import pytest

from archgraph import ArchTable, spaces
from archgraph.cli.main import run
from archgraph.storages.opening import open_storage


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
        (
            ["search", "random", "--trials", 3, "--limit", "size=3"],
            "a limit is one of params, flops, latency_ms, depth",
        ),
        (["search", "random", "--trials", 3, "--limit", "params=few"], "params is at most a number such as 800, 500k"),
        (["search", "tpe", "--trials", 3, "--limit", "params=1"], "the least found has params"),
        (["search", "random", "--trials", 3, "--network", "none"], "network is one of published, rows, pooled, but"),
        (["search", "random", "--trials", 3, "--network-set", "hue=3"], "has no setting 'hue'; known are width"),
        (["search", "fade", "--trials", 3, "--space", "macro"], "the network of macro has none of"),
        (["search", "random", "--trials", 3, "--objective", "train:digits,-size"], "train minimises costs as in"),
        (["search", "random", "--trials", 3, "--recipe", "speed=3"], "a training has no setting 'speed'"),
        (["search", "random", "--trials", 3, "--recipe", "epochs=3", "--epochs", 2], "epochs is given twice"),
        (["search", "random", "--trials", 3, "--precision", "half"], "precision is one of float32, bfloat16"),
        (["search", "random", "--trials", 3, "--device", "abacus"], "a device is auto, cpu or cuda"),
        (["search", "random", "--trials", 3, "-o", "out.csv"], "out.csv"),
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


TINY = ["--space", "dag:1-3", "--rows", 2, "--width", 4, "--train-size", 48, "--epochs", 1, "--recipe", "batch_size=16"]


def test_a_search_on_images_writes_its_winners_and_goes_on(tmp_path, capsys):
    base = ["search", "random", *TINY, "--storage", f"journal:{tmp_path / 's.log'}", "--device", "cpu", "--batch", 2]
    base += [
        "--limit",
        "params=1k",
        "--limit",
        "depth=9",
        "-o",
        tmp_path / "best.jsonl",
        "--top",
        2,
        "--quiet",
        "--json",
    ]
    for trials in (2, 5):
        assert command(*base, "--trials", trials) == 0
        out = capsys.readouterr()
        found = json.loads(out.out)
        assert found["trials"] == trials
        assert out.err.startswith("digits: 10 classes, grey 8x8; train 1,077")
        assert out.err.count("\n") == 1
    best = ArchTable.read(tmp_path / "best.jsonl")
    assert best.ids[0] == found["architecture"]
    assert (best.metrics.params <= 1000).all()
    study = optuna.load_study(study_name="random-0", storage=open_storage(f"journal:{tmp_path / 's.log'}"))
    settings = study.user_attrs["settings"]
    assert settings["limits"] == {"params": 1000.0, "depth": 9.0}
    assert (settings["width"], settings["train_size"], settings["recipe"]) == (4, 48, {"batch_size": 16, "epochs": 1})
    assert "device" not in settings
    assert study.metric_names == ["validation loss"]
    assert command(*base, "--trials", 6, "--limit", "flops=1M") == 2
    assert "was begun with other settings (limits.flops" in capsys.readouterr().err


def test_costs_beside_the_loss_give_a_front(tmp_path, capsys):
    base = ["search", "evolution", *TINY, "--storage", f"journal:{tmp_path / 's.log'}", "--quiet", "--json"]
    objective = "train:digits,-params,-latency_ms"
    assert command(*base, "--objective", objective, "--trials", 6, "-o", tmp_path / "front.parquet") == 0
    front = json.loads(capsys.readouterr().out)["Pareto front"]
    written = ArchTable.read(tmp_path / "front.parquet")
    assert set(written.ids) == set(front)
    assert list(written.metrics)[:3] == ["validation loss", "params", "latency_ms"]
    assert (written.metrics.latency_ms_spread >= 0).all()
    assert command("compare", "--storage", f"journal:{tmp_path / 's.log'}", "-o", tmp_path / "out") == 0


def test_a_search_of_which_every_training_diverges_is_one_line_and_exit_1(tmp_path, capsys):
    base = ["search", "random", *TINY, "--storage", f"journal:{tmp_path / 's.log'}", "--trials", 2, "--quiet"]
    assert command(*base, "--recipe", "learning_rate=1.0e+30") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2  # the first says what was read
    assert "all 2 evaluations of study 'random-0' failed: the training diverged: its loss is no finite" in said[1]


def test_help_says_all_options(capsys):
    assert command("search", "--help") == 0
    text = capsys.readouterr().out
    for option in ("--network", "--network-set", "--limit", "--batch", "--device", "--recipe", "--output", "--size"):
        assert option in text


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["delta", "--help"], ["Settings of delta", "parents", "the best so far, whose neighbours are scored. [16]"]),
        (["--trials", "3", "fade", "-h"], ["Settings of fade", "candidates", "correlation"]),
        (["tpe", "--help"], ["Settings of tpe", "most", "trials that it is shown"]),
        (["random", "--help"], ["Settings of random", "there is nothing to set"]),
    ],
)
def test_help_behind_a_method_lists_its_settings(arguments, shown, capsys):
    assert command("search", *arguments) == 0
    text = capsys.readouterr().out
    assert all(part in " ".join(text.split()) for part in shown)


def test_help_without_a_method_lists_no_settings(capsys):
    assert command("search", "--help") == 0
    assert "Settings of" not in capsys.readouterr().out


def test_poor_evaluations_are_stopped_and_the_same_command_goes_on(tmp_path, capsys):
    members = spaces.get("dag:1-4").enumerate()
    late = np.random.default_rng(0).random(len(members))
    path = tmp_path / "t.parquet"
    members.with_metrics(early=late, late=late).write(path)
    storage = f"journal:{tmp_path / 's.log'}"
    base = ["--space", "dag:1-4", "--objective", f"table:{path}:late", "--storage", storage, "--quiet", "--json"]
    pruned = [
        "--fidelity",
        "1=early",
        "--fidelity",
        "9=late",
        "--pruner",
        "hyperband",
        "--pruner-set",
        "reduction_factor=4",
    ]
    for trials in (10, 20):
        assert command("search", "delta", *base, *pruned, "--trials", trials) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["trials"] == trials
    states = [
        trial.state.name for trial in optuna.load_study(study_name="delta-0", storage=open_storage(storage)).trials
    ]
    assert found["stopped"] == states.count("PRUNED") > 0
    for wrong, message in (
        ([*pruned[:4], "--pruner", "mean"], "unknown pruner 'mean'"),
        (["--pruner", "median"], "the table is asked at one fidelity"),
        (["--fidelity", "early"], "a fidelity is written EPOCHS=METRIC"),
    ):
        assert command("search", "random", *base, *wrong, "--trials", 2) == 2
        assert message in capsys.readouterr().err
