import numpy as np
from sklearn.ensemble import GradientBoostingRegressor

from encoders.delta.learners.trees import BoostedTrees


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 6)).astype(np.float32)
    return x, x[:, 0] * (x[:, 1] > 0) + 0.1 * rng.normal(size=150)


def test_the_arrays_answer_what_the_library_answers():
    x, y = data()
    settings = {"learning_rate": 0.05, "max_depth": 4, "subsample": 0.5, "max_features": 0.5, "min_samples_leaf": 3}
    library = GradientBoostingRegressor(n_estimators=40, random_state=3, **settings).fit(x, y)
    ours = BoostedTrees.fit(x, y, seed=3, trees=40, features=0.5)
    new = np.random.default_rng(1).normal(size=(9000, 6)).astype(np.float32)
    np.testing.assert_allclose(ours.predict(new), library.predict(new), atol=1e-9)


def test_trees_come_back_from_their_arrays():
    x, y = data()
    trees = BoostedTrees.fit(x, y, seed=0, trees=10)
    np.testing.assert_array_equal(BoostedTrees(**trees.arrays()).predict(x), trees.predict(x))


def test_the_same_seed_gives_the_same_trees():
    x, y = data()
    np.testing.assert_array_equal(*(BoostedTrees.fit(x, y, seed=5, trees=10).predict(x) for _ in range(2)))


def test_constant_targets_are_predicted_as_they_are():
    x, _ = data()
    np.testing.assert_allclose(BoostedTrees.fit(x, np.full(150, 2.0), seed=0, trees=5).predict(x), 2)
