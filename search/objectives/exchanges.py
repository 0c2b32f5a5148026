"""Exchanges: two changes of a code, one of which makes room below the limits for the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST = 32
"""Exchanges of one code that are looked at."""
LEAST = 0.9
"""Of a limit; what stays below it in all costs gives away more than the other change needs."""


def exchanges(
    code: NDArray[np.int64],
    changed: NDArray[np.int64],
    own: NDArray[np.float64],
    shares: NDArray[np.float64],
    seed: int,
) -> NDArray[np.int64]:
    """Codes in which a change that costs too much by itself stands together with one that makes room for it.

    A search that changes one place at a time stops where it meets a limit, since all that still fits costs less; what
    it needs there is to spend in one place what it saves in another (reconstruction). What two changes cost together is
    taken to be the sum of what each costs, so the codes are likely to fit, not certain.

    Args:
        code: of a member, [places].
        changed: codes that differ from it at one place, [n, places].
        own: what the member costs, as shares of the limits, [limits].
        shares: the same of `changed`, [n, limits]; `inf` where there is no such member.
        seed: decides which are looked at where there are more than `MOST`.

    Returns:
        [m, places] with m at most `MOST`; none where nothing costs too much.

    Example:
        >>> code, changed = np.array([1, 1]), np.array([[0, 1], [2, 1], [1, 0], [1, 2]])
        >>> exchanges(code, changed, np.array([1.0]), np.array([[0.7], [1.3], [0.8], [1.2]]), 0).tolist()
        [[0, 2]]
    """
    delta = np.where(np.isfinite(shares), shares - own, np.inf)
    dear = np.flatnonzero(np.isfinite(shares).all(axis=1) & (shares > 1).any(axis=1))
    room = np.flatnonzero((delta <= 0).all(axis=1) & (delta < 0).any(axis=1))
    place = (changed != code).argmax(axis=1)
    together = own + delta[room][:, None] + delta[dear][None]
    fits = (together <= 1).all(axis=2) & (together >= LEAST).any(axis=2)
    less, more = np.nonzero(fits & (place[room][:, None] != place[dear][None]))
    taken = np.sort(np.random.default_rng(seed).permutation(len(less))[:MOST])
    less, more = room[less[taken]], dear[more[taken]]
    found = changed[less].copy()
    found[np.arange(len(found)), place[more]] = changed[more, place[more]]
    return found
