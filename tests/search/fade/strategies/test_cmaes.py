"""CMA-ES by ranks within rows."""

import numpy as np
import pytest

from search.fade.strategies.cmaes import _moved


def climbed(generations, count, target):
    rng = np.random.default_rng(0)
    mean, sigma, variances = np.zeros(len(target)), 1.0, np.ones(len(target))
    way = turn = np.zeros(len(target))
    for _ in range(generations):
        points = mean + sigma * np.sqrt(variances) * rng.standard_normal((count, len(target)))
        order = np.argsort(np.argsort(np.square(points - target).sum(axis=1)))
        weights = np.maximum(0.0, np.log(count / 2 + 1) - np.log(order + 1))
        mean, sigma, variances, way, turn = _moved(points, weights / weights.sum(), mean, sigma, variances, way, turn)
    return mean, sigma


@pytest.mark.parametrize("count", [6, 12])
def test_the_mean_comes_to_where_the_ranks_are_best_and_steps_grow_small(count):
    target = np.array([3.0, -2.0, 1.0, 0.0])
    mean, sigma = climbed(80, count, target)
    np.testing.assert_allclose(mean, target, atol=0.05)
    assert sigma < 0.1


def test_far_from_the_best_steps_grow():
    _, sigma = climbed(8, 12, np.full(4, 100.0))
    assert sigma > 1.5
