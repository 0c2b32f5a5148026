"""`archgraph info` and `archgraph draw`."""

from __future__ import annotations

import json

import pytest

from archgraph import ArchTable
from archgraph.cli.main import run

CODES = "code,acc\n02012100,89.4\n11111221,92.3\n02012100,89.4\n"


@pytest.fixture
def codes(tmp_path):
    (tmp_path / "codes.csv").write_text(CODES)
    return tmp_path / "codes.csv"


def test_a_table_is_imported_and_described(archgraph, codes, tmp_path):
    out = tmp_path / "out.parquet"
    assert archgraph("import", "table", codes, "--space", "macro", "--native", "code", "-o", out)[0] == 0
    table = ArchTable.read(out)
    assert (len(table), table.metrics["acc"].tolist()) == (3, [89.4, 92.3, 89.4])
    code, text, _ = archgraph("info", out, "--json")
    found = json.loads(text)
    assert (code, found["graphs"], found["distinct"], found["spaces"]) == (0, 3, 2, {"macro": 3})
    assert (found["duplicates"], found["nodes"]["most"], found["operations"]["input"]) == (1, 10, 3)
    assert found["metrics"]["acc"]["measured"] == 3


def test_a_metric_that_nothing_has_is_described_as_such(archgraph, tmp_path):
    line = '{"ops": ["input", "output"], "edges": [[0, 1]]'
    (tmp_path / "g.jsonl").write_text(f'{line}, "metrics": {{"acc": 1}}}}\n{line}}}\n')
    ArchTable.read(tmp_path / "g.jsonl")[1:].write(tmp_path / "g.parquet")
    _, text, _ = archgraph("info", tmp_path / "g.parquet", "--json")
    assert json.loads(text)["metrics"]["acc"] == {"measured": 0, "least": None, "mean": None, "most": None}
    code, text, _ = archgraph("info", tmp_path / "g.jsonl")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()][-2:] == ["metric", "acc"]


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "cells.jsonl"
    with pytest.raises(SystemExit):
        run(["space", "enumerate", "dag:1-3", "-o", str(path)])
    return path


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"ops": ["input"', "not valid JSON"),
        ("[1, 2]", "not a JSON object"),
        ('{"ops": ["input", "output"]}', "`edges`"),
        ('{"ops": ["input", "warp", "output"], "edges": [[0, 1], [1, 2]]}', "unknown operation 'warp'"),
        ('{"ops": ["input", "output"], "edges": [[1, 0]]}', "lower to a higher"),
        ('{"ops": ["input", "output"], "edges": [[0, 1]], "metrics": {"acc": NaN}}', "NaN"),
    ],
)
def test_a_malformed_line_is_named_by_file_and_number(archgraph, tmp_path, line, reason):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"ops": ["input", "output"], "edges": [[0, 1]]}\n' + line + "\n")
    code, _, err = archgraph("info", path)
    assert code == 2
    assert reason in err
    assert "bad.jsonl, line 2" in err
    assert err.count("\n") == 1


def test_info_counts_what_is_in_a_file(archgraph, cells):
    _, out, _ = archgraph("info", cells, "--json")
    info = json.loads(out)
    assert info["graphs"] == info["distinct"] == 9
    assert info["spaces"] == {"dag:1-3": 9}


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_graphs_are_drawn(archgraph, cells, tmp_path, suffix):
    assert archgraph("draw", cells, "-o", tmp_path / f"all.{suffix}")[0] == 0
    assert (tmp_path / f"all.{suffix}").stat().st_size > 5000
    code, _, err = archgraph("draw", cells, "--id", "nobody", "-o", tmp_path / "x.png")
    assert (code, (tmp_path / "x.png").exists()) == (2, False)
    assert "no graph with id 'nobody'" in err


def test_describing_a_file_loads_no_torch(torch_after, cells):
    assert not torch_after("info", str(cells))


@pytest.mark.parametrize("rest", [[], ["--id", "nope"]])
def test_what_is_wrong_with_a_drawn_file_is_said_with_its_name_once(archgraph, cells, tmp_path, rest):
    path = cells if rest else tmp_path / "gone.jsonl"
    code, _, said = archgraph("draw", path, "-o", tmp_path / "a.png", *rest)
    assert (code, said.count(str(path))) == (2, 1)
    assert not (tmp_path / "a.png").exists()
