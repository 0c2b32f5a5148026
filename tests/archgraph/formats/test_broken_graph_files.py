"""Broken graph files: one clear error each."""

from __future__ import annotations

import json

import numpy as np
import pytest
from broken_inputs import COUNTS, as_json, changed, cut_or_flip

from archgraph import spaces
from archgraph.table.table import ArchTable


@pytest.fixture(scope="module")
def table() -> ArchTable:
    graphs = spaces.get("dag:1-4").sample(6, np.random.default_rng(0))
    meta = [{"by": "hand", "seeds": [0, 1]}, None, None, {}, {"a": {"b": {"c": 0.5}}}, None]
    return ArchTable.from_graphs(graphs, space="dag", metrics={"acc": np.arange(6) / 10}, meta=meta)


@pytest.mark.parametrize("count", COUNTS)
def test_parquet_files_that_are_damaged(table, survives, tmp_path, count):
    table.write(tmp_path / "valid.parquet")
    make = cut_or_flip((tmp_path / "valid.parquet").read_bytes())
    assert survives(ArchTable.read, make, "t.parquet", count) > count / 2


@pytest.mark.parametrize("count", COUNTS)
def test_parquet_files_of_broken_graphs(survives, tmp_path, count):
    import pyarrow as pa
    import pyarrow.parquet as pq

    def make(rng):
        n = rng.choice((2, 3, 4, 7))
        rows = []
        for _ in range(4):
            ops = ["input", *["sum"] * (n - 2), "output"]
            edges = [(i, i + 1) for i in range(n - 1)]
            rows.append((ops, edges))
        ops, edges = rng.choice(rows)
        place = rng.randrange(len(ops))
        kind = rng.randrange(6)
        if kind == 0:
            ops[place] = rng.choice(("input", "output", "nothing", "", "x" * 9000))
        elif kind == 1:
            edges.append((rng.randrange(-3, n + 3), rng.randrange(-3, n + 3)))
        elif kind == 2:
            del edges[rng.randrange(len(edges))]
        elif kind == 3:
            del ops[place]
        elif kind == 4:
            edges.append(rng.choice(edges))
        else:
            ops[:] = ["sum"] * rng.choice((0, 1, 4097))
        part = {
            "ops": pa.array([o for o, _ in rows], pa.list_(pa.string())),
            "edge_src": pa.array([[s for s, _ in e] for _, e in rows], pa.list_(pa.int16())),
            "edge_dst": pa.array([[t for _, t in e] for _, e in rows], pa.list_(pa.int16())),
        }
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(part), sink)
        return sink.getvalue().to_pybytes()

    assert survives(ArchTable.read, make, "t.parquet", count) > 0.7 * count


@pytest.mark.parametrize("count", COUNTS)
def test_parquet_files_with_broken_meta(survives, count):
    import pyarrow as pa
    import pyarrow.parquet as pq

    make_text = as_json({"meta": {"by": "hand", "seeds": [0, 1, {"a": 0.5}]}})
    graph = {"ops": ["input", "output"], "edge_src": [0], "edge_dst": [1]}
    kinds = {"ops": pa.list_(pa.string()), "edge_src": pa.list_(pa.int16()), "edge_dst": pa.list_(pa.int16())}

    def make(rng):
        texts = [make_text(rng).decode("utf-8", "replace") for _ in range(3)]
        part = {name: pa.array([value] * 4, kinds[name]) for name, value in graph.items()}
        sink = pa.BufferOutputStream()
        meta = pa.array([None, *texts]) if rng.random() < 0.9 else pa.array([rng.random()] * 4)
        pq.write_table(pa.table(part | {"meta": meta}), sink)
        return sink.getvalue().to_pybytes()

    assert survives(ArchTable.read, make, "t.parquet", count) > count / 2


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


@pytest.mark.parametrize("count", COUNTS)
def test_node_link_json_with_odd_values(table, survives, count):
    import networkx as nx

    from archgraph.formats.networkx import read_networkx

    content = [nx.node_link_data(graph.to_networkx(), edges="edges") for graph in table[:3]]
    assert survives(read_networkx, as_json(content), "t.json", count) > count / 4


@pytest.mark.parametrize("count", COUNTS)
def test_graphml_that_is_damaged(table, survives, tmp_path, count):
    import networkx as nx

    from archgraph.formats.networkx import read_networkx

    nx.write_graphml(table[0].to_networkx(), tmp_path / "valid.graphml")
    make = cut_or_flip((tmp_path / "valid.graphml").read_bytes())
    assert survives(read_networkx, make, "t.graphml", count) > count / 4
