import numpy as np
import pytest
from scipy.stats import kendalltau

from encoders.delta.learners.subspaces import Subspaces
from encoders.delta.shared_score import LinearScore, shared_score


def tables(function, count=3, rows=40, features=4):
    """Tables whose features lie around another centre each, and whose labels follow one function of them."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(count):
        x = rng.normal(size=(rows, features)) + rng.normal(size=features)
        y = function(x)
        found.append((x, (y - y.mean()) / y.std()))
    return found


def test_a_sum_held_back_is_the_solution_of_its_equation():
    [(x, y)] = tables(lambda x: x @ [1, 2, 0, 0], count=1)
    weights = LinearScore.fit(x, y, 5.0).weights
    np.testing.assert_allclose(x.T @ (y - x @ weights), 5.0 * weights, atol=1e-9)


def test_one_table_is_learned_by_processes():
    assert isinstance(shared_score(tables(lambda x: np.sin(x[:, 0]), count=1), seed=0), Subspaces)


def test_where_tables_lie_far_apart_a_sum_is_what_says_most_of_an_unseen_one():
    rng = np.random.default_rng(1)
    far = []
    for shift in (-6, 0, 6):
        x = rng.normal(size=(40, 4)) + np.array([shift, 0, 0, 0])
        y = x[:, 0] - x[:, 1] + 0.3 * rng.normal(size=40)
        far.append((x, (y - y.mean()) / y.std()))
    score = shared_score(far, seed=0)
    assert isinstance(score, LinearScore)
    x = rng.normal(size=(40, 4)) + np.array([20, 0, 0, 0])
    assert kendalltau(score.mean(x), x[:, 0] - x[:, 1])[0] > 0.7


def test_where_tables_lie_alike_and_bend_alike_processes_learn_them():
    rng = np.random.default_rng(2)
    alike = []
    for _ in range(3):
        x = rng.normal(size=(60, 2))
        y = np.cos(2 * x[:, 0])
        alike.append((x, (y - y.mean()) / y.std()))
    assert isinstance(shared_score(alike, seed=0), Subspaces)


@pytest.mark.parametrize("count", [1, 2])
def test_the_seed_says_everything(count):
    lessons = tables(lambda x: x @ [1, -1, 0.5, 0], count=count)
    first, again = (shared_score(lessons, seed=3).mean(lessons[0][0]) for _ in range(2))
    np.testing.assert_array_equal(first, again)
