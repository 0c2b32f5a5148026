"""`archgraph design` as users meet it; what it does is tested with `search.design` itself."""

import dataclasses
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import typer
from PIL import Image
from small_designs import QUICK, few

import search.designer.design
from archgraph import InputError
from search.commands.design import design
from supernet.model.model import Model

METRICS = {
    **dict.fromkeys(("test_accuracy", "validation_accuracy", "params", "flops", "latency_ms"), 0.5),
    "test_interval": [0.25, 0.75],
}


def run(*arguments):
    app = typer.Typer()
    app.command()(design)
    app([str(argument) for argument in arguments], standalone_mode=False)


@pytest.fixture
def called(monkeypatch):
    calls = []
    data = few()
    model = dataclasses.replace(
        Model(None, "", None, data.class_names, data.preprocessing, {}, "", "mine"), metrics=METRICS
    )

    def designed(images, limits, budget, output, space, seed, network, settings, say, progress, started):
        calls.append((images, limits, budget, str(output), space.name, seed, network))
        say("plan: much")
        progress("search", 1, 2)
        return model

    monkeypatch.setattr(search.designer.design, "design", designed)
    return calls


def pictures(folder, side):
    for name, colour in (("dark", 20), ("light", 230)):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            Image.new("L", (side, side), colour + number).save(folder / name / f"{number}.png")
    return f"folder:{folder}"


def test_it_passes_on_what_it_is_given(called, capsys, tmp_path):
    given = ("--limit", "params=500k", "--limit", "flops=2M", "--budget", "90s", "--space", "macro", "--seed", 3)
    run("digits", "-o", tmp_path / "model", *given, "--train-size", 100)
    [(images, *others)] = called
    assert len(images.train) == 100
    assert others == [{"params": 5e5, "flops": 2e6}, 90.0, str(tmp_path / "model"), "macro", 3, None]
    out, err = capsys.readouterr()
    assert "digits: 10 classes" in err
    assert "plan: much" in err
    assert "mine" in out
    assert "0.2500 to 0.7500 (95 %)" in out


def test_the_result_for_machines(called, capsys, tmp_path):
    run("digits", "-o", tmp_path / "model", "--json", "--quiet")
    out, err = capsys.readouterr()
    assert json.loads(out) == {"model": str(tmp_path / "model"), "architecture": "mine", **METRICS}
    assert err == ""


@pytest.mark.parametrize(
    ("side", "own", "found"),
    [(16, (), 16), (96, (), 64), (96, ("--budget", "3m"), 32), (96, ("--size", 80, "--budget", "3m"), 80)],
)
def test_large_pictures_are_scaled_to_what_there_is_time_for(called, tmp_path, side, own, found):
    run(pictures(tmp_path / "pictures", side), "-o", tmp_path / "model", *own)
    assert called[0][0].shape[1:] == (found, found)


def test_pictures_are_mirrored_where_that_is_said(called, tmp_path):
    data = pictures(tmp_path / "pictures", 16)
    for flip in ((), ("--flip",), ("--no-flip",)):
        run(data, "-o", tmp_path / "model", *flip)
    assert [images.mirrored for images, *_ in called] == [False, True, False]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--budget", "soon"), "a budget is a time such as 90s, 30m or 2h, but got 'soon'"),
        (("--limit", "params"), "a limit is written NAME=X, as in params=500k, but got 'params'"),
        (("--limit", "size=3"), "a limit"),
        (("--space", "nowhere"), "unknown space"),
        (("--device", "abacus"), "--device is auto, cpu or cuda"),
    ],
)
def test_what_makes_no_sense_is_refused(called, tmp_path, given, said):
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        run("digits", "-o", tmp_path / "model", *given)
    assert called == []


def test_pictures_become_a_model(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(search.designer.design, "DesignSettings", lambda: dataclasses.replace(QUICK, most_trials=2))
    data, model = pictures(tmp_path / "pictures", 12), tmp_path / "model"
    run(data, "-o", model, "--limit", "params=20k", "--budget", "2s", "--space", "dag:1-3", "--json", "--quiet")
    found = json.loads(capsys.readouterr().out)
    loaded = Model.load(model)
    assert loaded.class_names == ("dark", "light")
    assert found["params"] == sum(value.numel() for value in loaded.network().parameters()) <= 20_000
    assert torch.isfinite(loaded.predict(sorted((tmp_path / "pictures").rglob("*.png")))).all()


@pytest.mark.slow
def test_what_is_designed_can_be_used_by_its_own_metadata(tmp_path):
    """The road of tests/benchmarks/bench_design.py on pictures that are told apart by their colour."""
    pytest.importorskip("onnxruntime", reason="needs the extra onnx and onnxruntime")
    rng, rows = np.random.default_rng(0), []
    for label, channel in ((0, 0), (1, 1), (8, 2)):
        for _ in range(60):
            values = rng.integers(0, 120, (16, 16, 3), dtype=np.uint8)
            values[:, :, channel] += 100
            file = io.BytesIO()
            Image.fromarray(values).save(file, "png")
            rows.append({"image": {"bytes": file.getvalue(), "path": None}, "label": label})
    pd.DataFrame(rows).to_parquet(tmp_path / "train.parquet")
    bench = Path(__file__).parents[2] / "benchmarks" / "bench_design.py"
    words = ["road", "--images", f"hf:{tmp_path}", "-o", str(tmp_path / "road"), "--budget", "40s"]
    done = subprocess.run([sys.executable, str(bench), *words], stdout=subprocess.PIPE, text=True, check=True)
    assert "evaluate gives the report's accuracy: True" in done.stdout
    assert done.stdout.count("the classes of predict on 180 of 180 pictures") == 3
