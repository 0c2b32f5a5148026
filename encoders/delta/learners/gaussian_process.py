"""Exact Gaussian-process regression with one length scale a feature, for 4 to some thousand labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, lapack, solve_triangular
from scipy.linalg.blas import strmm
from scipy.optimize import minimize

from archgraph.checks import check_positive
from archgraph.threads import one_blas_thread

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
_Real = TypeVar("_Real", np.float32, np.float64)
_CELLS = 1 << 18  # covariances computed at once, so that they stay in the cache


@dataclass(frozen=True)
class Prior:
    """Normal priors of the logarithms of the hyper-parameters.

    Length scales grow with the root of the number of features, so that the prior functions are equally smooth however
    many there are (Hvarfner et al., "Vanilla Bayesian Optimization Performs Great in High Dimensions", ICML 2024).

    Args:
        length: median of a length scale over the root of the number of features; features have unit variance.
        length_spread: standard deviation of the log length scales.
        noise: median of the noise variance; targets have unit variance.
        noise_spread: standard deviation of the log noise variance.
        signal_spread: standard deviation of the log signal variance, whose median is 1.

    Raises:
        InputError: a number is not positive.
    """

    length: float = 2.0
    length_spread: float = 1.0
    noise: float = 0.1
    noise_spread: float = 1.0
    signal_spread: float = 1.0

    def __post_init__(self) -> None:
        check_positive(**vars(self))

    def moments(self, counts: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of (log length scales, log signal, log noise), [F + 2] each.

        Args:
            counts: how many equal features each one stands for, [F]. Those of one length scale act as a single one
                whose length scale is shorter by the root of their number, and all their priors hold for it.
        """
        length = np.log(self.length) + 0.5 * np.log(counts.sum() / counts)
        mean = np.append(length, [0.0, np.log(self.noise)])
        spread = np.append(self.length_spread / np.sqrt(counts), [self.signal_spread, self.noise_spread])
        return mean, spread


@dataclass(frozen=True)
class GaussianProcess:
    """A fitted process on standardised features with a Matern-5/2 kernel.

    Attributes:
        center, scale: mean and standard deviation of the features, [F]; a constant feature has scale infinity.
        lengths: length scales of the standardised features, [F].
        variances: signal and noise variance in units of the target's variance, [2].
        target: mean and standard deviation of the targets, [2].
        inputs: standardised features of the labelled rows over `lengths`, [N, F].
        weights: inverse covariance times standardised targets, [N].
        factor: lower Cholesky factor of the covariance of the labelled rows, [N, N].
        evidence: log marginal likelihood times prior at these hyper-parameters, up to a constant, [1].
    """

    center: Floats
    scale: Floats
    lengths: Floats
    variances: Floats
    target: Floats
    inputs: Floats
    weights: Floats
    factor: Floats
    evidence: Floats

    @classmethod
    def fit(
        cls,
        x: NDArray[np.floating],
        y: NDArray[np.floating],
        prior: Prior | None = None,
        iterations: int = 60,
        most: int = 1000,
        counts: NDArray[np.integer] | None = None,
        noise: NDArray[np.floating] | None = None,
    ) -> GaussianProcess:
        """The process at the most probable hyper-parameters: marginal likelihood times prior, by L-BFGS.

        Args:
            x: features, [N, F].
            y: targets, [N], finite.
            prior: of the hyper-parameters.
            iterations: of L-BFGS at most.
            most: rows, spread evenly over the order given, on which the hyper-parameters are fitted; all rows enter
                the prediction.
            counts: how many equal features each one stands for, [F]; the process is that of all of them.
            noise: variance of each target's noise beyond that which all share, [N], in squares of the targets' unit.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        center, scale = x.mean(axis=0), x.std(axis=0)
        scale = np.where(scale > 1e-9 * (1 + np.abs(center)), scale, np.inf)
        target = np.array([y.mean(), y.std() or 1.0])
        standard, goal = (x - center) / scale, (y - target[0]) / target[1]
        some = np.linspace(0, len(x) - 1, min(most, len(x))).astype(np.intp)
        free = np.isfinite(scale)
        counted = np.ones(len(free)) if counts is None else counts.astype(np.float64)
        moments = (prior or Prior()).moments(counted[free])
        lengths = np.ones(x.shape[1])
        with one_blas_thread():
            own = None if noise is None else noise[some] / target[1] ** 2
            found = _most_probable(standard[some][:, free], goal[some], moments, iterations, own)
        lengths[free], variances, evidence = found
        inputs = np.ascontiguousarray(standard / lengths)  # one layout, so that a loaded process repeats every digit
        kernel = cls.kernel(inputs, inputs)
        factor = _factor(kernel, variances, None if noise is None else noise / target[1] ** 2)
        return cls(center, scale, lengths, variances, target, inputs, cho_solve((factor, True), goal), factor, evidence)

    def with_labels(
        self, x: NDArray[np.floating], y: NDArray[np.floating], noise: NDArray[np.floating] | None = None
    ) -> GaussianProcess:
        """The process of these labels instead, [N, F] and [N], with the hyper-parameters of this one; noise as for
        `fit`."""
        inputs = np.ascontiguousarray(self._scaled(x))
        return self.with_kernel(inputs, self.kernel(inputs, inputs), y, noise)

    def with_kernel(
        self, inputs: Floats, kernel: Floats, y: NDArray[np.floating], noise: NDArray[np.floating] | None = None
    ) -> GaussianProcess:
        """The same where the kernel of the labelled rows is at hand.

        Args:
            inputs: of `inputs_of`, [N, F].
            kernel: of all their pairs, [N, N].
            y, noise: as for `with_labels`.
        """
        target = np.array([y.mean(), y.std() or 1.0])
        factor = _factor(kernel, self.variances, None if noise is None else noise / target[1] ** 2)
        weights = lapack.dpotrs(factor, (y - target[0]) / target[1], lower=1)[0]
        return replace(self, target=target, inputs=inputs, weights=weights, factor=factor)

    def inputs_of(self, x: NDArray[np.floating]) -> Floats:
        """Standardised features over the length scales, [M, F]."""
        return np.ascontiguousarray(self._scaled(x))

    @staticmethod
    def kernel(a: Floats, b: Floats) -> Floats:
        """The kernel of all pairs of inputs, [len(a), len(b)]; 1 of what is equal."""
        return matern(squares(a, b))[0]

    def predict(self, x: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the function (without noise) at each row of `x` [M, F]; [M] each."""
        return self.predict_scaled(self.scaled(x))

    def predict_scaled(self, rows: Singles) -> tuple[Floats, Floats]:
        """The same at rows that `scaled` gave; they depend on the hyper-parameters alone, not on labels."""
        mean, std = np.empty(len(rows)), np.empty(len(rows))
        for part in self._parts(len(rows)):
            covariance = self._covaried(rows[part])
            mean[part], std[part] = covariance @ self.weights, self._left(covariance)
        return self.target[0] + self.target[1] * mean, std * self.target[1]

    def std(self, x: NDArray[np.floating]) -> Floats:
        """The standard deviation alone, [M]."""
        std = np.empty(len(x))
        for part in self._parts(len(x)):
            std[part] = self._left(self._covariance(x[part]))
        return std * self.target[1]

    def _left(self, covariance: NDArray[np.float32]) -> Floats:
        """Deviation that the labels leave of what covaries so with them, [M, N] -> [M]."""
        root = strmm(1.0, self._whitening, covariance.T, trans_a=1)  # transposed as BLAS reads: nothing is copied
        return np.sqrt(np.maximum(self.variances[0] - np.einsum("nm,nm->m", root, root, dtype=np.float64), 1e-12))

    @cached_property
    def _singles(self) -> list[Singles]:
        """Inputs, and the factors and offsets that turn features into inputs, all in single precision."""
        rate = 1 / (self.scale * self.lengths)
        return [a.astype(np.float32) for a in (self.inputs, rate, self.center * rate)]

    @cached_property
    def _whitening(self) -> Singles:
        """Transposed inverse of the factor, as Fortran lays it out, in single precision: solving takes longer."""
        return np.asarray(lapack.dtrtri(self.factor.T)[0], dtype=np.float32, order="F")

    def difference_std(self, a: NDArray[np.floating], b: NDArray[np.floating]) -> Floats:
        """Standard deviation of f(b) - f(a) row by row, [M]; nearby rows share most of what is unknown."""
        std = np.empty(len(a))
        for part in self._parts(len(a)):
            gap = self._covariance(b[part]) - self._covariance(a[part])
            root = solve_triangular(self.factor, gap.T, lower=True)
            squares = ((self._scaled(b[part]) - self._scaled(a[part])) ** 2).sum(axis=1)
            before = 2 * self.variances[0] * (1 - matern(squares)[0])
            std[part] = np.sqrt(np.maximum(before - (root**2).sum(axis=0), 0))
        return std * self.target[1]

    def anchor_weights(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """What each labelled row counts for as an anchor of each row of `x`, [M, N]; a row sums to 1.

        The weight is the inverse variance of the label plus the difference, before any other label is known.
        """
        weights = np.empty((len(x), len(self.weights)), dtype=np.float32)
        for part in self._parts(len(x)):
            own = np.subtract(np.float32(self.variances.sum()), self._covariance(x[part]), out=weights[part])
            np.reciprocal(np.maximum(own, 1e-9, out=own), out=own)
            own /= own.sum(axis=1, keepdims=True)
        return weights

    def leave_one_out(self) -> tuple[Floats, Floats]:
        """Error at each labelled row, predicted from the others, and its predicted deviation with noise, [N] each.

        In units of the target's deviation. Rasmussen & Williams, "Gaussian Processes for Machine Learning" (2006),
        equations 5.10 to 5.12.
        """
        precision = np.diag(cho_solve((self.factor, True), np.eye(len(self.factor))))
        return self.weights / precision, 1 / np.sqrt(precision)

    @property
    def noise(self) -> float:
        """Standard deviation of the noise."""
        return float(np.sqrt(self.variances[1]) * self.target[1])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The attributes by name, as the constructor takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def mean(self, x: NDArray[np.floating]) -> Floats:
        """The mean alone, which costs a fraction, [M]."""
        parts = [self._covariance(x[part]) @ self.weights for part in self._parts(len(x))]
        return self.target[0] + self.target[1] * np.concatenate(parts or [np.empty(0)])

    def _covariance(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """Prior covariance of rows of `x` with the labelled rows, [M, N], in single precision."""
        return self._covaried(self.scaled(x))

    def scaled(self, x: NDArray[np.floating]) -> Singles:
        """Features as inputs in single precision, [M, F]."""
        _, rate, offset = self._singles
        rows = np.multiply(x, rate, dtype=np.float32)
        rows -= offset
        return rows

    def _covaried(self, rows: Singles) -> Singles:
        """Prior covariance of scaled rows with the labelled ones, [M, N]."""
        inputs = self._singles[0]
        root = np.float32(np.sqrt(5)) * np.sqrt(squares(rows, inputs))
        decay = np.float32(self.variances[0]) * np.exp(-root)
        root *= 1 + root / 3
        root += 1
        root *= decay
        return root

    def _scaled(self, x: NDArray[np.floating]) -> Floats:
        return (x - self.center) / self.scale / self.lengths

    def _parts(self, rows: int) -> Iterator[slice]:
        """The rows in parts whose covariances stay in the cache."""
        step = max(64, _CELLS // len(self.weights))
        return (slice(start, start + step) for start in range(0, rows, step))


def _factor(kernel: Floats, variances: Floats, noise: Floats | None = None) -> Floats:
    """Lower Cholesky factor of the covariance of labels whose kernel is [N, N], which is overwritten; with noise [N] of
    each."""
    covariance = np.multiply(kernel, variances[0], out=kernel)
    covariance.ravel()[:: len(kernel) + 1] += variances[1] if noise is None else variances[1] + noise
    return np.ascontiguousarray(cholesky(covariance, lower=True, overwrite_a=True))


def _most_probable(
    x: Floats, y: Floats, moments: tuple[Floats, Floats], iterations: int, own: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Length scales [F], and signal and noise variance [2], that maximise the posterior, and its logarithm [1].

    `moments` are the mean and the standard deviation of their logarithms before, [F + 2] each; `own` is each label's
    further noise, [N].
    """
    mean, spread = moments

    def objective(z: Floats) -> tuple[float, Floats]:
        loss, gradient = _negative_likelihood(x, y, mean + spread * z, own)
        return loss + 0.5 * float(z @ z), gradient * spread + z

    bounds = [(-6.0, 6.0)] * len(mean)
    found = minimize(
        objective, np.zeros(len(mean)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": iterations}
    )
    logs = mean + spread * found.x
    return np.exp(logs[:-2]), np.exp(logs[-2:]), np.array([-found.fun])


def _negative_likelihood(x: Floats, y: Floats, logs: Floats, own: Floats | None = None) -> tuple[float, Floats]:
    """Minus the log marginal likelihood and its gradient in the log hyper-parameters (Rasmussen & Williams, 5.9)."""
    scaled = x / np.exp(logs[:-2])
    signal, noise = np.exp(logs[-2:])
    kernel, slope = matern(squares(scaled, scaled))
    covariance = signal * kernel
    covariance.ravel()[:: len(x) + 1] += noise + 1e-8 if own is None else noise + 1e-8 + own
    factor, info = lapack.dpotrf(covariance, lower=1)
    if info:
        return 1e10, np.zeros(len(logs))
    weights = cho_solve((factor, True), y)
    loss = 0.5 * y @ weights + np.log(np.diag(factor)).sum()
    inverse = lapack.dpotri(factor, lower=1)[0]
    inverse = inverse + inverse.T  # above the diagonal is nothing
    inverse.ravel()[:: len(x) + 1] *= 0.5
    outer = 0.5 * (inverse - np.outer(weights, weights))
    pull = outer * slope * signal
    lengths = -4 * (pull.sum(axis=1) @ scaled**2 - ((pull @ scaled) * scaled).sum(axis=0))
    return float(loss), np.append(lengths, [signal * (outer * kernel).sum(), noise * np.trace(outer)])


def squares(a: NDArray[_Real], b: NDArray[_Real]) -> NDArray[_Real]:
    """Squared distances of all pairs, [len(a), len(b)]."""
    distances: NDArray[_Real] = a @ b.T  # numpy computes half of it where both are one array
    distances *= -2
    distances += np.einsum("nf,nf->n", a, a)[:, None]
    distances += np.einsum("nf,nf->n", b, b)
    return np.maximum(distances, 0, out=distances)


def matern(squares: Floats) -> tuple[Floats, Floats]:
    """The Matern-5/2 kernel of squared distances, and its derivative in them."""
    root = np.sqrt(5 * squares)
    decay = np.exp(-root)
    return (1 + root + root**2 / 3) * decay, -5 / 6 * (1 + root) * decay
