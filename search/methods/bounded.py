"""What a model is told of a long search, so that the next proposal costs no more however long it has been.

Up to a bound a model is told of every trial; beyond it of some, which follow from the history alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from archgraph._compat import nondomination_ranks
from search.architectures import Rows
from search.studies.history import History

Floats = NDArray[np.float64]
MOST = 250
"""Trials that a model is told of; those of more trials come to the same at no end of cost."""
FITTED = 200
"""Labels that the hyper-parameters of a process are fitted to at most; their number tells less than where they lie."""


def spread(losses: Floats, most: int) -> Rows:
    """Positions of the best half of so many losses, and of others at equal distances in rank down to the worst.

    Args:
        losses: less is better, [n].
        most: positions.

    Returns:
        The positions, ascending, [min(n, most)].

    Example:
        >>> import numpy as np
        >>> from search.methods.bounded import spread
        >>> spread(np.array([5.0, 0.0, 1.0, 2.0, 3.0, 4.0]), 4).tolist()
        [0, 1, 2, 3]
    """
    if len(losses) <= most:
        return np.arange(len(losses))
    order = np.argsort(losses, kind="stable")
    others = np.linspace(most // 2, len(order) - 1, most - most // 2).astype(np.intp)
    return np.sort(np.append(order[: most // 2], order[others]))


def best_and_latest(history: History, most: int) -> Rows:
    """Positions of the latest half of so many trials, of the best among those before, and of all that still run.

    With several objectives the best are those which the fewest fronts dominate.

    Args:
        history: of the search.
        most: trials that have ended.

    Returns:
        The positions, ascending; all where there are no more than `most`.
    """
    if len(history) <= most:
        return np.arange(len(history))
    before = len(history) - most // 2
    losses = history.losses[:before]
    known = np.flatnonzero(~np.isnan(losses[:, 0]))
    count = min(most - most // 2, len(known))
    ranks = losses[known, 0] if losses.shape[1] == 1 else nondomination_ranks(losses[known], count)
    best = known[np.argsort(ranks, kind="stable")[:count]]
    running = [position for position in history.running if position < before]
    return np.unique(np.concatenate([best, np.arange(before, len(history)), np.array(running, dtype=np.intp)]))
