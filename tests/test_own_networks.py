"""The space around a network goes through the tools as any other space does, from its file alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from archgraph import ArchTable

MADE = """
space from-module imported_networks:scaled -o net.yaml --shape 1,1,8,8 -q
"""
SAMPLED = """
space sample module:net.yaml -n 1 -o one.jsonl
space sample module:net.yaml -n 40 --seed 1 -o m.jsonl
"""
FURTHER = """
info m.jsonl
draw one.jsonl -o one.svg
space neighbors module:net.yaml one.jsonl -o n.jsonl
encoder train --space module:net.yaml --sample 100 -o encoder --steps 4 --batch-size 32 --latent 8 -q
encode m.jsonl --encoder encoder -o z.parquet
generate --encoder encoder -n 3 -o g.jsonl
delta train t.jsonl --metric acc --train-size 30 -o delta
delta predict delta m.jsonl -o p.parquet
delta suggest delta --space module:net.yaml -n 2 -o label.jsonl
search delta --space module:net.yaml --objective table:t.jsonl:acc --trials 3 --storage sqlite:///s.db --study d
search tpe --space module:net.yaml --objective table:t.jsonl:acc --trials 3 --storage sqlite:///s.db --study t
search delta --space module:net.yaml --inherit --objective train:digits --train-size 64 --epochs 1 --limit flops=15k --trials 2 --storage sqlite:///s.db --study i -o best.jsonl
compare --storage sqlite:///s.db -o report
fit one.jsonl --dataset digits --train-size 64 --epochs 1 -o model -q
evaluate model --dataset digits
export model --to onnx -o model.onnx
export model --to py -o model.py
export one.jsonl --to pt2 -o one.pt2
export one.jsonl --to onnx -o one.onnx
export one.jsonl --to py -o one.py
"""  # noqa: E501  a line a command
RUN = """
import sys
from archgraph.cli.main import run
for line in sys.stdin.read().strip().splitlines():
    try:
        run(line.split())
    except SystemExit as stop:
        print("RAN", stop.code or 0, line, file=sys.stderr)
"""


def run(commands: str, folder: Path) -> None:
    """Run commands, none of which may fail."""
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent / "supernet"), os.environ.get("PYTHONPATH")]))
    given = {"input": commands, "env": os.environ | {"PYTHONPATH": path}}
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, cwd=folder, **given)
    said = [line for line in done.stderr.splitlines() if line.startswith(("RAN ", "archgraph: "))]
    assert said == [f"RAN 0 {line}" for line in commands.strip().splitlines()]


def edit(file: Path) -> None:
    """Leave each place two values, as a user would edit the file."""
    described = yaml.safe_load(file.read_text())
    for block in described["blocks"]:
        block |= {kind: values[:2] for kind, values in block.items() if isinstance(values, list)}
    file.write_text(yaml.safe_dump(described))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What all commands wrote; the metric is what is easily learned, the length and the share of wide blocks."""
    path = tmp_path_factory.mktemp("own")
    run(MADE, path)
    edit(path / "net.yaml")
    run(SAMPLED, path)
    table = ArchTable.read(path / "m.jsonl")
    table.with_metrics(acc=np.array([len(graph.ops) + 0.1 * len(set(graph.ops)) for graph in table])).write(
        path / "t.jsonl"
    )
    run(FURTHER, path)
    return path


@pytest.mark.slow
def test_different_members_are_told_apart(folder):
    members = ArchTable.read(folder / "m.jsonl")
    points = pd.read_parquet(folder / "z.parquet").filter(regex="^z").to_numpy()
    assert len(np.unique(points.round(5), axis=0)) == len(set(members.hashes()))


@pytest.mark.slow
def test_winners_cost_what_the_limit_lets_them(folder):
    best = ArchTable.read(folder / "best.jsonl")
    assert (best.metrics["flops"] <= 15_000).all()
    assert best.metrics["validation loss"].notna().all()


@pytest.mark.slow
def test_generated_graphs_are_members(folder):
    assert set(ArchTable.read(folder / "g.jsonl").space) == {"module:net.yaml"}


@pytest.mark.slow
def test_forms_of_a_member_give_the_same(folder, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    import one

    images = torch.randn(3, 1, 8, 8)
    torch.testing.assert_close(
        one.load()(images), torch.export.load(folder / "one.pt2").module()(images), atol=1e-5, rtol=1e-5
    )
