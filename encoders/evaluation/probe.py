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
_RATIOS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def probe(embeddings: Floats, train: Floats, score: Floats, labels: int, seeds: Sequence[int]) -> list[float]:
    """Kendall tau of a Gaussian process on `labels` random rows, over all other rows; one a seed.

    The kernel is Matern 5/2 of the distance of embeddings plus noise, with one length scale for the half of the
    coordinates that holds statistics and one for the other, both by marginal likelihood; targets are the labels' ranks
    on a normal scale.

    Args:
        embeddings: [n, latent].
        train: the metric that labels are taken from, [n].
        score: the metric that predictions are scored against, [n].
    """
    halves = np.array_split(embeddings.astype(np.float64), 2, axis=1)
    even = [half / max(float(np.sqrt(half.var(axis=0).sum())), 1e-12) for half in halves]
    return [_tau(even, train, score, labels, seed) for seed in seeds]


def _tau(halves: Sequence[Floats], train: Floats, score: Floats, labels: int, seed: int) -> float:
    order = np.random.default_rng(seed).permutation(len(train))
    known, rest = order[:labels], order[labels:]
    targets = norm.ppf((rankdata(train[known]) - 0.5) / labels)
    weighted = [np.concatenate([ratio * halves[0], halves[1]], axis=1) for ratio in _RATIOS]
    processes = [_process(x[known], targets, seed) for x in weighted]
    best = int(np.argmax([process.log_marginal_likelihood_value_ for process in processes]))
    return float(kendalltau(processes[best].predict(weighted[best][rest]), score[rest]).statistic)


def _process(x: Floats, targets: Floats, seed: int) -> GaussianProcessRegressor:
    typical = float(np.median(np.linalg.norm(x[:, None] - x[None], axis=2)))
    kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(typical, (0.1 * typical, 100 * typical), nu=2.5)
    process = GaussianProcessRegressor(kernel + WhiteKernel(0.1, (1e-4, 1.0)), random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return process.fit(x, targets)
