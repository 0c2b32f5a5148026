import json

import pytest
from typer.testing import CliRunner

from archgraph import ArchTable, spaces
from archgraph.cli.main import app

CELLS = ("1:", "2:0-1", "3:0-1,0-2")


@pytest.fixture
def cells(tmp_path):
    table = ArchTable.from_graphs(map(spaces.get("dag").from_native, CELLS), ids=CELLS, space="dag:1-5")
    table.write(tmp_path / "cells.jsonl")
    return tmp_path / "cells.jsonl"


def test_train_and_score_add_their_columns(cells, tmp_path):
    out = tmp_path / "trained.parquet"
    common = ["--network", "width=4", "--quiet"]
    arguments = ["supernet", "train", str(cells), "-o", str(out), "--epochs", "1", "--train-size", "64", *common]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == list(CELLS)
    assert {"val_acc", "test_loss", "seconds", "params"} <= set(ArchTable.read(out).metrics)
    assert not (tmp_path / "trained.parquet.journal").exists()
    scored = tmp_path / "scored.parquet"
    arguments = ["supernet", "score", str(out), "-o", str(scored), "--batch-size", "8", *common]
    CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    assert {"val_acc", "naswot", "propagation_rank1"} <= set(ArchTable.read(scored).metrics)
