"""Tables: columns in, columns out, and PyG's view of them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from torch.utils.data import Subset
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader

from archgraph import ArchGraph, InputError, spaces
from archgraph.table.table import ArchTable


@pytest.fixture(scope="module")
def table() -> ArchTable:
    graphs = spaces.get("dag:1-4").sample(60, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    values = rng.random(60)
    return ArchTable.from_graphs(
        graphs,
        ids=[f"g{i}" for i in range(60)],
        space=["dag"] * 30 + [""] * 30,
        metrics={"acc": np.where(values < 0.2, np.nan, values), "params": np.arange(60)},
    )


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
def test_what_is_written_is_read_again(table, tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    table.write(path)
    assert same(ArchTable.read(path), table)


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


def test_a_parquet_file_has_the_contracts_columns(table, tmp_path):
    table.write(tmp_path / "t.parquet")
    schema = pq.read_schema(tmp_path / "t.parquet")
    assert schema.names == ["id", "space", "ops", "edge_src", "edge_dst", "acc", "params"]
    assert schema.field("ops").type == pa.list_(pa.string())
    assert schema.field("edge_src").type == pa.list_(pa.int16())


def test_repr_says_how_many_graphs_and_which_metrics(table):
    assert repr(table) == "ArchTable(60 graphs, metrics=['acc', 'params'])"


def test_a_row_is_a_graph_and_rows_are_a_table(table):
    assert isinstance(table[3], ArchGraph)
    assert same(table[10:20], table[np.arange(10, 20)])
    assert same(table[table.metrics["params"].to_numpy() < 7], table[:7])
    assert same(table[torch.tensor([2, 0])], table[[2, 0]])
    assert len(table[[]]) == 0
    assert table[-1].edges == table[59].edges


def test_rows_that_are_not_there_are_refused(table):
    with pytest.raises(IndexError):
        table[60]
    for rows in ([60], np.ones(59, bool)):
        with pytest.raises(InputError, match="60 graphs"):
            table[rows]


def test_tables_join_end_to_end_and_lack_no_metric(table):
    whole = ArchTable.concatenate([table[:20], ArchTable.from_graphs(list(table[20:25]))])
    assert len(whole) == 25
    assert whole.metrics["acc"][20:].isna().all()
    assert same(ArchTable.concatenate([table[:20], table[20:]]), table)


def test_a_query_keeps_the_rows_that_fulfil_it(table):
    found = table.query("acc > 0.5 and params < 30")
    assert ((found.metrics["acc"] > 0.5) & (found.metrics["params"] < 30)).all()
    assert len(found) == ((table.metrics["acc"] > 0.5) & (table.metrics["params"] < 30)).sum()
    again = table.query("not (acc <= .5) and (params < 30 and .5 < 1e5) and acc == acc")
    assert again.ids.tolist() == found.ids.tolist()


@pytest.mark.parametrize("condition", ["loss > 1", "acc >", "acc + 1", "@table", "__import__('os')", "1 < 2", "", "\n"])
def test_a_condition_that_says_nothing_of_rows_is_refused(table, condition):
    with pytest.raises(InputError, match="condition"):
        table.query(condition)


def test_a_condition_may_name_a_metric_in_backticks(table):
    table = table.with_metrics(**{"top.1": np.arange(len(table))})
    assert len(table.query("`top.1` > .5 and (`top.1` < 1e7)")) == len(table) - 1


@pytest.mark.parametrize(
    "condition",
    [
        "acc.to_csv('made.csv')",
        "acc . to_csv ( 'made.csv' )",
        "sum(acc) > 1",
        "'`' == '' or acc.to_csv('made.csv') == '`'",
        "`acc`.size",
    ],
)
def test_a_condition_calls_nothing(table, condition, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="compare metrics with numbers"):
        table.query(condition)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_every_number_comes_back_from_a_file(table, tmp_path, suffix):
    numbers = [np.finfo(float).max, -np.finfo(float).max, 5e-324, -0.0, 0.1 + 0.2, np.nan]
    table[:6].with_metrics(acc=numbers).write(tmp_path / f"t.{suffix}")
    np.testing.assert_array_equal(ArchTable.read(tmp_path / f"t.{suffix}").metrics["acc"], numbers)


def test_no_tables_make_an_empty_one():
    assert len(ArchTable.concatenate([])) == 0


def test_further_metrics_make_another_table(noted):
    more = noted.with_metrics(acc=[4, 3, 2, 1], params=np.arange(4))
    assert more.metrics.to_dict("list") == {"acc": [4, 3, 2, 1], "params": [0, 1, 2, 3]}
    assert noted.metrics.to_dict("list") == {"acc": [1, 2, 3, 4]}
    assert (more.ids.tolist(), more.meta) == (noted.ids.tolist(), noted.meta)
    for wrong in ({"params": [1, 2]}, {"space": range(4)}):
        with pytest.raises(InputError):
            noted.with_metrics(**wrong)


def test_metrics_join_by_id(table):
    other = ArchTable.from_graphs(
        [table[0]] * 3, ids=["g5", "absent", "g1"], metrics={"latency": [5.0, 0.0, 1.0], "acc": [0, 0, 0]}
    )
    joined = table.join(other, prefix="hw_")
    assert joined.metrics["hw_latency"].dropna().to_dict() == {5: 5.0, 1: 1.0}
    assert joined.metrics["acc"].equals(table.metrics["acc"])


def test_a_join_that_is_ambiguous_is_refused(table):
    with pytest.raises(InputError, match="prefix"):
        table.join(table)
    with pytest.raises(InputError, match="twice"):
        table.join(table[[0, 0]], prefix="b_")


def test_a_batch_is_the_one_that_pyg_collates(table):
    rows = [5, 0, 7, 7]
    ours, theirs = table.batch(rows), Batch.from_data_list([table[i] for i in rows])
    for key in ("x", "edge_index", "batch", "ptr"):
        assert torch.equal(ours[key], theirs[key])
    assert ours.num_graphs == 4
    assert [(g.ops, g.edges) for g in ours.to_data_list()] == [(table[i].ops, table[i].edges) for i in rows]


@pytest.mark.parametrize("rows", [slice(2, 9), slice(9, 2), slice(None, None, 7), slice(-5, None)])
def test_a_batch_of_a_slice_is_the_batch_of_its_rows(table, rows):
    ours, theirs = table.batch(rows), table.batch(np.arange(60)[rows])
    assert torch.equal(ours.edge_index, theirs.edge_index)
    assert torch.equal(ours.ptr, theirs.ptr)


def test_batches_cover_the_table_once(table):
    in_order = list(table.batches(16))
    assert [len(rows) for rows, _ in in_order] == [16, 16, 16, 12]
    shuffled = list(table.batches(16, np.random.default_rng(0)))
    assert sorted(np.concatenate([rows for rows, _ in shuffled]).tolist()) == list(range(60))
    rows, batch = shuffled[2]
    assert torch.equal(batch.x, table.batch(rows).x)


def test_it_is_used_as_a_pyg_data_set(table):
    assert len(table) == table.len() == 60
    assert table.get(3) == table[3] == Subset(table, [3])[0]
    batch = next(iter(DataLoader(table, batch_size=8)))
    assert torch.equal(batch.edge_index, table.batch(range(8)).edge_index)
    assert torch.equal(next(iter(DataLoader(table, batch_size=60, shuffle=True))).ptr[-1], table.batch().ptr[-1])


def test_columns_of_another_length_are_refused(table):
    for columns in ({"ids": ["a"]}, {"space": ["a"]}, {"metrics": {"acc": [1.0]}}, {"meta": [{}]}):
        with pytest.raises(InputError, match="2 graphs"):
            ArchTable.from_graphs([table[0], table[1]], **columns)


def test_a_metric_that_is_no_number_is_refused(table):
    for metrics in ({"acc": ["good"]}, pd.DataFrame({"arch": ["x"], "acc": [1.0]}), {"acc": [[1, 2]]}):
        with pytest.raises(InputError, match="one number a graph"):
            ArchTable.from_graphs([table[0]], metrics=metrics)


def test_a_metric_may_not_take_the_name_of_a_column(table):
    with pytest.raises(InputError, match="'ops'"):
        ArchTable.from_graphs([table[0]], metrics={"ops": [1.0]})


def test_names_that_are_no_text_are_refused(table):
    for columns in ({"ids": ["\ud800"]}, {"space": ["\ud800"]}, {"metrics": {"\ud800": [1.0]}}):
        with pytest.raises(InputError, match="no text"):
            ArchTable.from_graphs([table[0]], **columns)


def test_what_is_infinite_counts_as_not_measured(table):
    assert ArchTable.from_graphs([table[0]] * 2, metrics={"a": [np.inf, 1]}).metrics["a"].isna().tolist() == [
        True,
        False,
    ]


def test_a_table_without_metrics_has_none(table, tmp_path):
    bare = ArchTable.from_graphs([table[0]])
    assert bare.metrics.shape == (1, 0)
    bare.write(tmp_path / "t.parquet")
    assert ArchTable.read(tmp_path / "t.parquet").ids.tolist() == ["0"]


def test_a_failed_write_leaves_nothing(table, tmp_path):
    with pytest.raises(InputError):
        table.write(tmp_path / "absent" / "t.parquet")
    with pytest.raises(InputError, match=r"\.jsonl or \.parquet"):
        table.write(tmp_path / "t.csv")
    assert list(tmp_path.iterdir()) == []


def rows_of(path, **columns):
    names = {"ops": pa.list_(pa.string()), "edge_src": pa.list_(pa.int16()), "edge_dst": pa.list_(pa.int16())}
    pq.write_table(pa.table({k: pa.array(v, names.get(k)) for k, v in columns.items()}), path)


GOOD = {"ops": ["input", "sum", "output"], "edge_src": [0, 1], "edge_dst": [1, 2]}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ops": ["input", "frobnicate", "output"]}, "unknown operation 'frobnicate'"),
        ({"ops": ["input", None, "output"]}, "unknown operation"),
        ({"ops": None}, "`ops` is missing"),
        ({"ops": ["sum", "sum", "output"]}, "must be `input`"),
        ({"ops": []}, "2 to 4096 nodes"),
        ({"edge_src": [1, 0], "edge_dst": [0, 2]}, "topological order"),
        ({"edge_src": [0, -1]}, "topological order"),
        ({"edge_src": [0, None]}, "pair of node numbers"),
        ({"edge_src": [0, 0], "edge_dst": [2, 2]}, "twice"),
        ({"edge_src": [0], "edge_dst": [2]}, "no path"),
        ({"edge_src": [0]}, "differ in length"),
        ({"ops": ["input", *["sum"] * 5000, "output"]}, "2 to 4096 nodes"),
    ],
)
def test_a_broken_row_of_a_parquet_file_is_named_with_its_reason(tmp_path, change, reason):
    bad = GOOD | change
    rows_of(tmp_path / "t.parquet", **{key: [GOOD[key], GOOD[key], bad[key], GOOD[key]] for key in GOOD})
    with pytest.raises(InputError, match=f"row 2: .*{reason}"):
        ArchTable.read(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"ops": [["input"]]}, "no column 'edge_src'"),
        ({"ops": ["input"], "edge_src": [[0]], "edge_dst": [[1]]}, "list is needed"),
        ({"ops": [["input"]], "edge_src": [[70000]], "edge_dst": [[1]]}, "edge_src"),
    ],
)
def test_a_file_of_another_layout_is_refused(tmp_path, columns, reason):
    table = pa.table({key: pa.array(value) for key, value in columns.items()})
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(InputError, match=reason):
        ArchTable.read(tmp_path / "t.parquet")


def test_columns_of_other_widths_are_read(tmp_path):
    table = pa.table(
        {
            "ops": pa.array([GOOD["ops"]] * 2, pa.large_list(pa.large_string())),
            "edge_src": pa.array([GOOD["edge_src"]] * 2, pa.list_(pa.int64())),
            "edge_dst": pa.array([GOOD["edge_dst"]] * 2, pa.list_(pa.uint8(), 2)),
            "id": pa.array([7, None]),
            "note": pa.array(["passed", "over"]),
            "acc": pa.array([1, None]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    read = ArchTable.read(tmp_path / "t.parquet")
    assert read.ids.tolist() == ["7", "1"]
    assert list(read.metrics) == ["acc"]
    assert read[1].edges == [(0, 1), (1, 2)]


def test_a_file_that_claims_to_unpack_to_too_much_is_refused(tmp_path, monkeypatch):
    rows_of(tmp_path / "t.parquet", **{key: [value] * 50 for key, value in GOOD.items()})
    monkeypatch.setattr("archgraph.table.parquet.MAX_VALUES", 99)
    with pytest.raises(InputError, match="unpacks to more"):
        ArchTable.read(tmp_path / "t.parquet")


def test_a_repeated_giant_text_is_refused_without_being_unpacked(tmp_path):
    rows_of(tmp_path / "t.parquet", **{key: [value] * 50 for key, value in GOOD.items()}, id=["x" * (1 << 20)] * 50)
    with pytest.raises(InputError, match="at most 4096"):
        ArchTable.read(tmp_path / "t.parquet")


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


def test_a_missing_or_empty_file_is_named(tmp_path):
    for name in ("t.jsonl", "t.parquet"):
        with pytest.raises(InputError, match=f"no file .*{name}"):
            ArchTable.read(tmp_path / name)
        (tmp_path / name).touch()
        with pytest.raises(InputError, match=name):
            ArchTable.read(tmp_path / name)
    with pytest.raises(InputError, match="ends in"):
        ArchTable.read(tmp_path / "t.csv")


def test_a_file_without_a_row_is_named(table, tmp_path):
    table[:0].write(tmp_path / "typed.parquet")
    frame = pd.DataFrame({"id": [], "space": [], "ops": [], "edge_src": [], "edge_dst": [], "acc": []})
    frame.to_parquet(tmp_path / "untyped.parquet")
    for name in ("typed", "untyped"):
        with pytest.raises(InputError, match=rf"{name}.parquet holds no graph"):
            ArchTable.read(tmp_path / f"{name}.parquet")


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


def test_metrics_may_be_a_frame_with_any_index(table):
    frame = pd.DataFrame({"a": [1, 2]}, index=[7, 9])
    assert ArchTable.from_graphs([table[0]] * 2, metrics=frame).metrics.index.tolist() == [0, 1]


def test_a_parquet_file_with_a_damaged_page_is_refused(tmp_path):
    table = spaces.get("dag:1-5").enumerate()
    table.metrics = table.metrics.assign(acc=np.random.default_rng(0).random(len(table)))
    path = tmp_path / "damaged.parquet"
    table.write(path)
    content, chunks = path.read_bytes(), pq.ParquetFile(path).metadata.row_group(0)
    for column in map(chunks.column, range(chunks.num_columns)):
        if column.total_compressed_size > 200:  # else the middle may be a page's header
            middle = column.data_page_offset + column.total_compressed_size // 2
            path.write_bytes(content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :])
            with pytest.raises(InputError, match="cannot read"):
                ArchTable.read(path)
