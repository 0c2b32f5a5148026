"""CMA-ES in the embedding space, its weights the ranks within each row (Hansen, "The CMA Evolution Strategy: A
Tutorial", 2016; with a diagonal covariance: Ros and Hansen, "A Simple Modification in CMA-ES Achieving Linear Time and
Space Complexity", PPSN 2008).

It is written out here, since a population of the package `cmaes` is one order, and cells of different rows are not
compared by ranks: each row weighs its own. The diagonal covariance suits whitened coordinates and some dozen ranks a
step, and is a few numbers that stand in the trial.
"""

from __future__ import annotations

import numpy as np

from archgraph.seeds import derive_seed
from search.fade.cell_pool import Rows
from search.fade.drawing import different, mirrored_noise, rank_utilities
from search.fade.past import Past
from search.fade.ranked import Ranked
from search.fade.strategies.base import Floats, State, Strategy


class SeparableCmaEs(Strategy):
    """Means, step sizes and variances of coordinates, one set a row or one for all; memory-less but for those.

    Of the settings it takes `sigma`, the first step size, and `shared`.
    """

    keeps = ("means", "sigmas", "variances", "paths")

    def begin(self) -> State:
        """Means at the origin, where a typical graph lies, with the variances of typical graphs."""
        rows, latent = self.config.rows, self.cells.generator.latent
        zero, one = np.zeros((rows, latent)).tolist(), np.ones((rows, latent)).tolist()
        return {"means": zero, "sigmas": [self.config.sigma] * rows, "variances": one, "paths": [zero, zero]}

    def draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        generator, fitting = self.cells.generator, self.cells.fitting
        shape = self.config.rows, self.config.candidates, generator.latent
        widths = np.array(state["sigmas"])[:, None] * np.sqrt(state["variances"])
        noise = widths[:, None] * mirrored_noise(shape, derive_seed(seed, "noise", number))
        rng = np.random.default_rng(derive_seed(seed, "draw", number))
        able = [None] * self.config.rows if fitting is None else list(fitting.allowed)
        rows = zip(np.array(state["means"]), noise, able, strict=True)
        return np.stack([different(generator, mean, eps, (), rng, allowed) for mean, eps, allowed in rows])

    def learn(self, state: State, ranked: Ranked) -> State:
        points: Floats = self.cells.generator.points[ranked.cells].astype(np.float64)
        k = self.config.candidates
        weights: Floats = np.stack(
            [rank_utilities(logs) + 1 / k for logs in ranked.ranks.cells]
        )  # of each row they sum to 1
        means, sigmas, variances = (np.array(state[name]) for name in ("means", "sigmas", "variances"))
        ways, turns = np.array(state["paths"])
        batches: list[tuple[Floats, Floats]] = list(zip(points, weights, strict=True))
        if self.config.shared:
            batches = [(points.reshape(-1, points.shape[2]), weights.reshape(-1) / len(weights))]
        found = [
            _moved(own, weight, means[i], float(sigmas[i]), variances[i], ways[i], turns[i])
            for i, (own, weight) in enumerate(batches)
        ]
        rows = found * len(weights) if self.config.shared else found
        return {
            "means": [row[0].tolist() for row in rows],
            "sigmas": [row[1] for row in rows],
            "variances": [row[2].tolist() for row in rows],
            "paths": [[row[3].tolist() for row in rows], [row[4].tolist() for row in rows]],
        }


def _moved(
    points: Floats, weights: Floats, mean: Floats, sigma: float, variances: Floats, way: Floats, turn: Floats
) -> tuple[Floats, float, Floats, Floats, Floats]:
    """One generation: mean, step size, variances, and the paths of the step size and of the covariance.

    Equations of the tutorial's appendix A; rates of the covariance are (n + 2) / 3 times those of the full one.
    """
    n, effective = len(mean), 1 / float(np.square(weights).sum())
    faster = (n + 2) / 3
    rate_sigma = (effective + 2) / (n + effective + 5)
    damping = 1 + 2 * max(0.0, float(np.sqrt(max(effective - 1, 0) / (n + 1))) - 1) + rate_sigma
    rate_path = (4 + effective / n) / (n + 4 + 2 * effective / n)
    rank_one = min(1.0, faster * 2 / ((n + 1.3) ** 2 + effective))
    rank_many = min(1 - rank_one, faster * 2 * (effective - 2 + 1 / effective) / ((n + 2) ** 2 + effective))
    steps = (points - mean) / sigma
    step = weights @ steps
    way = (1 - rate_sigma) * way + np.sqrt(rate_sigma * (2 - rate_sigma) * effective) * step / np.sqrt(variances)
    turn = (1 - rate_path) * turn + np.sqrt(rate_path * (2 - rate_path) * effective) * step
    variances = (1 - rank_one - max(rank_many, 0)) * variances + rank_one * turn**2
    variances = np.maximum(variances + max(rank_many, 0) * (weights @ steps**2), 1e-6)
    usual = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2))
    grown = float(np.exp(np.clip(rate_sigma / damping * (np.linalg.norm(way) / usual - 1), -1, 1)))
    return mean + sigma * step, sigma * grown, variances, way, turn
