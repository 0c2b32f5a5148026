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


def test_a_stopped_run_ends_with_the_same_file(cells, tmp_path, monkeypatch):
    rank(cells, tmp_path / "whole.jsonl", "--repeats", "5")
    import supernet.ranking.run

    write, calls = supernet.ranking.run.write_text, []

    def interrupted(path, text):
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        write(path, text)

    monkeypatch.setattr(supernet.ranking.run, "write_text", interrupted)
    rank(cells, tmp_path / "out.jsonl", "--repeats", "5")
    folder = tmp_path / "out.jsonl.training"
    assert (folder / "repeats-0-3.json").is_file()  # four side by side
    assert (folder / "repeats-4-4.safetensors").is_file()
    monkeypatch.undo()
    whole = (folder / "repeats-0-3.json").read_bytes()
    for damaged in (b"[[", b'[["a"]]', b"7"):
        (folder / "repeats-0-3.json").write_bytes(damaged)
        with pytest.raises(InputError, match=r"repeats-0-3.json is damaged .* remove it"):
            rank(cells, tmp_path / "out.jsonl", "--repeats", "5")
    (folder / "repeats-0-3.json").write_bytes(whole)
    with pytest.raises(InputError, match="other settings"):
        rank(cells, tmp_path / "out.jsonl", "--mixture", "softmax")
    rank(cells, tmp_path / "out.jsonl", "--repeats", "5")
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
