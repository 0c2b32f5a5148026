"""CSV files as people save them."""

from __future__ import annotations

import pandas as pd
import pytest

from archgraph import InputError
from archgraph.formats.containers import csv_file
from archgraph.formats.containers.csv_file import read_csv

FRAME = pd.DataFrame({"code": ["02", "11"], "acc": [89.5, 70.25]})


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_parts_the_cells_and_how_they_are_encoded_is_found(tmp_path, separator, encoding):
    FRAME.to_csv(tmp_path / "t.csv", index=False, sep=separator, encoding=encoding)
    table, found = read_csv(tmp_path / "t.csv", ["code"])
    assert found == separator
    assert table.to_pydict() == FRAME.to_dict("list")


def test_blanks_around_names_do_not_count(tmp_path):
    (tmp_path / "t.csv").write_text(" code , acc\n02,1.5\n")
    assert read_csv(tmp_path / "t.csv", ["code"])[0].column_names == ["code", "acc"]


def test_a_missing_column_is_named_beside_those_that_there_are(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False, sep=";")
    with pytest.raises(InputError, match="no column 'arch'; parted by ';' its first line has code, acc"):
        read_csv(tmp_path / "t.csv", ["arch"])


@pytest.mark.parametrize("content", [b"\xff\xfeab", b"caf\xe9,b\n1,2\n", b""])
def test_what_is_no_text_or_has_no_line_is_refused(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"t\.csv"):
        read_csv(tmp_path / "t.csv", ["code"])


def test_a_first_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file, "MAX_HEADER", 64)
    (tmp_path / "t.csv").write_text("code" * 100)
    with pytest.raises(InputError, match="first line"):
        read_csv(tmp_path / "t.csv", ["code"])


@pytest.mark.parametrize("note", ['"good', '"good" run\n11,"', '"a\nb'])
def test_a_cell_that_swallows_lines_because_its_quotes_are_not_closed_is_refused(tmp_path, note):
    (tmp_path / "t.csv").write_text(f"code,note\n02,x\n11,{note}\n12,y\n13,z\n")
    with pytest.raises(InputError, match=r"t\.csv, line \d: a cell whose quotes are not closed"):
        read_csv(tmp_path / "t.csv", ["code"])


def test_a_cell_may_go_over_several_lines(tmp_path):
    (tmp_path / "t.csv").write_text('code,note\n02,"x\ny"\n11,"z"\n')
    assert read_csv(tmp_path / "t.csv", ["code"])[0]["note"].to_pylist() == ["x\ny", "z"]
