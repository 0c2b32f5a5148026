"""A process at known hyper-parameters gives what it gives without keeping anything."""

import numpy as np
import pytest

from encoders.delta.learners.gaussian_process import GaussianProcess
from search.methods import learned
from search.methods.learned import Learned

X = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)
Y = np.sin(X[:, 0].astype(float)) + X[:, 1]


@pytest.fixture
def kept():
    return Learned(GaussianProcess.fit(X[:20], Y[:20], iterations=5), lambda rows: X[rows])


@pytest.mark.parametrize("noise", [None, np.linspace(0, 1, 60)])
def test_labels_that_come_and_go_are_told_as_by_with_labels(kept, noise, monkeypatch):
    monkeypatch.setattr(learned, "_KEPT", 50)
    for rows in (np.arange(10), np.array([3, 30, 5, 31]), np.arange(25, 60), np.arange(0, 60, 2)):
        own = None if noise is None else noise[rows]
        process, plain = kept.told(rows, Y[rows], own), kept.process.with_labels(X[rows], Y[rows], own)
        for found, expected in zip(kept.predict(process, np.arange(60)), plain.predict(X), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_features_of_an_architecture_are_asked_for_once_for_predictions(kept):
    asked = []
    kept._features = lambda rows: asked.extend(rows.tolist()) or X[rows]
    for rows in (np.array([4, 2]), np.array([2, 50, 4]), np.array([50])):
        mean, _ = kept.predict(kept.process, rows)
        np.testing.assert_allclose(mean, kept.process.predict(X[rows])[0], rtol=1e-5)
    assert asked == [4, 2, 50]
