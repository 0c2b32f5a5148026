"""Local search (White, Nolen and Savani, "Exploring the Loss Landscape in Neural Architecture Search", UAI 2021)."""

from __future__ import annotations

import numpy as np

from search.methods.base import Method, Proposal
from search.objectives.pareto import scalarised
from search.studies.history import History

RESTART = "restart"


class LocalSearch(Method):
    """A random architecture; then its neighbours in random order, and on from the first that is better.

    Where no neighbour of the best one is left, the climb starts again from a random architecture.
    """

    def propose(self, history: History, seed: int) -> Proposal:
        rng = np.random.default_rng(seed)
        start = history.last(RESTART)
        if start is not None:
            climb = slice(start, None)
            losses = history.losses[climb]
            done = ~np.isnan(losses[:, 0])
            if not done.any():
                return Proposal(history.architectures.draw(rng))
            joined = scalarised(losses[done], np.random.default_rng(start))  # one aim a climb
            new = history.unseen(history.architectures.neighbors(int(history.rows[climb][done][np.argmin(joined)])))
            if len(new):
                return Proposal(int(rng.choice(new)))
        return Proposal(history.architectures.draw(rng), attributes={RESTART: True})
