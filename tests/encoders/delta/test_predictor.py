import numpy as np
import pytest
from scipy.stats import kendalltau

from archgraph import ArchTable, InputError, spaces
from encoders import DeltaPredictor
from encoders.delta.features import Features
from encoders.delta.predictor import View
from encoders.features.flow import flow_feature_names, flow_features
from encoders.features.padded import chosen_operations


def test_differences_are_antisymmetric_and_none_to_itself(predictor, table):
    a, b = table[:60], table[60:120]
    there, back, same = predictor.difference(a, b), predictor.difference(b, a), predictor.difference(a, a)
    np.testing.assert_array_equal(there.mean, -back.mean)
    np.testing.assert_allclose(there.std, back.std)
    assert (same.mean == 0).all()
    assert (same.std < 1e-5).all()


def test_values_and_differences_are_learned(predictor, new):
    assert kendalltau(predictor.predict(new).mean, new.metrics["acc"])[0] > 0.8
    found = predictor.difference(new[:1], new)
    assert kendalltau(found.mean, new.metrics["acc"])[0] > 0.8
    assert np.isfinite(found.std).all()
    assert (predictor.predict(new).std > 0).all()


def test_ranking_is_the_order_of_the_values(predictor, table):
    np.testing.assert_array_equal(np.argsort(predictor.rank(table)), np.argsort(predictor.predict(table).mean))


def test_the_same_seed_gives_the_same_predictor(table):
    first, again = (DeltaPredictor.fit(table[:20], "acc", seed=3) for _ in range(2))
    for got, expected in zip(
        (first.predict(table), first.difference(table[:1], table)),
        (again.predict(table), again.difference(table[:1], table)),
        strict=True,
    ):
        np.testing.assert_array_equal(got.mean, expected.mean)
        np.testing.assert_array_equal(got.std, expected.std)


def test_lower_is_better_is_learned_alike(table):
    few = table[:40]
    few.metrics["latency"] = -few.metrics["acc"]
    found = DeltaPredictor.fit(few, "latency").predict(table)
    assert kendalltau(found.mean, -table.metrics["acc"])[0] > 0.6


def test_labels_decide_whether_operations_in_vain_count():
    graphs = spaces.get("nasbench201").sample(150, np.random.default_rng(0))
    table = ArchTable.from_graphs(graphs, space="nasbench201")
    table = table[np.unique(table.hashes(), return_index=True)[1]]
    operations = chosen_operations(table)
    depth = flow_features(table, operations)[
        :, flow_feature_names(operations).index("mean convolutions on a forward walk")
    ]
    placed = [graph.ops.count("relu-conv3x3-bn") for graph in table]
    for metric, effective in ((depth, True), (placed, False)):
        y = np.asarray(metric) / np.std(metric) + 0.1 * np.random.default_rng(0).normal(size=len(table))
        evidence = [view.evidence for view in View.of_variants(Features.of(table), table, np.arange(len(table)), y)]
        assert (evidence[0] > evidence[1]) == effective


def test_columns_of_the_table_help_and_must_be_there(table):
    predictor = DeltaPredictor.fit(table[:12], "acc", columns=["score"])
    assert "score" in predictor.features.names
    with pytest.raises(InputError, match="lacks the column score"):
        predictor.predict(ArchTable.from_graphs([table[0]]))
    hole = table[:5]
    hole.metrics.loc[2, "score"] = np.nan
    with pytest.raises(InputError, match="score is empty for 1 of 5"):
        predictor.predict(hole)
    with pytest.raises(InputError, match="cannot be a column"):
        DeltaPredictor.fit(table, "acc", columns=["acc"])


def test_graphs_of_another_vocabulary_are_refused(predictor):
    other = ArchTable.from_graphs(spaces.get("nasbench201").sample(2, np.random.default_rng(0)))
    with pytest.raises(InputError, match="not among the operations known here"):
        predictor.predict(other)


def test_row_by_row_means_as_many_rows(predictor, table):
    with pytest.raises(InputError, match="5 graphs need 1 or 5"):
        predictor.difference(table[:3], table[:5])
