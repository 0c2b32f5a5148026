"""What the commands share."""

import json

import pytest

from archgraph import InputError, spaces
from archgraph.cli import common


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        common.fail("what\n  where\n  what to do", 2)
    assert stop.value.code == 2
    assert capsys.readouterr().err == "archgraph: what where what to do\n"


def test_a_device_that_is_none_is_refused() -> None:
    assert common.resolve_device("cpu") == "cpu"
    assert common.resolve_device("auto") in ("cpu", "cuda")
    with pytest.raises(InputError, match="--device is auto, cpu or cuda, but got 'tpu'"):
        common.resolve_device("tpu")


def test_outputs_are_checked_before_the_work(tmp_path) -> None:
    common.check_output(None)
    common.check_output(tmp_path / "x.jsonl")
    common.check_file(tmp_path / "x.svg", "a picture", ".svg", ".png")
    with pytest.raises(InputError, match=r"a picture is written to a file that ends in \.svg or \.png"):
        common.check_file(tmp_path / "x.gif", "a picture", ".svg", ".png")
    assert list(tmp_path.iterdir()) == []


def test_graphs_go_to_a_file_or_to_stdout(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    table = spaces.get("dag:2").enumerate()
    common.write_graphs(table, tmp_path / "x.jsonl")
    common.write_graphs(table, None)
    assert capsys.readouterr().out == (tmp_path / "x.jsonl").read_text()


def test_results_are_printed_for_people_or_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    result = {"graphs": 2, "nodes": {"mean": 3.14159}, "spaces": {}}
    common.print_result(result, as_json=True)
    assert json.loads(capsys.readouterr().out) == result
    common.print_result(result, as_json=False)
    assert capsys.readouterr().out == "graphs  2\nnodes   mean 3.142\nspaces  none\n"
