import numpy as np
import pytest
from scipy.stats import kendalltau

from archgraph import ArchTable, spaces
from encoders import DeltaPredictor, load_delta, save_delta
from encoders.delta.features import Features
from encoders.delta.warm_start import LabelledFeatures, WarmStart
from encoders.features.normal_scores import FeatureScales


def deep_is_good(name, convolution, n, seed):
    """Members of a space whose accuracy is their convolutions, and whose latency its opposite."""
    table = ArchTable.from_graphs(spaces.get(name).sample(n, np.random.default_rng(seed)), space=name)
    table = table[np.unique(table.hashes(), return_index=True)[1]]
    acc = np.array([graph.ops.count(convolution) + 0.1 * len(graph.ops) for graph in table])
    table.metrics["acc"] = acc + 0.02 * np.random.default_rng(seed).normal(size=len(acc))
    table.metrics["latency"] = 3 - acc**3
    return table


@pytest.fixture(scope="module")
def source():
    return DeltaPredictor.fit(deep_is_good("nasbench101", "conv3x3-bn-relu", 120, 0), "acc", train_size=50)


@pytest.fixture(scope="module")
def table():
    return deep_is_good("nasbench201", "relu-conv3x3-bn", 150, 1)


def warm(source, table, metric, rows=12):
    features = Features.of(table)
    x = features(table)
    y = table.metrics[metric].to_numpy()
    normal = FeatureScales.of(x)(x)
    standard = (y[:rows] - y[:rows].mean()) / y[:rows].std()
    here = LabelledFeatures(features.plain_names, normal[:rows], standard)
    return WarmStart.fit([source.lesson], here, seed=0), normal


def test_what_was_learned_in_another_space_is_known_before_any_label(source, table):
    start, normal = warm(source, table, "acc")
    assert start.slope[0] > 0.3
    assert kendalltau(start(normal), table.metrics["acc"])[0] > 0.4


def test_a_metric_that_falls_where_the_other_rises_has_a_negative_slope(source, table):
    start, normal = warm(source, table, "latency")
    assert start.slope[0] < -0.3
    assert kendalltau(start(normal), table.metrics["latency"])[0] > 0.4


def test_few_labels_go_further_and_the_checkpoint_knows_the_start(source, table, tmp_path):
    started, alone = (DeltaPredictor.fit(table, "acc", 6, seed=2, warm_start=s) for s in (source, None))
    truth = table.metrics["acc"]
    assert kendalltau(started.rank(table), truth)[0] > kendalltau(alone.rank(table), truth)[0]
    there, back = started.difference(table[:9], table[9:18]), started.difference(table[9:18], table[:9])
    np.testing.assert_array_equal(there.mean, -back.mean)
    save_delta(started, tmp_path / "d")
    np.testing.assert_array_equal(load_delta(tmp_path / "d").predict(table).mean, started.predict(table).mean)


def test_what_says_nothing_here_counts_for_little(source, table):
    table.metrics["noise"] = np.random.default_rng(3).normal(size=len(table))
    assert abs(warm(source, table, "noise", rows=100)[0].slope[0]) < 0.3


def test_of_several_predictors_what_all_know_is_taken_and_the_checkpoint_keeps_it(source, table, tmp_path):
    other = DeltaPredictor.fit(deep_is_good("macro", "mbconv5x5-e6", 120, 2), "acc", train_size=50)
    started = DeltaPredictor.fit(table, "acc", 6, seed=2, warm_start=[source, other])
    names = started.features.plain_names
    shared = [names[column] for column in started.warm.columns]
    assert set(shared) == set(names) & set(source.features.plain_names) & set(other.features.plain_names)
    save_delta(started, tmp_path / "d")
    np.testing.assert_array_equal(load_delta(tmp_path / "d").predict(table).mean, started.predict(table).mean)


def test_before_any_label_predictors_of_other_spaces_rank_an_unseen_one(source, table):
    x = Features.of(table)(table)
    start = WarmStart.before_labels([source.lesson], Features.of(table).plain_names, seed=0)
    assert kendalltau(start(FeatureScales.of(x)(x)), table.metrics["acc"])[0] > 0.4
