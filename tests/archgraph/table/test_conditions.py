"""Conditions on metrics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archgraph import InputError


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
        "acc[0] > 1",
        "[acc] > 1",
        "(lambda: acc) > 1",
        "acc if acc > 1 else 2",
        "{acc} == {1}",
        "acc in [1, 2]",
        "acc == 'x'",
        "acc == True",
        "f'{acc}' == 1",
        "(acc := 1) > 0",
        "acc << 2 > 1",
        "acc == 1" + "0" * 20,
        "\uff41cc > 1",
        "\uff41cc.\uff56alues.tofile('made.csv') > 1",
        "acc > " + "1 + " * 1000 + "1",
        "acc > " + "(" * 300 + "1" + ")" * 300,
        "(acc > 0) + (params > 0) > 1",
        "acc > 0 and params",
        "-(acc > 0)",
    ],
)
def test_a_condition_calls_nothing(table, condition, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"compare metrics with numbers|write it as"):
        table.query(condition)
    assert not list(tmp_path.iterdir())


@given(st.text(st.sampled_from("acprms01.9 <>=!()&|~+-*/%`'\"[]{},@:\n\u00e9\uff41"), max_size=40))
def test_any_text_is_a_condition_or_refused_in_one_line(table, condition):
    try:
        found = table.query(condition)
        said = ""
    except InputError as error:
        found, said = table, str(error)
    assert "\n" not in said
    assert len(found) <= len(table)


def test_a_name_between_backticks_may_have_any_letters(table):
    table = table.with_metrics(**{"Gen\u00e9 [%]": np.arange(len(table)), "\uff41cc": np.arange(len(table))})
    assert len(table.query("`Gen\u00e9 [%]` >= 30")) == len(table) - 30
    assert len(table.query("-(`\uff41cc` ** 2) < -25 and params < 1e4")) == len(table) - 6


def test_what_a_metric_is_called_changes_no_condition(table):
    low, high = -np.arange(len(table)) - 1.0, np.arange(len(table)) + 1.0
    table = table.with_metrics(**{"_quoted_0": high, "inf": high, "index": high, "and": low, "\u00e90": high})
    assert len(table.query("_quoted_0 > `and`")) == len(table.query("inf > `and` and index > 0")) == len(table)
    assert not len(table.query("`and` > `\u00e90` or index < `inf`"))


def test_arithmetic_is_that_of_real_numbers(table):
    whole = np.arange(len(table))
    table = table.with_metrics(whole=whole, gap=np.where(whole < 5, np.nan, whole))
    assert len(table.query("(whole + 1) ** -1 > .25")) == 3
    assert len(table.query("9**9**9**9 > whole")) == len(table)
    assert len(table.query("0 <= whole < 4 and 9007199254740991 * 9007199254740991 > whole")) == 4
    assert len(table.query("not gap > 7 & whole < 6")) == len(table.query("not (gap > 7) and whole < 6")) == 6
