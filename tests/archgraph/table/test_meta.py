"""What else is said of each graph travels with it."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from broken_inputs import COUNTS, as_json

from archgraph import InputError
from archgraph.table.table import ArchTable


@pytest.fixture
def noted(table) -> ArchTable:
    """Four graphs, two of which say something of themselves."""
    meta = [{"from": "é", "seeds": [1, None, {"a": 0.5}]}, None, {}, {"b": True}]
    return ArchTable.from_graphs(list(table[:4]), ids=["a", "b", "c", "d"], metrics={"acc": [1, 2, 3, 4]}, meta=meta)


def same(a: ArchTable, b: ArchTable) -> bool:
    return (
        [(g.ops, g.edges) for g in a] == [(g.ops, g.edges) for g in b]
        and a.ids.tolist() == b.ids.tolist()
        and a.space.tolist() == b.space.tolist()
        and a.metrics.equals(b.metrics)
        and a.meta == b.meta
    )


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_meta_is_written_and_read_again(noted, tmp_path, suffix):
    noted.write(tmp_path / f"t.{suffix}")
    again = ArchTable.read(tmp_path / f"t.{suffix}")
    assert same(again, noted)
    assert again.meta_texts.equals(noted.meta_texts)
    assert list(again.to_json_lines()) == list(noted.to_json_lines())


def test_meta_stays_with_its_graph(noted, table):
    a, b, c, d = noted.meta
    assert (a["from"], b, c, d) == ("é", {}, {}, {"b": True})
    assert noted[[3, 0]].meta == [d, a]
    assert noted[1:].query("acc > 3").meta == [d]
    assert ArchTable.concatenate([table[:1], noted, table[:1]]).meta == [{}, a, b, c, d, {}]
    other = ArchTable.from_graphs([table[0]], ids=["d"], metrics={"x": [1]}, meta=[{"of": "the other"}])
    assert noted.join(other).meta == noted.meta


def test_tables_without_meta_have_no_column_of_it(noted, table, tmp_path):
    assert table.meta_texts is None
    assert noted[1:2].meta_texts is None
    noted[1:2].write(tmp_path / "t.parquet")
    assert "meta" not in pq.read_schema(tmp_path / "t.parquet").names
    assert "meta" not in json.loads(next(noted[1:2].to_json_lines()))


@pytest.mark.parametrize(
    "meta", [{"a": np.nan}, {"a": {1}}, {("a",): 1}, [1], "text", {"a": "x" * (1 << 16)}], ids=lambda m: str(m)[:20]
)
def test_meta_that_is_no_small_json_object_is_refused(table, meta):
    with pytest.raises(InputError, match="`meta`"):
        ArchTable.from_graphs([table[0]], meta=[meta])


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"a": NaN}', '{"a": 1e999}', "[" * 60_000, '{"a": "%s"}' % ("x" * (1 << 16))]
)
def test_broken_meta_of_a_parquet_file_is_named(tmp_path, text):
    rows_of(tmp_path / "t.parquet", **{key: [value] * 3 for key, value in GOOD.items()}, meta=[None, "{}", text])
    with pytest.raises(InputError, match=r"row 2: `meta`|at most 65536 are read"):
        ArchTable.read(tmp_path / "t.parquet")


def test_a_meta_column_that_is_no_text_is_refused(tmp_path):
    rows_of(tmp_path / "t.parquet", **{key: [value] for key, value in GOOD.items()}, meta=[0.5])
    with pytest.raises(InputError, match="column meta: texts are needed"):
        ArchTable.read(tmp_path / "t.parquet")


def test_repeated_texts_that_unpack_to_too_much_are_refused(tmp_path, monkeypatch):
    graphs = {key: [value] * 50 for key, value in GOOD.items()}
    rows_of(tmp_path / "t.parquet", **graphs, meta=['{"a": "%s"}' % ("x" * 1000)] * 50)
    assert len(ArchTable.read(tmp_path / "t.parquet").meta) == 50
    monkeypatch.setattr("archgraph.table.parquet.MAX_TEXT", 40_000)
    with pytest.raises(InputError, match="split the file"):
        ArchTable.read(tmp_path / "t.parquet")


def rows_of(path, **columns):
    names = {"ops": pa.list_(pa.string()), "edge_src": pa.list_(pa.int16()), "edge_dst": pa.list_(pa.int16())}
    pq.write_table(pa.table({k: pa.array(v, names.get(k)) for k, v in columns.items()}), path)


GOOD = {"ops": ["input", "sum", "output"], "edge_src": [0, 1], "edge_dst": [1, 2]}


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
