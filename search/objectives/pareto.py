"""Several objectives: fronts, the volume that they dominate, and joining objectives into one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from archgraph._compat import hypervolume

Floats = NDArray[np.float64]
_AUGMENTED = 0.05  # weight of the sum beside the largest, so that no weakly dominated point is preferred


def scalarised(losses: Floats, rng: np.random.Generator) -> Floats:
    """One loss of several, [n, m] -> [n]: the augmented Chebyshev norm under random weights (ParEGO, Knowles 2006).

    Each objective is taken by its ranks so far, so that a few very bad values leave the others apart. One alone
    stays as it is.
    """
    if losses.shape[1] == 1:
        return losses[:, 0]
    weighted = rankdata(losses, axis=0) / len(losses) * rng.dirichlet(np.ones(losses.shape[1]))
    return weighted.max(axis=1) + _AUGMENTED * weighted.sum(axis=1)


def front(losses: Floats) -> NDArray[np.intp]:
    """The rows of [n, m] that no other row dominates, in their order; of equal rows the first."""
    order = np.lexsort(losses.T[::-1])  # by the first objective, then the second, ...: what dominates comes before
    kept: list[int] = []
    for row in order.tolist():
        if not (losses[kept] <= losses[row]).all(axis=1).any():
            kept.append(row)
            if losses.shape[1] == 1:
                break
    return np.sort(np.array(kept, dtype=np.intp))


def dominated_volume(losses: Floats, reference: Floats) -> float:
    """Volume between a point that is worse than all, [m], and what the rows of [n, m] dominate."""
    inside = losses[(losses < reference).all(axis=1)]
    return hypervolume(inside, reference) if len(inside) else 0.0


def constrained(losses: Floats, violations: Floats) -> Floats:
    """Losses in which what breaks constraints comes behind all that does not, by how much it does (Deb 2000).

    How far behind follows from the order alone, so that a constraint of large numbers does not hide the losses.

    Args:
        losses: [n, objectives]; NaN where there are none.
        violations: by how much each breaks its constraints, [n]; 0 where it breaks none.
    """
    labelled = ~np.isnan(losses[:, 0])
    broken = labelled & (violations > 0)
    kept = losses[labelled & ~broken]
    if not broken.any():
        return losses
    worst = kept.max(axis=0) if len(kept) else np.zeros(losses.shape[1])
    spread = np.ptp(kept, axis=0) if len(kept) else np.zeros(losses.shape[1])
    order = np.unique(violations[broken], return_inverse=True)[1] + 1.0
    found = losses.copy()
    found[broken] = worst + np.where(spread > 0, spread, 1.0) * order[:, None] / order.max()
    return found
