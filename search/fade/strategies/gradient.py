r"""The pseudo-gradient step of Neumeyer et al. (2024) in the embedding space.

The step rule is a reconstruction. Each row has a Gaussian N(m_i, s^2 I) in the whitened embedding space. A step draws k
different cells a row, by way of points and buckets, and shifts each mean along the natural gradient of the expected
utility of its row's cells,

.. math:: m_i \leftarrow m_i + \eta \sum_j u_{ij}\, (x_{ij} - m_i),

where x are the cells' own points and u the centred utilities of their FaDE-ranks within their row (Wierstra et al.
2014): only the order within this batch counts.
"""

from __future__ import annotations

import numpy as np

from archgraph.seeds import derive_seed
from search.fade.cell_pool import CellPool, Rows
from search.fade.config import FadeConfig
from search.fade.drawing import different, mirrored_noise, rank_utilities
from search.fade.past import Past
from search.fade.ranked import Ranked
from search.fade.strategies.base import State, Strategy


class NaturalGradient(Strategy):
    """Means that step along the natural gradient of the ranks' utilities; memory-less.

    Of the settings it takes `sigma`, `annealing`, `rate`, `shared` and `elite`.
    """

    keeps = ("means", "elite")

    def __init__(self, cells: CellPool, config: FadeConfig) -> None:
        super().__init__(cells, config)
        self.kept = config.elite

    def begin(self) -> State:
        """Means at the origin, where a typical graph lies, and no elite."""
        return {
            "means": np.zeros((self.config.rows, self.cells.generator.latent)).tolist(),
            "elite": [[]] * self.config.rows,
        }

    def draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        config, generator, fitting = self.config, self.cells.generator, self.cells.fitting
        shape = config.rows, config.candidates, generator.latent
        noise = config.sigma * config.annealing**number * mirrored_noise(shape, derive_seed(seed, "noise", number))
        rng = np.random.default_rng(derive_seed(seed, "draw", number))
        able = [None] * config.rows if fitting is None else list(fitting.allowed)
        rows = zip(np.array(state["means"]), noise, state["elite"], able, strict=True)
        return np.stack([different(generator, mean, eps, kept, rng, allowed) for mean, eps, kept, allowed in rows])

    def learn(self, state: State, ranked: Ranked) -> State:
        config, means = self.config, np.array(state["means"])
        utilities = np.stack([rank_utilities(scores) for scores in ranked.ranks.cells])
        gradient = np.einsum("dk,dkl->dl", utilities, self.cells.generator.points[ranked.cells] - means[:, None])
        if config.shared:
            gradient = np.broadcast_to(gradient.mean(axis=0), gradient.shape)
        best = np.stack([np.argsort(-scores, kind="stable")[: config.elite] for scores in ranked.ranks.cells])
        elite = np.take_along_axis(ranked.cells, best, axis=1)
        return {"means": (means + config.rate * gradient).tolist(), "elite": elite.tolist()}
