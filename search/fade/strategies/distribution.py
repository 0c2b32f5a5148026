r"""Estimation of a distribution over graphs whose probabilities the ranks update (the first author's proposal of 2021).

Reconstruction: what the graphs near a ranked one gain with it. Each row has a density over the members of the embedding
space, :math:`p(g) \propto \exp \theta(g)`, even at first. A step draws k different cells a row from it, and their
centred utilities u (by rank, within their row) are spread over the graphs near them,

.. math:: \theta(g) \leftarrow \gamma\,\theta(g) + \eta \sum_j u_j\, \exp(-|z_g - z_j|^2 / 2 h^2).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from archgraph.seeds import derive_seed
from search.fade.cell_pool import Rows
from search.fade.drawing import rank_utilities
from search.fade.past import Past, RankedStep
from search.fade.ranked import Ranked
from search.fade.strategies.base import Floats, State, Strategy

_RATE, _DECAY = 6.0, 0.9  # eta and gamma
_NEAR = 0.03  # share of the members that lie within h of one
_SOME = 512  # members that tell h


class GraphDistribution(Strategy):
    """A density over graphs that remembers what the ranks of the last steps said, each relative to its own batch.

    Of the settings it takes `shared`: the rows' densities are one, which all ranks update.
    """

    memory_less = False

    def begin(self) -> State:
        return {}

    def draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        rng = np.random.default_rng(derive_seed(seed, "distribution", number))
        logits = self.logits(past)
        return np.stack([self._row(row, own, rng) for row, own in enumerate(logits)])

    def learn(self, state: State, ranked: Ranked) -> State:
        return {}

    def logits(self, past: Past) -> Floats:
        """theta of each row, [d, members]."""
        found = np.zeros((self.config.rows, len(self.cells.generator.members)))
        for step in past.steps:
            gained = self._gained(step)
            if self.config.shared:
                gained = np.broadcast_to(gained.mean(axis=0), gained.shape)
            found = _DECAY * found + _RATE * gained
        return found

    def _gained(self, step: RankedStep) -> Floats:
        """What a step's ranks add, [d, members]."""
        points = self.cells.generator.points
        found = []
        for names, logs in zip(step.names, step.logs, strict=True):
            own = points[[self.cells.named(name) for name in names]]
            apart = np.square(points[:, None] - own).sum(axis=2)
            found.append(np.exp(-apart / (2 * self._width**2)) @ rank_utilities(np.asarray(logs)))
        return np.stack(found)

    @cached_property
    def _width(self) -> float:
        """h, the median distance of a member to the last of the `_NEAR` share that is nearest."""
        points = self.cells.generator.points
        some = points[np.linspace(0, len(points) - 1, min(_SOME, len(points))).astype(np.intp)]
        apart = np.sqrt(np.square(some[:, None] - some).sum(axis=2))
        place = min(max(1, round(_NEAR * len(some))), len(some) - 1)
        return float(np.median(np.sort(apart, axis=1)[:, place])) or 1.0

    def _row(self, row: int, logits: Floats, rng: np.random.Generator) -> list[int]:
        """Different cells of a row, drawn one after another: the largest of logits with Gumbel noise."""
        able = np.array([self.cells.fits(cell, row) for cell in range(len(logits))])
        keys = np.where(able, logits + rng.gumbel(size=len(logits)), -np.inf)
        found: list[int] = np.argsort(-keys, kind="stable")[: self.config.candidates].tolist()
        return found
