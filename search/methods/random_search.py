"""Random search."""

from __future__ import annotations

import numpy as np

from search.methods.base import Method, Proposal
from search.studies.history import History


class RandomSearch(Method):
    """Architectures drawn independently, as the space samples, or uniformly from a table."""

    def propose(self, history: History, seed: int) -> Proposal:
        return Proposal(history.architectures.draw(np.random.default_rng(seed)))
