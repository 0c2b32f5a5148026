import numpy as np
import pytest

from archgraph import InputError
from encoders.delta.evaluation import evaluate_delta
from encoders.delta.table_features import TableFeatures


def test_closing_the_cycles_changes_little(predictor, table):
    figures = evaluate_delta(predictor, table, "acc")
    assert 0 <= figures.cycles < 0.2


def test_evaluation_leaves_out_what_was_learned_and_reports_errors_by_distance(predictor, table):
    found = evaluate_delta(predictor, table, "acc")
    assert found.rows == len(table) - 60
    assert found.kendall > 0.8
    assert set(found.precision) == {10, 50}
    assert sum(pairs for _, _, pairs in found.distances.values()) > 100
    assert 0.3 < found.within[0] <= found.within[1] <= 1
    with pytest.raises(InputError, match="0 graphs have a acc and were not learned from"):
        evaluate_delta(predictor, predictor.anchors, "acc")


def test_features_that_are_known_change_no_figure(predictor, table):
    rows = np.arange(len(table))[::2]
    known = TableFeatures(predictor.features, table, rows, predictor.features(table[rows]))
    assert evaluate_delta(predictor, table, "acc", known=known).summary() == (
        evaluate_delta(predictor, table, "acc").summary()
    )
