"""Predictions for files, some rows at a time."""

import numpy as np
import pandas as pd
import pytest

from archgraph import InputError, spaces
from encoders import DeltaPredictor
from encoders.delta import predict


@pytest.fixture(scope="module")
def table():
    found = spaces.get("dag:1-4").enumerate()
    return found.with_metrics(acc=np.random.default_rng(0).random(len(found)))


@pytest.fixture(scope="module")
def predictor(table):
    return DeltaPredictor.fit(table[:20], "acc")


@pytest.fixture
def small_parts(monkeypatch):
    read = predict.read_parts
    monkeypatch.setattr(predict, "read_parts", lambda path: read(path, rows=16))


def test_a_file_is_predicted_as_its_table(table, predictor, small_parts, tmp_path):
    table.write(tmp_path / "t.parquet")
    found = pd.concat(predict.predictions(predictor, tmp_path / "t.parquet"), ignore_index=True)
    whole = predictor.predict(table)
    assert found["id"].tolist() == table.ids.tolist()
    np.testing.assert_allclose(found["prediction"], whole.mean, rtol=1e-5)
    np.testing.assert_allclose(found["std"], whole.std, rtol=1e-5)


@pytest.mark.parametrize("start", [slice(0, 1), slice(None, None, -1)])
def test_differences_are_from_one_or_row_by_row(table, predictor, small_parts, tmp_path, start):
    table.write(tmp_path / "t.parquet")
    table[start].write(tmp_path / "from.parquet")
    found = pd.concat(predict.differences(predictor, tmp_path / "from.parquet", tmp_path / "t.parquet"))
    np.testing.assert_allclose(found["difference"], predictor.difference(table[start], table).mean, atol=1e-5)


@pytest.mark.parametrize("rows", [2, 16, 32, 39])
def test_files_of_other_lengths_are_refused(table, predictor, small_parts, tmp_path, rows):
    table.write(tmp_path / "t.parquet")
    table[:rows].write(tmp_path / "from.parquet")
    for start, end in (("from", "t"), ("t", "from")):
        with pytest.raises(InputError, match="row by row"):
            list(predict.differences(predictor, tmp_path / f"{start}.parquet", tmp_path / f"{end}.parquet"))
