"""By how much deviations are too small or too large: what they cover of labels that were held out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
COVERED = {1: 0.683, 2: 0.954}
"""Deviations -> share of a normal law within so many."""
_FACTORS = np.geomspace(0.2, 5, 161)


def calibration(truth: Floats, mean: Floats, std: Callable[[float], Floats]) -> float:
    """The factor of the deviations with which they cover of the truth what they say, as nearly as one factor can.

    >>> calibration(np.array([0.0, 3.0]), np.zeros(2), lambda factor: np.full(2, factor))

    Args:
        truth: values of labels that the predictions did not learn from, [H].
        mean: their predictions, [H].
        std: the deviations of these if the factor is so large, [H].
    """
    missed = np.abs(truth - mean)
    wrong = []
    for factor in _FACTORS.tolist():
        z = missed / np.maximum(std(factor), 1e-300)
        wrong.append(sum(abs(float((z <= n).mean()) - share) for n, share in COVERED.items()))
    best = np.flatnonzero(np.array(wrong) <= min(wrong) + 1e-12)
    return float(_FACTORS[best[len(best) // 2]])
