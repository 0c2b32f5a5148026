"""Graph tables in JSON Lines."""

from __future__ import annotations

import json

import numpy as np
import pytest
from broken_inputs import COUNTS, changed, cut_or_flip

from archgraph import ArchGraph, InputError
from archgraph.table.table import ArchTable


def test_a_line_without_an_id_is_called_by_its_row(tmp_path):
    graph = '"ops": ["input", "output"], "edges": [[0, 1]]'
    lines = [f"{{{start}{graph}}}" for start in ("", '"id": null, ', '"id": "a", ', '"id": 7, ', "")]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    assert ArchTable.read(tmp_path / "t.jsonl").ids.tolist() == ["0", "1", "a", "7", "4"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "not valid JSON"),
        ('{"ops": 3, "edges": []}', "`ops` must be a list"),
        ('{"ops": ["input", "output"]}', "`edges` must be a list"),
        ('{"ops": ["input", "output"], "edges": [[0, 1, 2]]}', "pair of node numbers"),
        ('{"ops": ["input", "output"], "edges": [[0, true]]}', "pair of node numbers"),
        ('{"ops": ["input", "output"], "edges": [[0, 99999999999999999999]]}', "topological order"),
        ('{"ops": ["input", "output"], "edges": [[0, 1], [0, 1]]}', "twice"),
        ('{"ops": ["input", "nothing", "output"], "edges": [[0, 1], [1, 2]]}', "unknown operation 'nothing'"),
        ('{"ops": ["input", "sum", "output"], "edges": [[0, 2]]}', "no path"),
        ('{"ops": ["input", "output"], "edges": [[0, 1]], "metrics": {"a": NaN}}', "NaN"),
        ('{"ops": ["input", "output"], "edges": [[0, 1]], "metrics": {"a": "high"}}', "finite numbers"),
        ('{"ops": ["input", "output"], "edges": [[0, 1]], "metrics": {"edge_src": 1}}', "'edge_src'"),
        ('{"ops": ["input", "output"], "edges": [[0, 1]], "id": [1]}', "`id` must be a string"),
        ('{"ops": ["input", "output"], "edges": [[0, 1]], "meta": [1]}', "`meta` must be an object"),
        ('{"ops": ["input", "output"], "edges": [[0, 1]], "meta": {"a": 1e999}}', "`meta` must hold JSON values"),
        ('{"ops": ["input", "output"], "edges": [[0, 1]], "meta": {"a": "%s"}}' % ("x" * 70_000), "at most 65536"),
    ],
)
def test_a_broken_line_is_named_with_its_reason(tmp_path, line, reason):
    good = '{"ops": ["input", "output"], "edges": [[0, 1]]}'
    (tmp_path / "t.jsonl").write_text(f"{good}\n\n{line}\n")
    with pytest.raises(InputError, match=reason) as caught:
        ArchTable.read(tmp_path / "t.jsonl")
    assert "line 3" in str(caught.value) or "edge_src" in line


def test_json_lines_leave_out_what_is_not_measured(table):
    record = json.loads(next(line for line in table[table.metrics["acc"].isna().to_numpy()].to_json_lines()))
    assert set(record["metrics"]) == {"params"}


def test_many_lines_are_read_in_parts(tmp_path):
    graphs = [ArchGraph(["input", "output"], [(0, 1)]), ArchGraph(["input", "sum", "output"], [(0, 1), (1, 2)])] * 5000
    ArchTable.from_graphs(graphs, metrics={"i": np.arange(10_000)}).write(tmp_path / "t.jsonl")
    read = ArchTable.read(tmp_path / "t.jsonl")
    assert len(read) == 10_000
    assert read.metrics["i"].to_numpy().tolist() == list(range(10_000))
    assert read[9_999].num_nodes == 3


@pytest.mark.parametrize("count", COUNTS)
def test_json_lines_that_are_damaged(table, survives, count):
    text = "".join(line + "\n" for line in table.to_json_lines()).encode()
    assert survives(ArchTable.read, cut_or_flip(text), "t.jsonl", count) > count / 4


@pytest.mark.parametrize("count", COUNTS)
def test_json_lines_with_odd_values(table, survives, count):
    records = [json.loads(line) for line in table.to_json_lines()]

    def make(rng):
        lines = changed(records)(rng)
        return "".join(json.dumps(line) + "\n" for line in lines).encode()

    assert survives(ArchTable.read, make, "t.jsonl", count) > count / 4


def test_a_metric_that_stands_twice_is_refused(tmp_path):
    line = '{"ops": ["input", "output"], "edges": [[0, 1]], "metrics": {"acc": 1, "acc": 2}}'
    (tmp_path / "t.jsonl").write_text(line)
    with pytest.raises(InputError, match="line 1: not valid JSON \\('acc' stands twice"):
        ArchTable.read(tmp_path / "t.jsonl")
