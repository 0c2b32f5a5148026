"""Metrics of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from archgraph import InputError
from archgraph.table.metrics import metric_frame
from archgraph.table.table import ArchTable


def test_a_metric_that_is_no_number_is_refused(table):
    for metrics in ({"acc": ["good"]}, pd.DataFrame({"arch": ["x"], "acc": [1.0]}), {"acc": [[1, 2]]}):
        with pytest.raises(InputError, match="one number a graph"):
            ArchTable.from_graphs([table[0]], metrics=metrics)


def test_a_metric_may_not_take_the_name_of_a_column(table):
    with pytest.raises(InputError, match="'ops'"):
        ArchTable.from_graphs([table[0]], metrics={"ops": [1.0]})


def test_what_is_infinite_counts_as_not_measured(table):
    assert ArchTable.from_graphs([table[0]] * 2, metrics={"a": [np.inf, 1]}).metrics["a"].isna().tolist() == [
        True,
        False,
    ]


def test_metrics_may_be_a_frame_with_any_index(table):
    frame = pd.DataFrame({"a": [1, 2]}, index=[7, 9])
    assert ArchTable.from_graphs([table[0]] * 2, metrics=frame).metrics.index.tolist() == [0, 1]


def test_two_metrics_of_one_name_are_refused():
    with pytest.raises(InputError, match="two metrics are called 'acc'"):
        metric_frame(pd.DataFrame([[1.0, 2.0]], columns=["acc", "acc"]), 1)
