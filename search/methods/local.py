"""Local search (White, Nolen and Savani, "Exploring the Loss Landscape in Neural Architecture Search", UAI 2021)."""

from __future__ import annotations

import numpy as np

from search.methods.base import Method, Proposal
from search.objectives.pareto import scalarised
from search.studies.history import History

RESTART = "restart"


class LocalSearch(Method):
    """A random architecture; then its neighbours in random order, and on from the first that is better.

    Where no neighbour of the best one is left, the climb starts again from a random architecture. What was known or
    queued before the first climb is where that starts.
    """

    def propose(self, history: History, seed: int) -> Proposal:
        rng = np.random.default_rng(seed)
        start = history.last(RESTART)
        climb = slice(start or 0, None)
        losses = history.losses[climb]
        done = ~np.isnan(losses[:, 0])
        if done.any():
            joined = scalarised(losses[done], np.random.default_rng(start or 0))  # one aim a climb
            new = history.unseen(history.architectures.neighbors(int(history.rows[climb][done][np.argmin(joined)])))
            if len(new):
                return Proposal(int(rng.choice(new)))
        elif start is not None:
            return Proposal(history.architectures.draw(rng))
        return Proposal(history.architectures.draw(rng), attributes={RESTART: True})
