r"""A Gaussian process that is told of values, and of ranks as noisy, relative labels.

Two kinds of label of one function f (a loss) of architectures:

* a value, :math:`y = f(x) + \epsilon`;
* what a cell does for a row in a hyper-architecture, :math:`r = s\,(\bar f_{ij} - \bar f) + \eta`: the mean of f over
  the paths that hold cell j of row i less the mean over all paths, in a unit s that is not known.

Both are linear in f, so the posterior is exact (Rasmussen and Williams, "Gaussian Processes for Machine Learning",
2006, section 2.2), and so is the likelihood of the length scales, both noises and s; what all paths of a step share,
and so what ranks of different steps cannot tell, cancels. Delta-NAS predicts differences of architectures; FaDE-ranks
are differences of averages of them. Reconstruction: neither paper has this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, lapack, solve_triangular
from scipy.optimize import minimize

from archgraph.threads import one_blas_thread
from encoders.delta.learners.gaussian_process import GaussianProcess, Prior, matern, squares

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_PRIOR = Prior(noise=0.3)  # of length scales, signal and the noise of values
_RANKS = np.log([1.0, 0.3]), np.ones(2)  # medians of s and of a rank's noise, and deviations of their logarithms
_LEVEL = 1.0  # variance of the function's mean
_ITERATIONS = 7  # of the fit


@dataclass(frozen=True)
class RelativeLabels:
    """Labels of architectures by number.

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
    """The process at the most probable length scales, signal, noises and unit of ranks.

    Args:
        features: of the architectures, [P, F].
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
        x = np.asarray(features, dtype=np.float64)
        self._center, scale = x.mean(axis=0), x.std(axis=0)
        self._free = scale > 1e-9 * (1 + np.abs(self._center))
        self._scale = scale[self._free]
        self._target = 0.0, 1.0
        if len(labels.values):
            self._target = float(labels.values.mean()), float(labels.values.std()) or 1.0
        own = float(np.sqrt(np.square(labels.relative).mean())) if len(labels.relative) else 1.0
        z = np.concatenate([(labels.values - self._target[0]) / self._target[1], labels.relative / (own or 1.0)])
        parts = np.zeros((len(z), len(x)))
        parts[np.arange(len(labels.valued)), labels.valued] = 1
        parts[len(labels.valued) :] = labels.weights
        known = _Known(self._standard(x), parts, z, np.arange(len(z)) < len(labels.valued))
        with one_blas_thread():
            logs = known.most_probable(np.asarray(counts, dtype=np.float64)[self._free])
            covariance, units, self._inputs, _, _ = known.covariance(logs)
            self._factor, info = lapack.dpotrf(covariance, lower=1)
            self._weights = cho_solve((self._factor, True), z)
        assert not info, "a covariance with noise has a factor"
        self._lengths, (self._signal, noise) = np.exp(logs[:-4]), np.exp(logs[-4:-2])
        self._parts = parts * units[:, None]
        self.noise = float(np.sqrt(noise)) * self._target[1]

    def predict(self, features: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the function at architectures [Q, F], [Q] each."""
        rows = self._standard(np.asarray(features, dtype=np.float64)) / self._lengths
        with one_blas_thread():
            cross = (self._signal * GaussianProcess.kernel(rows, self._inputs) + _LEVEL) @ self._parts.T
            root = solve_triangular(np.tril(self._factor), cross.T, lower=True)
        variance = np.maximum(self._signal + _LEVEL - np.square(root).sum(axis=0), 1e-12)
        return self._target[0] + self._target[1] * (cross @ self._weights), self._target[1] * np.sqrt(variance)

    def _standard(self, features: Floats) -> Floats:
        found: Floats = (features - self._center)[:, self._free] / self._scale
        return found


@dataclass(frozen=True)
class _Known:
    """What the hyper-parameters are fitted to: standardised features [P, F], labels' parts [L, P], labels [L] and which
    of them are values [L].

    Hyper-parameters are logarithms of length scales, signal, noise of values, unit s and noise of ranks, [F + 4].
    """

    x: Floats
    parts: Floats
    z: Floats
    is_value: Bools

    def most_probable(self, counts: Floats) -> Floats:
        """The hyper-parameters of the largest likelihood times prior, by L-BFGS."""
        mean, spread = (np.append(a, b) for a, b in zip(_PRIOR.moments(counts), _RANKS, strict=True))

        def objective(steps: Floats) -> tuple[float, Floats]:
            loss, gradient = self.surprise(mean + spread * steps)
            return loss + 0.5 * float(steps @ steps), gradient * spread + steps

        bounds, options = [(-6.0, 6.0)] * len(mean), {"maxiter": _ITERATIONS}
        found = minimize(objective, np.zeros(len(mean)), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        logs: Floats = mean + spread * found.x
        return logs

    def covariance(self, logs: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Of the labels [L, L], their units [L], inputs [P, F], the slope of their kernel [P, P], and the labels'
        kernel [L, L]; ranks do not feel the level."""
        inputs = np.ascontiguousarray(self.x / np.exp(logs[:-4]))
        signal, noise, unit, other = np.exp(logs[-4:])
        kernel, slope = matern(squares(inputs, inputs))
        units = np.where(self.is_value, 1.0, unit)
        reduced = (self.parts @ kernel @ self.parts.T) * np.outer(units, units)
        covariance = signal * reduced + _LEVEL * np.outer(self.is_value, self.is_value)
        covariance.ravel()[:: len(covariance) + 1] += np.where(self.is_value, noise, other) + 1e-8
        return covariance, units, inputs, slope, reduced

    def surprise(self, logs: Floats) -> tuple[float, Floats]:
        """Minus the log likelihood and its gradient (Rasmussen and Williams, 5.9)."""
        covariance, units, inputs, slope, reduced = self.covariance(logs)
        signal, noise, _, other = np.exp(logs[-4:])
        factor, info = lapack.dpotrf(covariance, lower=1)
        if info:
            return 1e10, np.zeros(len(logs))
        weights = cho_solve((factor, True), self.z)
        loss = 0.5 * self.z @ weights + np.log(np.diag(factor)).sum()
        outer = 0.5 * (cho_solve((factor, True), np.eye(len(factor))) - np.outer(weights, weights))
        shared = self.parts.T @ (outer * np.outer(units, units)) @ self.parts
        pull = shared * slope * signal
        lengths = -4 * (pull.sum(axis=1) @ inputs**2 - ((pull @ inputs) * inputs).sum(axis=0))
        along, own = signal * outer * reduced, np.diag(outer)
        further = [
            along.sum(),
            noise * own[self.is_value].sum(),
            2 * along[~self.is_value].sum(),
            other * own[~self.is_value].sum(),
        ]
        return float(loss), np.append(lengths, further)


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
