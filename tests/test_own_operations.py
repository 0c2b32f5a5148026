"""Operations of any name and kind go through every command, from the files of their space alone."""

from __future__ import annotations

import json
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
from archgraph.ops import OPS
from archgraph.spaces import custom

NAMES = ("gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip")
WORTH = dict(zip(NAMES, (0.9, 0.7, 0.6, 0.5, 0.8, 0.4, 0.55, 0.1, 0.2), strict=True))
OPERATIONS = [
    {"name": f"own-{name}", "kind": "message_passing", "numbers": {"hops": 1 + i % 2}, "module": "own_modules:Hops"}
    for i, name in enumerate(NAMES)
]
SPACE = {
    "name": "graph-nets",
    "operations": OPERATIONS,
    "cell": {"rule": "edges", "vertices": 3, "choices": [f"own-{name}" for name in NAMES]},
}
COMMANDS = """
info t.parquet
draw t.jsonl -o t.svg
encoder train t.jsonl -o encoder --steps 4 --batch-size 32 --latent 8 -q
encode t.jsonl --encoder encoder -o z.parquet
generate --encoder encoder -n 3 -o g.jsonl
delta train t.jsonl --metric acc --train-size 30 --encoder encoder -o delta
delta predict delta t.jsonl -o p.parquet
space neighbors custom:space.yaml g.jsonl -o n.jsonl
space sample custom:space.yaml -n 1 -o s.jsonl
search random --space custom:space.yaml --objective table:t.parquet:acc --trials 3 --storage sqlite:///s.db --study r
search delta --space custom:space.yaml --objective table:t.parquet:acc --trials 3 --storage sqlite:///s.db --study d
study best sqlite:///s.db --study d -o best.jsonl
compare --storage sqlite:///s.db -o report
"""
FURTHER = """
generate --encoder encoder -n 2 --near g.jsonl -o near.jsonl
delta predict delta t.jsonl --from s.jsonl -o d.parquet
delta evaluate delta t.jsonl --metric acc
delta suggest delta --space custom:space.yaml -n 2 -o label.jsonl
search evolution --space custom:space.yaml --objective table:t.parquet:acc --trials 3 --storage sqlite:///s.db --study e
search tpe --space custom:space.yaml --objective table:t.parquet:acc --trials 3 --storage sqlite:///s.db --study t
search local --space custom:space.yaml --objective table:t.parquet:acc --trials 3 --storage sqlite:///s.db --study l
search global --space custom:space.yaml --objective table:t.parquet:acc --trials 3 --storage sqlite:///s.db --study g
compare --storage sqlite:///s.db -o report
export s.jsonl --random-weights --image 1x8x8 --to pt2 -o net.pt2 --allow-code
export s.jsonl --random-weights --image 1x8x8 --to onnx -o net.onnx --allow-code
supernet train s.jsonl --dataset digits --train-size 32 --epochs 1 -o trained.parquet --set channels=4 --allow-code -q
fit s.jsonl --dataset digits --train-size 32 --epochs 1 -o model --set channels=4 --allow-code -q
evaluate model --dataset digits --allow-code
export model --to pt2 -o model.pt2 --allow-code
"""
REFUSED = """
export s.jsonl --random-weights --to pt2 -o no.pt2
supernet train s.jsonl --dataset digits --epochs 1 -o no.parquet
evaluate model --dataset digits
search random --space custom:space.yaml --objective train:digits --trials 1 --storage sqlite:///no.db
"""
"""What needs the modules, without leave to import them."""
RUN = """
import sys
from archgraph.cli.main import run
commands = sys.stdin.read()
for line in commands.strip().splitlines():
    try:
        run(line.split())
    except SystemExit as stop:
        print("RAN", stop.code or 0, line, file=sys.stderr)
    if "own_modules" in sys.modules and "--allow-code" not in commands:
        print("RAN", "with code that was not allowed", line, file=sys.stderr)
"""
MODULES = str(Path(__file__).parent / "archgraph" / "networks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """All members of the space with a metric, in both forms, after every command ran in a process of its own."""
    path = tmp_path_factory.mktemp("own")
    (path / "space.yaml").write_text(yaml.safe_dump(SPACE))
    members = custom.from_dict(SPACE).enumerate()
    worth = [sum(WORTH.get(name.removeprefix("own-"), 0) for name in graph.ops) for graph in members]
    table = members.with_metrics(acc=np.array(worth) / 3)
    table.write(path / "t.parquet")
    table[::6].write(path / "t.jsonl")
    (path / "log").write_text(run(COMMANDS, path))
    return path


def run(commands: str, folder: Path) -> str:
    """What commands print beside their results, and how each of them ended."""
    path = os.pathsep.join(filter(None, [MODULES, os.environ.get("PYTHONPATH")]))
    given = {"input": commands, "env": os.environ | {"PYTHONPATH": path}}
    return subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, cwd=folder, **given).stderr


def test_every_command_reads_files_of_ones_own_operations(folder):
    ran = [line for line in (folder / "log").read_text().splitlines() if line.startswith("RAN ")]
    assert ran == [f"RAN 0 {line}" for line in COMMANDS.strip().splitlines()], (folder / "log").read_text()[-2000:]


def test_what_commands_write_describes_the_operations_again(folder):
    written = [json.loads(line) for line in (folder / "g.jsonl").read_text().splitlines()]
    described = {name for record in written for name in record.get("operations", {})}
    assert described == {name for record in written for name in record["ops"] if name.startswith("own-")}
    assert set(ArchTable.read(folder / "g.jsonl").space) == {"graph-nets"}


def test_operations_of_one_kind_and_different_names_are_told_apart_by_the_encoder_and_the_predictor(folder):
    """Cells that differ in one name only: no two have the same embedding, and few the same prediction."""
    table = ArchTable.read(folder / "t.jsonl")
    points = pd.read_parquet(folder / "z.parquet").filter(regex="^z").to_numpy()
    assert len(np.unique(points.round(5), axis=0)) == len(table)
    predicted = pd.read_parquet(folder / "p.parquet").prediction
    assert predicted.nunique() > len(table) * 0.8
    assert np.corrcoef(predicted, table.metrics["acc"])[0, 1] > 0.5
    assert {f"own-{name}" for name in NAMES} <= {operation.name for operation in OPS}


@pytest.fixture(scope="module")
def further(folder) -> Path:
    """The same folder after more commands, some of them with leave to import the modules."""
    (folder / "further").write_text(run(FURTHER, folder))
    return folder


@pytest.mark.slow
def test_further_commands_read_them_and_import_modules_with_leave_alone(further):
    ran = [line for line in (further / "further").read_text().splitlines() if line.startswith("RAN ")]
    assert ran == [f"RAN 0 {line}" for line in FURTHER.strip().splitlines()], (further / "further").read_text()[-3000:]


@pytest.mark.slow
def test_what_needs_the_modules_asks_for_leave_and_imports_nothing(further):
    log = run(REFUSED, further).splitlines()
    commands = REFUSED.strip().splitlines()
    assert [line for line in log if line.startswith("RAN ")] == [f"RAN 2 {line}" for line in commands], log
    said = [line for line in log if "brings code of its own, own_modules:Hops" in line and "--allow-code" in line]
    assert len(said) == len(commands), log


@pytest.mark.slow
def test_the_exported_network_is_that_of_the_modules(further):
    params = ArchTable.read(further / "trained.parquet").metrics["params"]
    for name, images in (("net", torch.rand(5, 1, 8, 8)), ("model", torch.rand(3, 1, 8, 8))):
        exported = torch.export.load(further / f"{name}.pt2")
        assert exported.module()(images).shape == (len(images), 10)
        if name == "model":
            assert sum(p.numel() for p in exported.parameters()) == params[0] > 0
