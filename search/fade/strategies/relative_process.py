r"""A Gaussian process that is told of values, and of ranks as noisy, relative labels.

Two kinds of label of one function f (a loss) of architectures:

* a value, :math:`y = f(x) + \epsilon`;
* what a cell does for a row in a hyper-architecture, :math:`r = s\,(\bar f_{ij} - \bar f) + \eta`: the mean of f over
  the paths that hold cell j of row i less the mean over all paths, in a unit s that is not known.

Both are linear in f, so the posterior is exact (Rasmussen and Williams, "Gaussian Processes for Machine Learning",
2006, section 2.2); what all paths of a step share, and so what ranks of different steps cannot tell, cancels. Delta-NAS
predicts differences of architectures; FaDE-ranks are differences of averages of them. Reconstruction: neither paper has
this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from archgraph.threads import one_blas_thread
from encoders.delta.learners.gaussian_process import GaussianProcess

Floats = NDArray[np.float64]
_LENGTHS = (0.5, 1.0, 2.0)  # times the root of the mean square of twice the features' distance
_MEDIANS = np.log([1.0, 0.3, 1.0, 0.3])  # of signal, a value's noise, s, a rank's noise; the units are the labels' own
_SPREADS = np.array([1.0, 1.0, 1.0, 1.0])  # deviations of their logarithms
_LEVEL = 1.0  # variance of the function's mean


@dataclass(frozen=True)
class RelativeLabels:
    """RelativeLabels of architectures by number.

    Attributes:
        valued: architectures whose value is known, [N].
        values: of them, less is better, [N].
        weights: of all architectures in each relative label, which sum to 0, [M, architectures].
        relative: the relative labels, less is better, in a unit of their own, [M].
    """

    valued: NDArray[np.intp]
    values: Floats
    weights: Floats
    relative: Floats


class RelativeProcess:
    """The process at the most probable signal, noises, unit of ranks and length scale.

    Args:
        features: of the architectures, of unit variance, [P, F].
        counts: how many equal features each one stands for, [F].
        labels: at least one.

    Attributes:
        noise: deviation of a value's noise, in the values' unit.

    Example:
        >>> import numpy as np
        >>> from search.fade.strategies.relative_process import RelativeLabels, RelativeProcess
        >>> x = np.linspace(-1.5, 1.5, 6)[:, None]
        >>> weights = np.eye(6)[2:5] - 1 / 3 * np.array([0, 0, 1, 1, 1, 0])
        >>> labels = RelativeLabels(np.array([0, 5]), np.array([-1.5, 1.5]), weights, np.array([-4.0, 0.0, 4.0]))
        >>> mean, _ = RelativeProcess(x, np.ones(1), labels).predict(x)
        >>> bool((np.diff(mean) > 0).all())
        True
    """

    def __init__(self, features: NDArray[np.floating], counts: NDArray[np.integer], labels: RelativeLabels) -> None:
        self._weights = counts / (4 * counts.sum())
        self._inputs = self._scaled(features)
        self._center, self._unit = 0.0, 1.0
        if len(labels.values):
            self._center, self._unit = float(labels.values.mean()), float(labels.values.std()) or 1.0
        own = float(np.sqrt(np.square(labels.relative).mean())) if len(labels.relative) else 1.0
        z = np.concatenate([(labels.values - self._center) / self._unit, labels.relative / (own or 1.0)])
        parts = np.zeros((len(z), len(features)))
        parts[np.arange(len(labels.valued)), labels.valued] = 1
        parts[len(labels.valued) :] = labels.weights
        is_value = np.arange(len(z)) < len(labels.valued)
        with one_blas_thread():
            tried = [self._fitted(length, parts, z, is_value) for length in _LENGTHS]
        _, self._length, logs, reduced = min(tried, key=lambda one: one[0])
        signal, noise, unit, _ = np.exp(logs)
        self._signal, self.noise = float(signal), float(np.sqrt(noise)) * self._unit
        self._parts = parts * np.where(is_value, 1.0, unit)[:, None]
        self._factor = cho_factor(_covariance(logs, reduced, is_value), lower=True)
        self._solved = cho_solve(self._factor, z)

    def predict(self, features: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Mean of the function at architectures [Q, F], and its covariance, [Q] and [Q, Q]."""
        rows = self._scaled(features)
        with one_blas_thread():
            cross = (self._signal * self._kernel(rows, self._inputs, self._length) + _LEVEL) @ self._parts.T
            prior = self._signal * self._kernel(rows, rows, self._length) + _LEVEL
            covariance = prior - cross @ cho_solve(self._factor, cross.T)
        return self._center + self._unit * (cross @ self._solved), self._unit**2 * covariance

    def _scaled(self, features: NDArray[np.floating]) -> Floats:
        return np.ascontiguousarray(np.asarray(features, dtype=np.float64) * np.sqrt(self._weights))

    @staticmethod
    def _kernel(a: Floats, b: Floats, length: float) -> Floats:
        return GaussianProcess.kernel(a / length, b / length)

    def _fitted(
        self, length: float, parts: Floats, z: Floats, is_value: NDArray[np.bool_]
    ) -> tuple[float, float, Floats, Floats]:
        """Minus the logarithm of the posterior, the length, the other hyper-parameters and the kernel of the labels."""
        reduced = parts @ self._kernel(self._inputs, self._inputs, length) @ parts.T

        def surprise(steps: Floats) -> float:
            covariance = _covariance(_MEDIANS + _SPREADS * steps, reduced, is_value)
            factor, lower = cho_factor(covariance, lower=True)
            fit = 0.5 * float(z @ cho_solve((factor, lower), z)) + float(np.log(np.diag(factor)).sum())
            return fit + 0.5 * float(steps @ steps)

        found = minimize(surprise, np.zeros(4), method="L-BFGS-B", bounds=[(-3.0, 3.0)] * 4, options={"maxiter": 15})
        return float(found.fun), length, _MEDIANS + _SPREADS * found.x, reduced


def _covariance(logs: Floats, reduced: Floats, is_value: NDArray[np.bool_]) -> Floats:
    """Of the labels, [N + M, N + M]; ranks do not feel the level."""
    signal, noise, unit, other = np.exp(logs)
    units = np.where(is_value, 1.0, unit)
    covariance: Floats = signal * reduced * np.outer(units, units) + _LEVEL * np.outer(is_value, is_value)
    covariance.ravel()[:: len(covariance) + 1] += np.where(is_value, noise, other) + 1e-8
    return covariance


def some_paths(shape: Sequence[int], most: int = 64) -> NDArray[np.intp]:
    """Paths of a hyper-architecture that tell what its cells do, the number of a candidate a row, [n, d].

    All where they are few, else some in which each row's candidates stand equally often, evenly mixed.

    Args:
        shape: candidates of each row.
        most: paths, where that is at least twice the candidates of a row.
    """
    total = int(np.prod(shape))
    if total <= most:
        return np.array(list(np.ndindex(*shape)), dtype=np.intp)
    rng, count = np.random.default_rng(0), max(most // max(shape), 2) * max(shape)
    return np.stack([rng.permutation(count) % k for k in shape], axis=1).astype(np.intp)


def effects(shape: Sequence[int], paths: NDArray[np.intp]) -> Floats:
    """Weights of paths [n, d] in what each cell does for its row, the rows' cells in sequence, [sum of shape, n].

    Args:
        shape: candidates of each row.
        paths: in which each of them stands.
    """
    held = np.concatenate([paths[:, row] == np.arange(k)[:, None] for row, k in enumerate(shape)]).astype(np.float64)
    return held / held.sum(axis=1, keepdims=True) - 1 / len(paths)
