"""The process that is told of values and of ranks."""

import numpy as np
import pytest

from search.fade.strategies.relative_process import (
    RelativeLabels,
    RelativeProcess,
    _Known,
    effects,
    some_paths,
)


@pytest.fixture
def paths():
    """All paths of 3 rows of 4 cells, by one-hot features, and what each is worth."""
    places = np.array(list(np.ndindex(4, 4, 4)))
    rng = np.random.default_rng(0)
    worth = rng.normal(size=(3, 4))
    features = (places[:, :, None] == np.arange(4)).reshape(len(places), -1).astype(float)
    return (features - 0.25) / np.sqrt(0.25 * 0.75), worth[np.arange(3), places].sum(axis=1), worth


def nothing(features):
    return np.empty(0, dtype=np.intp), np.empty(0), np.empty((0, len(features))), np.empty(0)


def test_ranks_alone_tell_which_paths_are_better_but_not_how_good_they_are(paths):
    features, truth, worth = paths
    valued, values, _, _ = nothing(features)
    weights = effects([4, 4, 4], some_paths([4, 4, 4]))
    relative = (worth - worth.mean(axis=1, keepdims=True)).ravel()
    mean, std = RelativeProcess(features, np.ones(12), RelativeLabels(valued, values, weights, 7 * relative)).predict(
        features
    )
    assert np.corrcoef(mean, truth)[0, 1] > 0.95
    assert std.mean() > 0.5  # what all share stays unknown


def test_values_give_ranks_their_unit(paths):
    features, truth, worth = paths
    some = np.arange(0, 64, 9)
    weights = effects([4, 4, 4], some_paths([4, 4, 4]))
    relative = 100 * (worth - worth.mean(axis=1, keepdims=True)).ravel()
    mean, _ = RelativeProcess(features, np.ones(12), RelativeLabels(some, truth[some], weights, relative)).predict(
        features
    )
    assert np.abs(mean - truth).mean() < 0.25 * truth.std()
    alone, _ = RelativeProcess(
        features, np.ones(12), RelativeLabels(some, truth[some], weights[:0], relative[:0])
    ).predict(features)
    assert np.abs(mean - truth).mean() < np.abs(alone - truth).mean()


def test_a_cells_effect_is_its_mean_less_the_mean_of_all(paths):
    _, truth, worth = paths
    found = effects([4, 4, 4], some_paths([4, 4, 4])) @ truth
    np.testing.assert_allclose(found, (worth - worth.mean(axis=1, keepdims=True)).ravel(), atol=1e-12)


@pytest.mark.parametrize("shape", [(3,) * 8, (8, 2), (70,), (5, 9, 4, 4)])
def test_of_many_paths_some_hold_every_cell(shape):
    chosen = some_paths(shape)
    assert all(set(chosen[:, row]) == set(range(k)) for row, k in enumerate(shape))
    assert len(chosen) <= max(64, 2 * max(shape))
    assert np.isfinite(effects(shape, chosen)).all()
    np.testing.assert_allclose(effects(shape, chosen).sum(axis=1), 0, atol=1e-12)


def test_the_slope_of_the_likelihood_is_that_of_its_values(paths):
    features, truth, worth = paths
    rng, count, shape = np.random.default_rng(0), features.shape[1], [4, 4, 4]
    parts = np.concatenate([np.eye(64)[:9], effects(shape, some_paths(shape))])
    labels = np.append(truth[:9], (worth - worth.mean(axis=1, keepdims=True)).ravel())
    known = _Known(features, parts, labels, np.arange(len(labels)) < 9)
    logs = 0.3 * rng.normal(size=count + 4)
    steps = 1e-5 * np.eye(count + 4)
    slopes = [(known.surprise(logs + step)[0] - known.surprise(logs - step)[0]) / 2e-5 for step in steps]
    np.testing.assert_allclose(known.surprise(logs)[1], slopes, atol=1e-6)
