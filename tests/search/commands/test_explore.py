"""`archgraph explore`."""

import json

import pytest

from archgraph.cli.main import run


def test_a_table_becomes_a_page(tmp_path, capsys):
    with pytest.raises(SystemExit) as done:
        run(["explore", "data/examples/dag_cells.jsonl", "-o", str(tmp_path / "e.html"), "--json", "--quiet"])
    assert done.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert found["architectures"] == 12
    assert found["bytes"] == (tmp_path / "e.html").stat().st_size


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.jsonl", "-o", "e.html"], "none.jsonl"),
        (["data/examples/dag_cells.jsonl", "-o", "e.txt"], ".html"),
        (["data/examples/dag_cells.jsonl", "--delta", "none", "-o", "e.html"], "none"),
    ],
)
def test_what_makes_no_page_is_one_line_and_exit_code_2(tmp_path, capsys, arguments, said):
    arguments[arguments.index("-o") + 1] = str(tmp_path / arguments[arguments.index("-o") + 1])
    with pytest.raises(SystemExit) as done:
        run(["explore", *arguments])
    assert done.value.code == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
