import numpy as np

from archgraph import ArchTable, spaces
from encoders.delta.features import Features
from encoders.delta.table_features import TableFeatures


def test_kept_rows_are_not_computed_again(monkeypatch):
    table = ArchTable.from_graphs(spaces.get("nasbench201").sample(30, np.random.default_rng(0)))
    features = Features.of(table)
    expected = features(table)
    [known, _] = TableFeatures.of_variants(features, table, np.array([2, 7, 8]))
    computed = []
    call = Features.__call__
    monkeypatch.setattr(Features, "__call__", lambda self, some: computed.append(len(some)) or call(self, some))
    np.testing.assert_array_equal(known(np.array([8, 2, 8])), expected[[8, 2, 8]])
    assert computed == []
    np.testing.assert_array_equal(known(np.array([7, 0, 29])), expected[[7, 0, 29]])
    assert computed == [2]
    np.testing.assert_array_equal(TableFeatures(features, table)(np.arange(30)), expected)
    assert computed == [2, 30]
