"""Tables with a column of native forms."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from broken_inputs import COUNTS, as_json, cut_or_flip
from macro_tables import FRAME, write

from archgraph import InputError, spaces
from archgraph.formats.tables import Options, read_native_table
from archgraph.table.table import ArchTable


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json", "jsonl"])
def test_every_numeric_column_becomes_a_metric(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    write(FRAME, path)
    table = read_native_table(path, "macro", Options("code", missing=-1))
    assert [spaces.get("macro").to_native(graph) for graph in table] == FRAME["code"].tolist()
    assert table.ids.tolist() == FRAME["code"].tolist()
    assert table.space.tolist() == ["macro"] * 3
    assert list(table.metrics) == ["acc", "params"]
    assert table.metrics["acc"].isna().tolist() == [False, True, False]
    assert table.metrics["params"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    "content",
    [
        {"code": ["02012100"], "acc": [1.5]},
        {"02012100": {"acc": 1.5}},
        [{"code": "02012100", "acc": 1.5, "history": [1, 2]}],
    ],
)
def test_json_may_be_columns_objects_by_key_or_a_list(tmp_path, content):
    (tmp_path / "t.json").write_text(json.dumps(content))
    native = "key" if "02012100" in content else "code"
    table = read_native_table(tmp_path / "t.json", "macro", Options(native))
    assert table.metrics.to_dict("list") == {"acc": [1.5]}


def test_a_column_of_ids_is_taken_over(tmp_path):
    write(FRAME, tmp_path / "t.csv")
    assert read_native_table(tmp_path / "t.csv", "macro", Options("code", id="note")).ids.tolist() == ["a", "b", "c"]


def test_rows_that_name_graphs_of_another_file_are_spread_by_a_column(tmp_path):
    write(FRAME, tmp_path / "t.csv")
    graphs = read_native_table(tmp_path / "t.csv", "macro", Options("code", id="note"))
    long = pd.DataFrame({"of": list("cabacb"), "on": ["x"] * 3 + ["y"] * 3, "ms": range(6)})
    write(long, tmp_path / "long.parquet")
    table = read_native_table(tmp_path / "long.parquet", "macro", Options("of", spread="on", graphs=graphs))
    assert table.ids.tolist() == ["c", "a", "b"]
    assert table[0] == graphs[2]
    assert table.metrics.to_dict("list") == {"x_ms": [0, 1, 2], "y_ms": [4, 3, 5]}
    twice = ArchTable.concatenate([graphs, graphs[:1]])
    with pytest.raises(InputError, match="2 graphs have the id 'a'"):
        read_native_table(tmp_path / "long.parquet", "macro", Options("of", spread="on", graphs=twice))


@pytest.mark.parametrize(
    ("frame", "options", "reason"),
    [
        (FRAME, Options("arch"), "no column 'arch'; it has code, acc, params, note"),
        (FRAME, Options("note"), "row 0: "),
        (FRAME, Options("acc"), "texts are needed"),
        (FRAME.assign(code=["02012100", "1", "2"]), Options("code"), "column code: row 1"),
        (FRAME.assign(code=["02012100", None, "2"]), Options("code"), "row 1, column code: empty"),
        (FRAME.assign(on="x", code="00000000"), Options("code", spread="on"), "stands twice"),
        (FRAME.assign(on=["x-y", "x_y", "z"]), Options("code", spread="on"), "differ in signs alone"),
        (FRAME[:0], Options("code"), "no row"),
    ],
)
def test_a_broken_table_is_refused(tmp_path, frame, options, reason):
    write(frame, tmp_path / "t.parquet")
    with pytest.raises(InputError, match=reason):
        read_native_table(tmp_path / "t.parquet", "macro", options)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("t.csv", 'code,code\n"a","b"\n', ""),
        ("t.csv", "", ""),
        ("t.json", "3", "a list of objects"),
        ("t.json", '{"code": ["a"], "acc": []}', "different lengths"),
        ("t.txt", "", "a table ends in"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, name, text, reason):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=reason or name):
        read_native_table(tmp_path / name, "macro", Options("code"))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_damaged_tables_are_refused_or_read(survives, tmp_path, suffix, count):
    write(FRAME, tmp_path / f"valid.{suffix}")

    def read(path):
        return read_native_table(path, "macro", Options("code"))

    make = cut_or_flip((tmp_path / f"valid.{suffix}").read_bytes())
    assert survives(read, make, f"t.{suffix}", count) > count / 5


@pytest.mark.parametrize("count", COUNTS)
def test_json_tables_with_odd_values_are_refused_or_read(survives, count):
    def read(path):
        return read_native_table(path, "macro", Options("code"))

    assert survives(read, as_json(json.loads(FRAME.to_json(orient="records"))), "t.json", count) > count / 5


def test_all_published_tables_are_read(nasbench):
    cells = read_native_table(nasbench / "nb201.parquet", "nasbench201", Options("arch_str", id="index"))
    assert len(cells) == 15_625
    assert cells.metrics["c10_xvalid_val_mean"].max() == pytest.approx(91.607, abs=1e-3)
    macro = read_native_table(nasbench / "nasbench_macro_c10.parquet", "macro", Options("arch"))
    assert len(macro) == len(set(macro.ids)) == 6_561
    micro = read_native_table(nasbench / "transnas101_micro.parquet", "transnas", Options("arch", missing=-1e8))
    assert len(micro) == 4_096
    assert len(read_native_table(nasbench / "nb101_30001.parquet", "nasbench101", Options("ops"))) == 30_001
    for name in ("nb201_hw_latency_energy", "nb201_zerocost_freerea_all15625"):
        options = Options("index", spread="dataset", missing=-1, graphs=cells)
        table = read_native_table(nasbench / f"{name}.parquet", "nasbench201", options)
        assert len(table) == 15_625
        assert isinstance(table, ArchTable)
        assert {column.split("_")[0] for column in table.metrics} == {"c10", "c100", "in16"}


def test_columns_that_graph_files_have_too_get_names_of_their_own(tmp_path):
    write(FRAME.assign(id=[1.0, 2.0, 3.0], id_=[4.0, 5.0, 6.0]), tmp_path / "t.parquet")
    table = read_native_table(tmp_path / "t.parquet", "macro", Options("code"))
    assert table.metrics["id_"].tolist() == [4, 5, 6]
    assert table.metrics["id__"].tolist() == [1, 2, 3]
