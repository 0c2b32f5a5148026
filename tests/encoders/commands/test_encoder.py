"""`archgraph encoder` and `encode` as their user meets them."""

import importlib
import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from archgraph import ArchTable, spaces
from archgraph.persistence.training_state import TrainingState
from encoders import load_encoder
from encoders.embedding.checkpoint import MODEL

SPACE = spaces.get("nasbench201")


def test_training_leaves_the_checkpoint_and_nothing_else(encoder):
    assert not [p for p in encoder.parent.iterdir() if p.name.startswith(".")]
    assert pd.read_csv(encoder / "curve.csv")["step"].iloc[-1] == 60
    assert json.loads((encoder / "config.json").read_text())["spaces"] == [{"name": "nasbench201", "description": None}]


def test_embeddings_keep_the_order_of_the_file(archgraph, graphs, encoder, tmp_path):
    assert archgraph("encode", graphs, "--encoder", encoder, "-o", tmp_path / "z.parquet")[0] == 0
    z = pd.read_parquet(tmp_path / "z.parquet")
    assert list(z.columns) == ["id", *(f"z{i}" for i in range(16))]
    assert z["id"].tolist() == ArchTable.read(graphs).ids.tolist()


def test_the_encoder_that_ships_embeds_where_none_is_named(archgraph, graphs, tmp_path):
    for name, named in (("plain", ()), ("base", ("--encoder", "base"))):
        assert archgraph("encode", graphs, *named, "-o", tmp_path / f"{name}.parquet")[0] == 0
    plain, base = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("plain", "base"))
    pd.testing.assert_frame_equal(plain, base)
    assert not plain.drop(columns="id").duplicated().any()


def test_encoding_opens_the_configuration_and_the_model_alone(archgraph, graphs, encoder, tmp_path):
    copy = tmp_path / "enc"
    shutil.copytree(encoder, copy)
    for name in ("curve.csv", "members.parquet", "buckets.safetensors"):
        (copy / name).write_bytes(b"not asked for")
    opened = []
    sys.addaudithook(lambda event, given: event == "open" and str(copy) in str(given[0]) and opened.append(given[0]))
    assert archgraph("encode", graphs, "--encoder", copy, "-o", tmp_path / "z.parquet")[0] == 0
    assert set(map(str, opened)) <= {str(copy / "config.json"), str(copy / MODEL)}
    for name in ("config.json", MODEL):
        shutil.copy(graphs, copy / name)
        code, _, err = archgraph("encode", graphs, "--encoder", copy, "-o", tmp_path / "z.parquet")
        assert (code, err.count("\n")) == (2, 1)
        assert "damaged encoder checkpoint" in err
        shutil.copy(encoder / name, copy / name)


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


def test_a_network_is_pre_trained_and_reads_graphs(archgraph, graphs, tmp_path):
    small = ("--space", "dag:1-3", "--space", "macro", "--steps", 2, "--sample", 100, "--quiet", "--json")
    code, out, _ = archgraph("encoder", "pretrain", *small, "-o", tmp_path / "e")
    assert code == 0
    assert {"macro", "dag:1-3"} <= set(json.loads(out))
    assert archgraph("encode", graphs, "--encoder", tmp_path / "e", "-o", tmp_path / "z.parquet")[0] == 0
    z = pd.read_parquet(tmp_path / "z.parquet")
    assert z["id"].tolist() == ArchTable.read(graphs).ids.tolist()
    assert np.isfinite(z.drop(columns="id").to_numpy()).all()


def test_encoders_that_ship_are_listed_and_nothing_is_drawn_from_one_without_members(archgraph, graphs, tmp_path):
    code, out, _ = archgraph("encoder", "list", "--json")
    assert code == 0
    assert "nasbench101" in json.loads(out)["base"]
    assert archgraph("encode", graphs, "--encoder", "base", "-o", tmp_path / "z.parquet")[0] == 0
    code, _, err = archgraph("generate", "--encoder", "base")
    assert (code, err.count("\n")) == (2, 1)
    assert "`archgraph encoder train` makes one" in err
