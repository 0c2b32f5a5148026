"""What frozen embeddings know of a metric: a Gaussian process on a few labels, scored on all the rest."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, norm, rankdata
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

Floats = NDArray[np.floating]


def probe(embeddings: Floats, train: Floats, score: Floats, labels: int, seeds: Sequence[int]) -> list[float]:
    """Kendall tau of a Gaussian process on `labels` random rows, over all other rows; one a seed.

    The kernel is Matern 5/2 of the distance of embeddings, one length scale for all coordinates, plus noise; targets
    are the labels' ranks on a normal scale.

    Args:
        embeddings: [n, latent].
        train: the metric that labels are taken from, [n].
        score: the metric that predictions are scored against, [n].
    """
    return [_tau(embeddings.astype(np.float64), train, score, labels, seed) for seed in seeds]


def _tau(embeddings: Floats, train: Floats, score: Floats, labels: int, seed: int) -> float:
    order = np.random.default_rng(seed).permutation(len(embeddings))
    known, rest = order[:labels], order[labels:]
    targets = norm.ppf((rankdata(train[known]) - 0.5) / labels)
    x = embeddings[known]
    typical = float(np.median(np.linalg.norm(x[:, None] - x[None], axis=2)))
    kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(typical, (0.1 * typical, 100 * typical), nu=2.5)
    process = GaussianProcessRegressor(kernel + WhiteKernel(0.1, (1e-4, 1.0)), random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(x, targets)
    return float(kendalltau(process.predict(embeddings[rest]), score[rest]).statistic)
