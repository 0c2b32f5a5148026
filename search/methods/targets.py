"""What predictors of a search learn: losses on a scale that tells the best apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
_MARGIN = 0.25  # of a better architecture than all so far, in deviations of the losses


def log_regret(losses: Floats) -> Floats:
    """Logarithm of the regret against a value a little better than the best so far, [n]; less is better.

    The last steps to the best then count as much as the first ones from random architectures.
    """
    return np.log(losses - losses.min() + _MARGIN * (losses.std() or 1.0))


def expected_improvement(mean: Floats, std: Floats, best: float) -> Floats:
    """By how much a normal variable is expected to fall below `best` (Jones, Schonlau and Welch 1998, eq. 15), [n]."""
    std = np.maximum(std, 1e-12)
    z = (best - mean) / std
    return std * (z * ndtr(z) + np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
