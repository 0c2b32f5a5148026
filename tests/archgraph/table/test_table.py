"""Tables: columns in, columns out, and PyG's view of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from archgraph import ArchGraph, InputError
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
def test_what_is_written_is_read_again(table, tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    table.write(path)
    assert same(ArchTable.read(path), table)


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


def test_what_is_said_of_graphs_is_added_to(noted):
    more = noted.with_meta({1: {"reason": "x"}})
    assert more.meta == [old | ({"reason": "x"} if row == 1 else {}) for row, old in enumerate(noted.meta)]
    assert (more.ids.tolist(), more.metrics.to_dict()) == (noted.ids.tolist(), noted.metrics.to_dict())
    assert noted[:1].with_meta({}).meta == noted.meta[:1]
    with pytest.raises(InputError, match="must hold JSON values"):
        noted.with_meta({0: {"reason": object()}})


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


def test_columns_of_another_length_are_refused(table):
    for columns in ({"ids": ["a"]}, {"space": ["a"]}, {"metrics": {"acc": [1.0]}}, {"meta": [{}]}):
        with pytest.raises(InputError, match="2 graphs"):
            ArchTable.from_graphs([table[0], table[1]], **columns)


def test_names_that_are_no_text_are_refused(table):
    for columns in ({"ids": ["\ud800"]}, {"space": ["\ud800"]}, {"metrics": {"\ud800": [1.0]}}):
        with pytest.raises(InputError, match="no text"):
            ArchTable.from_graphs([table[0]], **columns)


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
