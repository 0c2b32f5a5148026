"""Graph tables in Parquet."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from broken_inputs import COUNTS, cut_or_flip

from archgraph import InputError, spaces
from archgraph.table.table import ArchTable


def test_a_parquet_file_has_the_contracts_columns(table, tmp_path):
    table.write(tmp_path / "t.parquet")
    schema = pq.read_schema(tmp_path / "t.parquet")
    assert schema.names == ["id", "space", "ops", "edge_src", "edge_dst", "acc", "params"]
    assert schema.field("ops").type == pa.list_(pa.string())
    assert schema.field("edge_src").type == pa.list_(pa.int16())


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


def test_a_repeated_giant_text_is_refused_without_being_unpacked(tmp_path):
    rows_of(tmp_path / "t.parquet", **{key: [value] * 50 for key, value in GOOD.items()}, id=["x" * (1 << 20)] * 50)
    with pytest.raises(InputError, match="at most 4096"):
        ArchTable.read(tmp_path / "t.parquet")


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


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_a_table_in_several_row_groups_is_read(tmp_path, rows):
    table = spaces.get("nasbench201").sample(100, np.random.default_rng(0))
    written = ArchTable.from_graphs(table, metrics={"acc": np.arange(100)})
    written.write(tmp_path / "one.parquet")
    pq.write_table(pq.read_table(tmp_path / "one.parquet"), tmp_path / "several.parquet", row_group_size=rows)
    assert pq.ParquetFile(tmp_path / "several.parquet").num_row_groups == -(-100 // rows)
    read = ArchTable.read(tmp_path / "several.parquet")
    assert read.hashes() == written.hashes()
    assert read.metrics.equals(written.metrics)
