import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.features.normal_scores import FeatureScales, RankScale

values = st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=30, unique=True)


@given(values, st.lists(st.floats(-4, 4, width=32), min_size=2, max_size=20))
def test_the_scale_keeps_every_order_and_comes_back(y, scores):
    scale = RankScale.of(np.array(y, dtype=float))
    np.testing.assert_allclose(scale.value(scale.score(np.array(y))), y, rtol=1e-6, atol=1e-6 * np.ptp(y))
    ordered = scale.value(np.sort(np.array(scores, dtype=float)))
    assert (np.diff(ordered) >= -1e-9 * np.ptp(y)).all()


def test_ties_share_one_score():
    scale = RankScale.of(np.array([1.0, 2.0, 2.0, 3.0]))
    assert len(scale.values) == 3
    assert scale.score(np.array([2.0]))[0] == pytest.approx(0)


def test_features_of_any_distribution_become_normal_and_constant_ones_vanish():
    rng = np.random.default_rng(0)
    x = np.c_[np.exp(3 * rng.normal(size=5000)), rng.integers(0, 3, 5000), np.ones(5000)].astype(np.float32)
    scores = FeatureScales.of(x)(x)
    assert np.abs(scores[:, 0].std() - 1) < 0.05
    assert len(np.unique(scores[:, 1])) == 3
    assert (scores[:, 2] == 0).all()
    assert 30 <= len(FeatureScales.of(x).values) <= 65 + 3 + 1


@given(values, st.floats(0, 50))
def test_values_beyond_the_labels_go_no_farther_than_the_last_unit_of_scores(y, far):
    scale = RankScale.of(np.array(y, dtype=float))
    low, high = scale.scores[[0, -1]]
    inner = scale.value(np.array([low + 1, high - 1]))
    found = scale.value(np.array([low - far, high + far]))
    slack = 1e-9 * np.abs(scale.values).max()
    assert scale.values[0] >= found[0] >= 2 * scale.values[0] - inner[0] - slack
    assert scale.values[-1] <= found[1] <= 2 * scale.values[-1] - inner[1] + slack


def test_what_was_never_negative_is_not_predicted_to_be():
    scale = RankScale.of(np.array([0.5, 3.0, 9.0, 10.0]))
    assert scale.value(np.array([-30.0]))[0] >= 0
    assert RankScale.of(np.array([-0.5, 3.0, 9.0, 10.0])).value(np.array([-30.0]))[0] < -0.5
