"""Tables of any length, some rows at a time."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archgraph import ArchTable, InputError, spaces
from archgraph.table.streams import read_parts, write_parts


@pytest.fixture
def members():
    table = spaces.get("dag:1-4").enumerate()
    return table.with_metrics(acc=np.arange(len(table), dtype=float))


def lines(tables):
    return [line for table in tables for line in table.to_json_lines()]


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_parts_hold_the_rows_of_the_whole(members, tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    write_parts(path, (members[start : start + 9] for start in range(0, len(members), 9)))
    parts = list(read_parts(path, rows=7))
    assert {len(part) for part in parts[:-1]} == {7}
    assert lines(parts) == lines([ArchTable.read(path)]) == lines([members])


def test_a_note_may_come_late(members, tmp_path):
    noted = members.with_meta({20: {"by": "hand"}})
    write_parts(tmp_path / "t.parquet", (noted[:9], noted[9:]))
    assert ArchTable.read(tmp_path / "t.parquet").meta[20] == {"by": "hand"}


def test_one_table_is_written_as_ever(members, tmp_path):
    members.write(tmp_path / "a.parquet")
    write_parts(tmp_path / "b.parquet", [members])
    assert pq.read_table(tmp_path / "a.parquet").equals(pq.read_table(tmp_path / "b.parquet"))


def test_tables_of_other_metrics_leave_no_file(members, tmp_path):
    with pytest.raises(InputError, match="have the same metrics"):
        write_parts(tmp_path / "t.parquet", [members[:3], members[3:6].with_metrics(loss=np.zeros(3))])
    with pytest.raises(InputError, match="no table to write"):
        write_parts(tmp_path / "t.parquet", [])
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_is_wrong_is_named_by_its_place_in_the_file(members, tmp_path):
    members.write(tmp_path / "t.parquet")
    table = pq.read_table(tmp_path / "t.parquet")
    sources = table["edge_src"].to_pylist()
    sources[30] = [*sources[30][::-1], 0]
    pq.write_table(table.set_column(3, "edge_src", [sources]), tmp_path / "t.parquet")
    parts = read_parts(tmp_path / "t.parquet", rows=8)
    assert len([next(parts) for _ in range(3)]) == 3
    with pytest.raises(InputError, match="row 30: `edge_src` and `edge_dst` differ"):
        next(parts)


MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize(
    "words", ["info t.parquet", "import table n.parquet --space nasbench201 --native n -o o.parquet"]
)
def test_memory_hardly_grows_with_the_table(tmp_path, words):
    """A million cells take less than 400 MB more than 200,000; held whole they would take 600 MB more."""
    space, most = spaces.get("nasbench201"), []
    cells = space.enumerate()
    natives = [space.to_native(cell) for cell in cells]
    for rows in (200_000, 1_000_000):
        times = rows // len(cells)
        write_parts(tmp_path / "t.parquet", (cells for _ in range(times)))
        pq.write_table(
            pa.table({"n": pa.array(natives * times), "acc": np.zeros(len(cells) * times)}), tmp_path / "n.parquet"
        )
        command = [sys.executable, "-c", MEASURED, sys.executable, "-m", "archgraph.cli.main", *words.split()]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        most.append(int(done.stdout) >> 10)
    assert most[1] - most[0] < 400
