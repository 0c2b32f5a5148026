"""`archgraph encoder`, `encode` and `generate` as their user meets them."""

import importlib
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from archgraph import ArchTable, spaces
from archgraph.cli.main import run
from archgraph.cost import cost
from archgraph.persistence.training_state import TrainingState
from encoders import load_encoder

SPACE = spaces.get("nasbench201")


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    """500 cells with their parameters as a metric."""
    path = tmp_path_factory.mktemp("graphs") / "cells.parquet"
    table = SPACE.enumerate()[::32]
    params = [cost(graph, SPACE).params for graph in table]
    table = ArchTable(
        table.op_index, table.edges, table.node_ptr, table.edge_ptr, table.ids, "nasbench201", {"params": params}
    )
    table.write(path)
    return path


@pytest.fixture(scope="module")
def encoder(graphs):
    folder = graphs.with_name("encoder")
    settings = ["--steps", "60", "--latent", "16", "--batch-size", "64", "--buckets", "12", "--quiet"]
    with pytest.raises(SystemExit) as stop:
        run(["encoder", "train", str(graphs), "-o", str(folder), *settings])
    assert stop.value.code == 0
    return folder


def generated(archgraph, tmp_path, encoder, *options, n=12):
    code, _, err = archgraph("generate", "--encoder", encoder, "-n", n, *options, "-o", tmp_path / "out.jsonl")
    assert code == 0, err
    return ArchTable.read(tmp_path / "out.jsonl")


def test_training_leaves_the_checkpoint_and_nothing_else(encoder):
    assert not [p for p in encoder.parent.iterdir() if p.name.startswith(".")]
    assert pd.read_csv(encoder / "curve.csv")["step"].iloc[-1] == 60
    assert json.loads((encoder / "config.json").read_text())["spaces"] == [{"name": "nasbench201", "description": None}]


def test_embeddings_keep_the_order_of_the_file(archgraph, graphs, encoder, tmp_path):
    assert archgraph("encode", graphs, "--encoder", encoder, "-o", tmp_path / "z.parquet")[0] == 0
    z = pd.read_parquet(tmp_path / "z.parquet")
    assert list(z.columns) == ["id", *(f"z{i}" for i in range(16))]
    assert z["id"].tolist() == ArchTable.read(graphs).ids.tolist()


def test_graphs_are_generated_the_same_for_a_seed(archgraph, encoder):
    _, first, _ = archgraph("generate", "--encoder", encoder, "-n", 7, "--seed", 1)
    _, again, _ = archgraph("generate", "--encoder", encoder, "-n", 7, "--seed", 1)
    _, other, _ = archgraph("generate", "--encoder", encoder, "-n", 7, "--seed", 2)
    assert first == again != other
    assert len(first.splitlines()) == 7


def test_a_bucket_and_a_new_division_can_be_asked_for(archgraph, encoder, tmp_path):
    drawn = generated(archgraph, tmp_path, encoder, "--bucket", 3)
    assert len(set(drawn.hashes())) > 1
    alone = generated(archgraph, tmp_path, encoder, "--buckets", 400, "--bucket", 399)
    assert len(set(alone.hashes())) < len(set(drawn.hashes()))


def test_near_graphs_are_few_edits_away_and_not_the_given_ones(archgraph, encoder, tmp_path):
    given = ArchTable.from_graphs(SPACE.sample(1, np.random.default_rng(3)), space="nasbench201")
    given.write(tmp_path / "given.jsonl")
    near = generated(archgraph, tmp_path, encoder, "--near", tmp_path / "given.jsonl")
    edits = (SPACE.to_codes(near) != SPACE.to_codes(given)).sum(axis=1)
    assert np.median(edits) <= 2
    assert edits.min() >= 1
    around = generated(archgraph, tmp_path, encoder, "--near", tmp_path / "given.jsonl", "--spread", 0.3, "--decode")
    assert set(around.space) == {"nasbench201"}


def test_parameters_and_novelty_are_kept_to(archgraph, graphs, encoder, tmp_path):
    small = generated(archgraph, tmp_path, encoder, "--max-params", 3e5)
    assert max(cost(graph, SPACE).params for graph in small) <= 3e5
    new = generated(archgraph, tmp_path, encoder, "--decode", "--novel-to", graphs)
    assert not set(new.hashes()) & set(ArchTable.read(graphs).hashes())


def test_an_encoder_is_evaluated(archgraph, graphs, encoder):
    small = ("--draws", 50, "--pairs", 40, "--labels", 20, "--seeds", 2, "--json")
    code, out, _ = archgraph("encoder", "evaluate", encoder, graphs, "--metric", "params", *small)
    assert code == 0
    result = json.loads(out)
    assert result["nasbench201"]["valid"] == 1.0
    assert result["nasbench201"]["held_out"] == 48
    assert 0 <= result["nasbench201"]["reconstruction"] <= 1
    assert result["probe"]["kendall_tau"] > 0.2
    assert archgraph("encoder", "evaluate", encoder, "--draws", 20, "--pairs", 20)[0] == 0


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_embedding_is_drawn(archgraph, graphs, encoder, tmp_path, suffix):
    target = tmp_path / f"space.{suffix}"
    assert archgraph("encoder", "draw", encoder, graphs, "--metric", "params", "-o", target)[0] == 0
    assert target.stat().st_size > 20_000


def test_losses_go_to_tensorboard_where_asked(archgraph, graphs, tmp_path):
    pytest.importorskip("tensorboard")
    settings = ("--steps", 4, "--latent", 8, "--batch-size", 16, "--quiet")
    code, _, err = archgraph(
        "encoder", "train", graphs, "-o", tmp_path / "e", *settings, "--tensorboard", tmp_path / "tb"
    )
    assert code == 0, err
    assert list((tmp_path / "tb").iterdir())


def test_a_stopped_training_goes_on_with_the_same_command(archgraph, graphs, tmp_path, monkeypatch):
    pretrain = importlib.import_module("encoders.embedding.pretrain")
    command = (
        "encoder",
        "train",
        graphs,
        "-o",
        tmp_path / "e",
        "--steps",
        8,
        "--latent",
        8,
        "--batch-size",
        16,
        "--quiet",
    )
    real = TrainingState.save

    def interrupted(*arguments):
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(pretrain.PretrainConfig, "__init__", _quick(pretrain.PretrainConfig.__init__))
    monkeypatch.setattr(TrainingState, "save", interrupted)
    assert archgraph(*command)[0] == 130
    monkeypatch.setattr(TrainingState, "save", real)
    assert [p.name for p in tmp_path.iterdir()] == [".e.training.safetensors"]
    assert archgraph(*command)[0] == 0
    assert [p.name for p in tmp_path.iterdir()] == ["e"]


def _quick(init):
    def quick(self, **settings):
        init(self, **settings, look_every=2, pairs=20)

    return quick


def test_an_encoder_of_no_known_space_is_evaluated_by_a_probe(archgraph, graphs, encoder, tmp_path):
    known = load_encoder(encoder)
    replace(known, spaces=(), pretrained=replace(known.pretrained, decoders={})).save(tmp_path / "e")
    code, _, err = archgraph("encoder", "evaluate", tmp_path / "e")
    assert (code, err.count("\n")) == (2, 1)
    assert "graphs of no known space" in err
    small = ["--metric", "params", "--labels", 20, "--seeds", 1, "--json"]
    _, out, _ = archgraph("encoder", "evaluate", tmp_path / "e", graphs, *small)
    assert list(json.loads(out)) == ["probe"]


BAD = {
    "both a bucket and near": (
        ["generate", "--encoder", "ENC", "--bucket", "1", "--near", "x.jsonl"],
        "leave out --near",
    ),
    "no such bucket": (["generate", "--encoder", "ENC", "--bucket", "99"], "numbered 0 to"),
    "spread without near": (["generate", "--encoder", "ENC", "--spread", "1"], "goes with --near"),
    "nothing small enough": (["generate", "--encoder", "ENC", "--max-params", "5", "-n", "1"], "only 0 graphs"),
    "too many buckets": (["generate", "--encoder", "ENC", "--buckets", "9999"], "members can be put in"),
    "another space": (
        ["generate", "--encoder", "ENC", "--decode", "--space", "darts"],
        "knows the spaces: nasbench201",
    ),
    "a space that nothing is decoded in": (["generate", "--encoder", "ENC", "--space", "darts"], "goes with --decode"),
    "probe without a metric": (["encoder", "evaluate", "ENC", "GRAPHS"], "needs both"),
    "a picture of two graphs": (["encoder", "draw", "ENC", "TWO", "-o", "x.png"], "at least 3 graphs, but got 2"),
    "graphs without metrics": (["encoder", "draw", "ENC", "TWO", "--metric", "acc", "-o", "x.png"], "graphs have none"),
    "unknown metric": (["encoder", "draw", "ENC", "GRAPHS", "--metric", "beauty", "-o", "x.png"], "choose from params"),
    "unknown picture": (["encoder", "draw", "ENC", "-o", "x.bmp"], ".svg, .png or .pdf"),
}


@pytest.mark.parametrize(("arguments", "text"), BAD.values(), ids=BAD.keys())
def test_bad_input_gives_one_line_and_leaves_nothing(
    archgraph, graphs, encoder, tmp_path, monkeypatch, arguments, text
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "encoders.evaluation.generation.evaluate", None
    )  # what is asked for is looked at before the work
    two = graphs.with_name("two.jsonl")
    ArchTable.from_graphs(SPACE.sample(2, np.random.default_rng(0))).write(two)
    names = {"ENC": encoder, "GRAPHS": graphs, "TWO": two}
    code, out, err = archgraph(*(names.get(a, a) for a in arguments))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert text in err
    assert not list(tmp_path.iterdir())
