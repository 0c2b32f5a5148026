import numpy as np
import pytest
from scipy.optimize import check_grad

from encoders.delta.learners import gaussian_process
from encoders.delta.learners.gaussian_process import GaussianProcess


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def wave(x):
    return np.sin(2 * x[:, 0]) + 0.5 * x[:, 1]


def test_the_gradient_of_the_likelihood_is_exact(rng):
    x, y = rng.normal(size=(25, 3)), rng.normal(size=25)

    def loss(z):
        return gaussian_process._negative_likelihood(x, y, z)[0]

    def gradient(z):
        return gaussian_process._negative_likelihood(x, y, z)[1]

    assert check_grad(loss, gradient, rng.normal(size=5) * 0.3) < 1e-4


def test_a_smooth_function_is_learned_and_features_without_influence_get_long_length_scales(rng):
    x = rng.normal(size=(120, 8))
    process = GaussianProcess.fit(x, wave(x))
    new = rng.normal(size=(200, 8))
    assert np.corrcoef(process.mean(new), wave(new))[0, 1] > 0.97
    assert process.lengths[2:].min() > 2 * process.lengths[0]


def test_a_feature_that_is_counted_several_times_acts_as_so_many_equal_ones(rng):
    x, new = rng.normal(size=(60, 3)), rng.normal(size=(50, 3))
    counts, y = np.array([1, 4, 2]), wave(x)
    each = GaussianProcess.fit(np.repeat(x, counts, axis=1), y)
    once = GaussianProcess.fit(x, y, counts=counts)
    assert once.evidence == pytest.approx(each.evidence, rel=1e-4)
    for a, b in zip(once.predict(new), each.predict(np.repeat(new, counts, axis=1)), strict=True):
        np.testing.assert_allclose(a, b, atol=0.01)


def test_the_uncertainty_covers_the_error_and_grows_away_from_the_labels(rng):
    x = rng.normal(size=(60, 3))
    process = GaussianProcess.fit(x, wave(x) + 0.1 * rng.normal(size=60))
    new = rng.normal(size=(500, 3))
    mean, std = process.predict(new)
    assert 0.5 < np.std((mean - wave(new)) / std) < 2
    assert process.predict(np.full((1, 3), 9.0))[1] > 3 * np.median(std)
    np.testing.assert_array_equal(mean, process.mean(new))


def test_constant_features_and_four_labels_are_enough_to_give_an_answer(rng):
    x = np.c_[np.ones(4), np.arange(4.0)]
    mean, std = GaussianProcess.fit(x, np.arange(4.0)).predict(np.array([[1.0, 1.5], [5.0, 2.5]]))
    assert np.isfinite([mean, std]).all()
    assert 0 < mean[0] < mean[1] < 3


def test_hyper_parameters_may_be_fitted_on_a_part_of_the_rows(rng):
    x = rng.normal(size=(200, 2))
    process = GaussianProcess.fit(x, wave(x), most=50)
    assert process.inputs.shape == (200, 2)
    assert np.abs(process.mean(x) - wave(x)).max() < 0.1


def test_rows_far_beyond_a_chunk_are_predicted_alike(rng, monkeypatch):
    x, new = rng.normal(size=(30, 2)), rng.normal(size=(200, 2))
    process = GaussianProcess.fit(x, wave(x))
    whole = process.predict(new)
    monkeypatch.setattr(gaussian_process, "_CELLS", 1)
    np.testing.assert_allclose(process.predict(new), whole, rtol=1e-5)


def test_fitting_repeats_exactly(rng):
    x = rng.normal(size=(40, 3))
    np.testing.assert_array_equal(*(GaussianProcess.fit(x, wave(x)).mean(x) for _ in range(2)))


def test_told_of_its_own_labels_a_process_stays_the_same_and_of_others_it_follows_them(rng):
    x, new = rng.normal(size=(40, 3)), rng.normal(size=(20, 3))
    process = GaussianProcess.fit(x, wave(x))
    same, other = process.with_labels(x, wave(x)), process.with_labels(x[:20], 5 - 2 * wave(x[:20]))
    for before, after in zip(process.predict(new), same.predict(new), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-6)
    assert np.abs(other.mean(x[:20]) - (5 - 2 * wave(x[:20]))).max() < 0.5
    np.testing.assert_array_equal(other.lengths, process.lengths)
    assert other.std(new).mean() > 1.5 * process.std(new).mean()
