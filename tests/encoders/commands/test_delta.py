import json

import numpy as np
import pandas as pd
import pytest

from archgraph import ArchTable, spaces
from archgraph.cli.main import run
from encoders import load_delta


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    graphs = spaces.get("nasbench201").sample(60, np.random.default_rng(0))
    table = ArchTable.from_graphs(graphs, space="nasbench201")
    table = table[np.unique(table.hashes(), return_index=True)[1]]
    table.metrics["acc"] = [
        g.ops.count("relu-conv3x3-bn") + 0.5 * g.ops.count("identity") + 0.01 * i for i, g in enumerate(table)
    ]
    table.metrics = table.metrics.assign(flat=1.0, gone=np.nan)
    path = tmp_path_factory.mktemp("delta") / "table.parquet"
    table.write(path)
    return path


@pytest.fixture(scope="module")
def bad(file):
    """Tables that cannot be learned from, or predicted."""
    table = ArchTable.read(file)
    twice = ArchTable.concatenate([table[:6], table[:1]])
    twice.metrics.loc[6, "acc"] += 1
    other = ArchTable.from_graphs(spaces.get("nasbench101").sample(2, np.random.default_rng(0)))
    made = {"few": table[:3], "twice": twice, "other": other}
    for name, rows in made.items():
        rows.write(file.parent / f"{name}.parquet")
    return {name: file.parent / f"{name}.parquet" for name in made}


@pytest.fixture(scope="module")
def delta(file):
    folder = file.parent / "d"
    arguments = ["--metric", "acc", "--train-size", 30, "--encoder", "none", "-o", folder, "--device", "cpu"]
    assert call("delta", "train", file, *arguments) == 0
    return folder


def call(*arguments):
    with pytest.raises(SystemExit) as stop:
        run([str(a) for a in arguments])
    return stop.value.code


def test_training_leaves_a_checkpoint_and_a_report(delta):
    assert {p.name for p in delta.iterdir()} == {"config.json", "model.safetensors", "anchors.parquet", "report.html"}


def test_the_encoder_that_ships_is_trained_on_and_stands_in_the_checkpoint(file, tmp_path):
    folder, out = tmp_path / "d", tmp_path / "p.csv"
    assert call("delta", "train", file, "--metric", "acc", "--train-size", 12, "-o", folder) == 0
    assert load_delta(folder).ensemble.tuned is not None
    assert call("delta", "predict", folder, file, "-o", out) == 0
    again = load_delta(folder).predict(ArchTable.read(file)).mean
    np.testing.assert_allclose(pd.read_csv(out)["prediction"], again, rtol=1e-6)


def test_the_encoder_that_ships_is_read_as_it_is_where_that_is_asked_for(file, tmp_path):
    folder = tmp_path / "d"
    assert call("delta", "train", file, "--metric", "acc", "--train-size", 12, "--frozen", "-o", folder) == 0
    found = load_delta(folder)
    assert found.ensemble.tuned is None
    assert found.features.components is not None


def test_evaluation_prints_figures_for_machines(delta, file, capsys, tmp_path):
    assert call("delta", "evaluate", delta, file, "--metric", "acc", "--json", "-o", tmp_path / "r.html") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kendall"] > 0.5
    assert {"spearman", "precision@10", "cycles", "mean_error", "within 1 std"} <= set(found)
    assert (tmp_path / "r.html").is_file()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_predictions_keep_the_order_of_the_graphs(delta, file, tmp_path, suffix):
    out = tmp_path / f"p.{suffix}"
    assert call("delta", "predict", delta, file, "-o", out) == 0
    frame = pd.read_csv(out) if suffix == "csv" else pd.read_parquet(out)
    assert list(frame) == ["id", "prediction", "std"]
    assert frame["id"].astype(str).tolist() == ArchTable.read(file).ids.tolist()


def test_differences_from_one_graph_or_row_by_row(delta, file, tmp_path):
    table = ArchTable.read(file)
    table[:1].write(tmp_path / "one.jsonl")
    assert call("delta", "predict", delta, file, "--from", tmp_path / "one.jsonl", "-o", tmp_path / "d.csv") == 0
    frame = pd.read_csv(tmp_path / "d.csv")
    assert list(frame) == ["id", "difference", "std"]
    assert frame["difference"][0] == 0
    table[:3].write(tmp_path / "three.jsonl")
    assert call("delta", "predict", delta, file, "--from", tmp_path / "three.jsonl", "-o", tmp_path / "d.csv") == 2


def test_training_starts_from_another_predictor(delta, file, tmp_path):
    folder = tmp_path / "d"
    arguments = ("--metric", "acc", "--train-size", 8, "--encoder", "none", "--warm-start", delta, "-o", folder)
    assert call("delta", "train", file, *arguments) == 0
    assert call("delta", "predict", folder, file, "-o", tmp_path / "p.csv") == 0


def test_neighbours_to_label_next_are_written_as_graphs(delta, tmp_path):
    assert call("delta", "suggest", delta, "--space", "nasbench201", "-n", 5, "-o", tmp_path / "next.jsonl") == 0
    assert len(ArchTable.read(tmp_path / "next.jsonl")) == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "{table}", "--metric", "loss", "-o", "{out}"], "no metric loss"),
        (["train", "{table}", "--metric", "acc", "--train-size", "3", "-o", "{out}"], "got 3"),
        (
            ["train", "{table}", "--metric", "acc", "--column", "fl*", "--column", "a*", "-o", "{out}"],
            "acc is to be predicted, so it cannot be a column",
        ),
        (["train", "{few}", "--metric", "acc", "-o", "{out}"], "3 of 3 graphs; at least 4 are needed"),
        (["train", "{table}", "--metric", "gone", "-o", "{out}"], "has a value for 0 of"),
        (["train", "{table}", "--metric", "flat", "-o", "{out}"], "is 1 for every labelled graph"),
        (["train", "{twice}", "--metric", "acc", "-o", "{out}"], "are the same architecture, but their acc differs"),
        (["train", "{table}", "--metric", "acc", "--encoder", "{table}", "-o", "{out}"], "is no encoder"),
        (
            ["train", "{table}", "--metric", "acc", "--encoder", "none", "--frozen", "-o", "{out}"],
            "an encoder is what is frozen",
        ),
        (
            ["train", "{table}", "--metric", "acc", "--warm-start", "{table}", "-o", "{out}"],
            "is no difference predictor",
        ),
        (["evaluate", "{table}", "{table}", "--metric", "acc"], "is no difference predictor"),
        (["evaluate", "{delta}", "{table}", "--metric", "flat"], "flat is 1 for every graph that was not learned from"),
        (["evaluate", "{delta}", "{table}", "--metric", "acc", "-o", "{out}.txt"], "a file that ends in .html"),
        (["predict", "{delta}", "{table}", "-o", "{out}"], "a file that ends in .parquet or .csv"),
        (["predict", "{delta}", "{other}", "-o", "{out}.csv"], "not among the operations known here"),
    ],
)
def test_bad_input_ends_in_one_clear_line_and_leaves_nothing(arguments, message, delta, file, bad, tmp_path, capsys):
    places = {"table": file, "delta": delta, "out": tmp_path / "out"} | bad
    assert call("delta", *(a.format(**places) for a in arguments)) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert len(printed.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())
