"""Graph files by their suffix."""

import os

import pytest

from archgraph import ArchTable, InputError, spaces
from archgraph.ops import OPS
from archgraph.table import files
from archgraph.table.number_tables import write_numbers
from archgraph.table.streams import read_parts


def test_the_suffix_says_what_a_file_is(tmp_path):
    assert files.table_suffix("a/B.PARQUET") == ".parquet"
    for read in (
        files.read,
        lambda path: next(files.parts(path, 3)),
        lambda path: files.write(path, [], [], False, []),
    ):
        with pytest.raises(InputError, match=r"ends in .jsonl or .parquet"):
            read(tmp_path / "t.csv")


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet"])
def test_what_cannot_be_read_is_said_in_one_line(tmp_path, name):
    for read in (files.read, lambda path: next(files.parts(path, 3))):
        with pytest.raises(InputError, match="no file"):
            read(tmp_path / name)
    (tmp_path / name).write_bytes(b"PAR1" + bytes(range(200, 250)))
    for read in (files.read, lambda path: next(files.parts(path, 3))):
        with pytest.raises(InputError) as caught:
            read(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_part_that_is_refused_leaves_no_operation_behind(tmp_path):
    whole = spaces.get("dag:1-3").enumerate()
    lines = [*whole.to_json_lines(), '{"ops": ["input", "never-seen", "output"], "edges": [[0, 1]], "operations": 3}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    known = len(OPS)
    with pytest.raises(InputError, match="line 10"):
        next(files.parts(tmp_path / "t.jsonl", 4))
    assert len(OPS) == known


@pytest.mark.parametrize("name", [b"\xff\xe9.parquet", b"\xff\xe9.jsonl"])
def test_a_table_lies_in_any_folder_under_any_name(table, tmp_path, name):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    path = folder / os.fsdecode(name)
    table.write(path)
    assert ArchTable.read(path).ids.tolist() == table.ids.tolist()
    assert sum(len(part) for part in read_parts(path, 7)) == len(table)
    numbers = folder / os.fsdecode(b"\xff.parquet")
    write_numbers(numbers, [table.metrics])
    assert numbers.stat().st_size
    assert sorted(folder.iterdir()) == sorted([path, numbers])
