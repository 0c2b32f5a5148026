"""What the commands share: how they print, and what they check before they work."""

import json

import pytest
import torch

from archgraph import ArchGraphError, ArchTable, InputError, spaces
from archgraph.cli.common import (
    check_file,
    check_output,
    fail,
    print_result,
    print_table,
    progress_bar,
    resolve_device,
    write_graphs,
)


def test_a_failure_is_one_line_on_stderr(capsys):
    with pytest.raises(SystemExit) as stop:
        fail("no file x\n  check the name\n", 2)
    out, err = capsys.readouterr()
    assert (stop.value.code, out, err) == (2, "", "archgraph: no file x check the name\n")


def test_a_device_is_one_that_there_is(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (resolve_device("auto"), resolve_device("cpu")) == ("cpu", "cpu")
    with pytest.raises(InputError, match="no usable CUDA device; use --device cpu"):
        resolve_device("cuda")
    with pytest.raises(InputError, match="auto, cpu or cuda, but got 'tpu'"):
        resolve_device("tpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert (resolve_device("auto"), resolve_device("cpu")) == ("cuda", "cpu")


def test_an_output_is_checked_before_the_work_and_not_written(tmp_path):
    check_file(tmp_path / "x.CSV", "a table", ".csv", ".parquet")
    check_output(tmp_path / "x.parquet")
    check_output(None)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match=r"x\.txt: a table is written to a file that ends in \.csv or \.parquet"):
        check_file(tmp_path / "x.txt", "a table", ".csv", ".parquet")
    with pytest.raises(InputError, match=r"ends in \.csv$"):
        check_file(tmp_path / "x.txt", "a table", ".csv")
    for check in (check_output, lambda path: check_file(path, "graphs", ".jsonl")):
        with pytest.raises(InputError, match="choose a writable folder"):
            check(tmp_path / "missing" / "x.jsonl")


def test_graphs_go_to_a_file_or_to_stdout(tmp_path, capsys):
    table = spaces.get("macro").enumerate()[:2]
    write_graphs(table, tmp_path / "x.jsonl")
    write_graphs(table, None)
    assert list(ArchTable.read(tmp_path / "x.jsonl")) == list(table)
    assert capsys.readouterr().out == (tmp_path / "x.jsonl").read_text()


def test_a_result_is_printed_for_people_or_as_json(capsys):
    result = {"graphs": 3, "mean": 1 / 3, "operations": {"sum": 2, "share": 0.5}, "spaces": {}, "space": "macro"}
    print_result(result, as_json=True)
    assert json.loads(capsys.readouterr().out) == result
    print_result(result, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "graphs      3",
        "mean        0.3333",
        "operations  sum 2, share 0.5",
        "spaces      none",
        "space       macro",
    ]


def test_a_table_has_a_line_for_each_row(capsys):
    print_table(["name", "[b]"], [("first", 0.12345), ("[/second]" * 20, 7)])  # what is in brackets is no markup
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["name", "[b]"],
        ["first", "0.1235"],
        ["[/second]" * 20, "7"],
    ]


@pytest.mark.parametrize("quiet", [True, False])
def test_progress_goes_to_stderr_unless_it_is_not_wanted(quiet, capsys):
    with progress_bar(quiet) as progress:
        progress.update(progress.add_task("training", total=2), completed=2)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("training" in err) == (not quiet)


def test_of_work_that_failed_no_bar_is_left(capsys):
    def work():
        with progress_bar(False) as progress:
            progress.add_task("training", total=2)
            raise ArchGraphError("it diverged")

    with pytest.raises(ArchGraphError, match="diverged"):
        work()
    assert not capsys.readouterr().err.strip()
