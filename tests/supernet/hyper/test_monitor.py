import builtins

import pytest
from typer.testing import CliRunner

from archgraph import ArchTable, InputError, spaces
from archgraph.cli.main import app

CELLS = ("1:", "2:0-1", "3:0-1,0-2")


@pytest.fixture
def cells(tmp_path):
    table = ArchTable.from_graphs(map(spaces.get("dag").from_native, CELLS), ids=CELLS, space="dag:1-5")
    table.write(tmp_path / "cells.jsonl")
    return tmp_path / "cells.jsonl"


def rank(cells, out, *options):
    short = ["--rows", "2", "--width", "4", "--epochs", "2", "--warm-up", "1", "--train-size", "64", "--repeats", "2"]
    arguments = ["supernet", "rank", str(cells), "-o", str(out), *short, *options, "--quiet"]
    return CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)


def test_tensorboard_gets_the_architecture_parameters(cells, tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard")
    rank(cells, tmp_path / "out.jsonl", "--tensorboard", str(tmp_path / "log"))
    for repeat in range(2):
        events = reader.EventAccumulator(str(tmp_path / "log" / f"repeat-{repeat}"))
        events.Reload()
        assert {f"row1/{name}" for name in CELLS} | {"loss", "entropy/row2"} <= set(events.Tags()["scalars"])
        assert [event.step for event in events.Scalars("row1/1:")] == [1, 2]


def test_a_missing_tensorboard_is_said(cells, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith(("tensorboard", "torch.utils.tensorboard")):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'archgraph\[tensorboard\]'"):
        rank(cells, tmp_path / "out.jsonl", "--tensorboard", str(tmp_path / "log"))
