"""Numbers as people write them, read with their tables."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from macro_tables import FRAME, write

from archgraph import InputError
from archgraph.formats.tables import Options, read_native_table
from archgraph.table.table import ArchTable


def read_saying(path) -> tuple[ArchTable, str]:
    """A table of Macro by `code`, and what was said of it."""
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        table = read_native_table(path, "macro", Options("code"))
    return table, " ".join(str(note.message) for note in notes)


@pytest.mark.parametrize(
    "word", ["OOM", "-", "failed", "?", "None", " ", "N/A", "nan", "null", "#N/A", "inf", "Timeout"]
)
@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_a_word_for_what_was_not_measured_is_counted_and_named(tmp_path, word, suffix):
    frame = FRAME.assign(acc=["89.4", word, "70"])
    if suffix.startswith("json"):
        frame = FRAME.astype({"acc": object}).assign(acc=[89.4, word, 70])
    write(frame, tmp_path / f"t.{suffix}")
    table, said = read_saying(tmp_path / f"t.{suffix}")
    assert table.metrics["acc"].tolist() == pytest.approx([89.4, np.nan, 70.0], nan_ok=True)
    assert f"column acc: 1 of 3 cells not measured ({repr(word) if word.strip() else 'blank'})" in said
    assert "left out, no numbers: note" in said


@pytest.mark.parametrize(
    ("cells", "values", "says"),
    [
        (["91.5%", "90 %", "8%"], [91.5, 90, 8], "percent signs are left out"),
        (["1,234,567", "12", "1,000"], [1234567, 12, 1000], "commas part thousands, as in '1,234,567'"),
        (["1 234 567", "12", "1 000"], [1234567, 12, 1000], "blanks or apostrophes part thousands"),
        (["0,949", "1,5", "12"], [0.949, 1.5, 12], "commas part decimals"),
        (["1.234,5", "2,25", "7"], [1234.5, 2.25, 7], "commas part decimals"),
        (["91,5%", "90,25%", "8%"], [91.5, 90.25, 8], "percent signs are left out; commas part decimals"),
        (["1e-3", " 2.5 ", "-.5"], [0.001, 2.5, -0.5], ""),
        (["1’234’567", "12", "1’000"], [1234567, 12, 1000], "blanks or apostrophes part thousands"),
        (["1 234,5", "2,25", "1\u202f000"], [1234.5, 2.25, 1000], "commas part decimals"),
        (["−91.5", "–3", "4"], [-91.5, -3, 4], ""),
    ],
)
def test_numbers_are_read_as_people_write_them_where_the_whole_column_agrees(tmp_path, cells, values, says):
    write(FRAME.assign(acc=cells), tmp_path / "t.csv")
    table, said = read_saying(tmp_path / "t.csv")
    assert table.metrics["acc"].tolist() == values
    assert says in said


def test_where_semicolons_part_the_cells_commas_part_decimals(tmp_path):
    FRAME.assign(acc=[89.412, 88.703, 70.001]).to_csv(tmp_path / "t.csv", index=False, sep=";", decimal=",")
    table, said = read_saying(tmp_path / "t.csv")
    assert table.metrics["acc"].tolist() == [89.412, 88.703, 70.001]
    assert "column acc: commas part decimals" in said


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_what_python_writes_into_json_for_no_number_is_not_measured(tmp_path, word, suffix):
    row = f'{{"code": "00000000", "acc": {word}}}'
    (tmp_path / f"t.{suffix}").write_text(f'[{{"code": "02012100", "acc": 1.5}}, {row}]' if suffix == "json" else row)
    if suffix == "jsonl":
        (tmp_path / "t.jsonl").write_text(f'{{"code": "02012100", "acc": 1.5}}\n{row}\n')
    table, said = read_saying(tmp_path / f"t.{suffix}")
    assert table.metrics["acc"].tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
    assert f"1 of 2 cells not measured ('{word}')" in said


def test_a_column_without_a_name_is_no_metric_and_blanks_around_a_name_do_not_count(tmp_path):
    FRAME.rename(columns={"acc": " acc "}).to_csv(tmp_path / "t.csv")
    table, said = read_saying(tmp_path / "t.csv")
    assert list(table.metrics) == ["acc", "params"]
    assert "left out, columns without a name: ''" in said


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
@pytest.mark.parametrize(
    ("cells", "row", "word"),
    [
        (["91.5", "90.1x7", "88"], 1, "90.1x7"),
        (["91.5 ± 0.2", "90.1 ± 0.1", "88.0 ± 0.3"], 0, "91.5 ± 0.2"),
        (["91.5%", "90.1", "88%"], 1, "90.1"),
        (["12 ms", "13 ms", "9 ms"], 0, "12 ms"),
        (["91.5", "88", "best"], 2, "best"),
    ],
)
def test_a_metric_is_never_dropped_for_a_cell_that_is_no_number(tmp_path, suffix, cells, row, word):
    write(FRAME.assign(acc=cells), tmp_path / f"t.{suffix}")
    with pytest.raises(InputError, match=f"row {row}, column acc: '{word}' is no number"):
        read_saying(tmp_path / f"t.{suffix}")


@given(
    st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=3, max_size=3),
    st.sampled_from(["{:,.3f}", "{!r}", "{:.6e}", "{:.4f}%"]),
)
def test_what_was_formatted_is_read_back(tmp_path_factory, values, form):
    path = tmp_path_factory.mktemp("formatted") / "t.csv"
    cells = [form.format(value) for value in values]
    write(FRAME.assign(acc=cells), path)
    read = [float(cell.replace(",", "").removesuffix("%")) for cell in cells]
    assert read_saying(path)[0].metrics["acc"].tolist() == read


@pytest.mark.parametrize("cells", [["~91", "~90", "~89"], ["<1", "<2", "3"], ["$5", "$6", "$7"], ["(1)", "(2)", "(3)"]])
def test_numbers_with_something_before_them_are_refused_by_row_and_word(tmp_path, cells):
    write(FRAME.assign(acc=cells), tmp_path / "t.csv")
    with pytest.raises(InputError, match=r"row 0, column acc: .* is no number like the rest"):
        read_saying(tmp_path / "t.csv")
