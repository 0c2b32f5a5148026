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
    common = ["--set", "width=4", "--quiet"]
    arguments = ["supernet", "train", str(cells), "-o", str(out), "--epochs", "1", "--train-size", "64", *common]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == list(CELLS)
    assert {"val_acc", "test_loss", "seconds", "params"} <= set(ArchTable.read(out).metrics)
    assert not (tmp_path / "trained.parquet.journal").exists()
    scored = tmp_path / "scored.parquet"
    arguments = ["supernet", "score", str(out), "-o", str(scored), "--batch-size", "8", *common]
    CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    assert {"val_acc", "naswot", "propagation_rank1"} <= set(ArchTable.read(scored).metrics)


def test_several_commands_share_the_trainings_and_write_the_table_of_one(cells, tmp_path):
    common = ["supernet", "train", str(cells), "--epochs", "1", "--train-size", "64", "--set", "width=4", "--quiet"]
    queue = ["--storage", f"sqlite:///{tmp_path / 's.db'}"]
    done = []
    for name, further in (("alone", []), ("first", queue), ("second", queue)):
        out = tmp_path / f"{name}.parquet"
        arguments = [*common, *further, "-o", str(out)]
        result = CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
        done.append((len(result.stdout.splitlines()), ArchTable.read(out).metrics.drop(columns="seconds")))
        assert not out.with_name(f"{out.name}.journal").exists()
    assert [lines for lines, _ in done] == [3, 3, 0]
    assert done[0][1].equals(done[1][1])
    assert done[0][1].equals(done[2][1])
