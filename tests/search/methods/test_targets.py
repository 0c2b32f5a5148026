"""What predictors of a search learn, and what they expect."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from search.methods.targets import expected_improvement, log_regret


def test_log_regret_keeps_the_order_and_spreads_the_best():
    losses = np.array([0.0, 0.01, 0.5, 1.0])
    found = log_regret(losses)
    assert (np.diff(found) > 0).all()
    assert np.isfinite(found).all()
    scaled = log_regret(10 * losses)
    np.testing.assert_allclose(np.diff(scaled), np.diff(found))


def test_equal_losses_are_equal_targets():
    assert len(set(log_regret(np.ones(4)).tolist())) == 1


@pytest.mark.parametrize(("mean", "std", "best"), [(0.0, 1.0, 0.0), (1.0, 0.5, 0.2), (-1.0, 2.0, 3.0)])
def test_expected_improvement_is_the_integral(mean, std, best):
    wanted, _ = quad(lambda x: (best - x) * norm.pdf(x, mean, std), mean - 12 * std, best)
    found = expected_improvement(np.array([mean]), np.array([std]), best)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_without_doubt_the_improvement_is_the_difference():
    found = expected_improvement(np.array([1.0, 3.0]), np.zeros(2), 2.0)
    np.testing.assert_allclose(found, [1.0, 0.0], atol=1e-9)
