"""Local search (White, Nolen and Savani, "Exploring the Loss Landscape in Neural Architecture Search", UAI 2021)."""

from __future__ import annotations

import numpy as np

from search.methods.base import Method, Proposal
from search.objectives.pareto import scalarised
from search.studies.history import History

RESTART = "restart"


class LocalSearch(Method):
    """A random architecture; then its neighbours in random order, and on from the first that is better.

    Where the best one costs nearly what a limit allows, neighbours that do so too come first: what only costs less is
    seldom better (reconstruction). Where no neighbour of the best one is left, the climb starts again from a random
    architecture. What was known or queued before the first climb is where that starts.
    """

    def propose(self, history: History, seed: int) -> Proposal:
        rng = np.random.default_rng(seed)
        met, start = history.architectures, history.last(RESTART)
        climb = slice(start or 0, None)
        losses = history.losses[climb]
        done = ~np.isnan(losses[:, 0])
        if done.any():
            joined = scalarised(losses[done], np.random.default_rng(start or 0))  # one aim a climb
            best = history.rows[climb][done][[np.argmin(joined)]]
            new = history.unseen(met.neighbors(int(best[0])))
            if met.spending(best)[0] and (like := new[met.spending(new)]).size:
                new = like
            if len(new):
                return Proposal(int(rng.choice(new)))
        elif start is not None:
            return Proposal(met.draw(rng))
        return Proposal(met.draw(rng), attributes={RESTART: True})
