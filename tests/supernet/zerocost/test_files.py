"""Scores of the graphs of a file, some at a time."""

import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from supernet.zerocost import files
from supernet.zerocost.scores import SCORES, score_table


@pytest.fixture
def cells(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ROWS", 4)
    table = spaces.get("dag:1-3").enumerate()
    table.write(tmp_path / "t.parquet")
    return table


def scored(table, journal):
    return score_table(table, None, scores=["propagation"], journal=journal)


def test_a_file_is_scored_as_its_table_and_goes_on_where_it_was_stopped(cells, tmp_path):
    calls = []

    def stopped(table, journal):
        calls.append(journal.name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return scored(table, journal)

    with pytest.raises(KeyboardInterrupt):
        files.score_file(tmp_path / "t.parquet", tmp_path / "out.parquet", stopped)
    assert calls == ["out.parquet.journal", "out.parquet.journal-1", "out.parquet.journal-2"]
    assert sorted(path.name for path in tmp_path.glob("out*")) == calls[:2]
    files.score_file(tmp_path / "t.parquet", tmp_path / "out.parquet", scored)
    found, whole = ArchTable.read(tmp_path / "out.parquet"), scored(cells, None)
    np.testing.assert_allclose(found.metrics.to_numpy(), whole.metrics.to_numpy(), rtol=1e-4, atol=1e-5)
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.parquet"]


def test_a_survey_says_what_suits_all(cells, tmp_path):
    survey = files.Survey.of(tmp_path / "t.parquet", lambda table: None)
    assert (survey.rows, survey.scores, survey.reason, survey.network) == (len(cells), list(SCORES), "", None)
    with pytest.raises(InputError, match="different networks"):
        files.Survey.of(tmp_path / "t.parquet", lambda table: table.ids[0])
