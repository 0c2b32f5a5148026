r"""FaDE's outer search: memory-less, batch-wise pseudo-gradient steps in the embedding space (Neumeyer et al. 2024).

The step rule is a reconstruction. Each row has a Gaussian N(m_i, s^2 I) in the whitened embedding space. A step draws k
points a row, turns them into cells by way of buckets, trains one hyper-architecture of these d * k cells, and moves
each mean along the natural gradient of the expected utility of its row's cells,

.. math:: m_i \leftarrow m_i + \eta\, s \sum_j u_{ij}\, \epsilon_{ij},

where u are the centred utilities of the cells' FaDE-ranks within their row (Wierstra et al. 2014): only the order
within this batch counts, so nothing older is kept. The architectures of the highest ranks are then evaluated by
themselves; the best of them is the step's value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import Trial

from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from encoders.buckets import BucketGenerator
from search.objective import TrainObjective
from search.study import CELLS, Evaluation, completed, finish, ordinal, unfinished
from supernet.ranks import FadeRanks

Points = NDArray[np.float64]
Ranker = Callable[[list[list[ArchGraph]], int], tuple[FadeRanks, float]]
"""(cells of each row, seed) -> ranks, and the 10^9 multiply-adds paid for them."""


@dataclass(frozen=True)
class FadeConfig:
    """Settings of the outer search.

    Args:
        rows: d, rows of an architecture.
        candidates: k, cells a row in each hyper-architecture; even, since points are drawn in mirrored pairs.
        sigma: deviation of each row's Gaussian at the first step.
        annealing: factor of sigma from step to step.
        rate: step size of the means, in units of the natural gradient.
        derived: architectures of the highest ranks that each step evaluates by themselves.
    """

    rows: int = 3
    candidates: int = 4
    sigma: float = 1.0
    annealing: float = 0.9
    rate: float = 0.6
    derived: int = 4


class FaDESearch:
    """The outer search as an Optuna study: one trial is one step, its value that of the best architecture it derives.

    Args:
        generator: turns points into cells.
        ranker: trains a hyper-architecture of given cells and reads off its ranks.
        objective: evaluates the derived architecture by itself.
        config: settings.
    """

    def __init__(
        self, generator: BucketGenerator, ranker: Ranker, objective: TrainObjective, config: FadeConfig
    ) -> None:
        self.generator, self.ranker, self.objective, self.config = generator, ranker, objective, config

    def run(self, study: optuna.Study, seed: int, finished: Callable[[], bool]) -> None:
        """Take steps until `finished`; an interrupted step is taken again first."""
        while (waiting := unfinished(study)) or not finished():
            step = ordinal(study) - len(waiting)
            self._step(study, waiting[0] if waiting else study.ask(), step, seed)

    def _step(self, study: optuna.Study, trial: Trial, step: int, seed: int) -> None:
        means = self._means(study)
        noise = mirrored_noise(
            (*means.shape[:1], self.config.candidates, means.shape[1]), derive_seed(seed, "noise", step)
        )
        sigma = self.config.sigma * self.config.annealing**step
        rng = np.random.default_rng(derive_seed(seed, "draw", step))
        drawn = [self.generator.draw(mean + sigma * eps, rng) for mean, eps in zip(means, noise, strict=True)]
        cells = [[self.generator.members[int(i)] for i in row] for row in drawn]
        ranks, gmacs = self.ranker(cells, derive_seed(seed, "hyper", step))
        names = [[str(self.generator.members.ids[i]) for i in row] for row in drawn]
        paths = list(islice(ranks.descending(), self.config.derived))
        derived = [[row[j] for row, j in zip(names, path, strict=True)] for path in paths]
        evaluations = self.objective(derived, [derive_seed(seed, "train", step, i) for i in range(len(derived))])
        best = min(range(len(derived)), key=lambda i: evaluations[i].value)
        trial.set_user_attr(CELLS, derived[best])
        utilities = np.stack([rank_utilities(scores) for scores in ranks.cells])
        moved = means + self.config.rate * sigma * np.einsum("dk,dkl->dl", utilities, noise)
        attributes = {
            **evaluations[best].attributes,
            "derived": [[evaluation.value, cells] for evaluation, cells in zip(evaluations, derived, strict=True)],
            "means": moved.tolist(),
            "candidates": names,
            "log_ranks": [row.tolist() for row in ranks.cells],
            "hyper_gmacs": gmacs,
        }
        paid = gmacs + sum(evaluation.gmacs for evaluation in evaluations)
        finish(study, trial, Evaluation(evaluations[best].value, paid, attributes))

    def _means(self, study: optuna.Study) -> Points:
        """The means that the last step left, [d, latent]; the origin, where a typical graph lies, before the first."""
        done = completed(study)
        if not done:
            return np.zeros((self.config.rows, self.generator.latent))
        return np.array(done[-1].user_attrs["means"])


def mirrored_noise(shape: tuple[int, int, int], seed: int) -> Points:
    """Standard normal noise [d, k, latent] in which the second half of each row's k is minus the first."""
    rows, candidates, latent = shape
    half = np.random.default_rng(seed).standard_normal((rows, (candidates + 1) // 2, latent))
    return np.concatenate([half, -half], axis=1)[:, :candidates]


def rank_utilities(scores: Points) -> Points:
    """Utilities of k scores by their order alone, [k]; they sum to 0 (Wierstra et al. 2014)."""
    k = len(scores)
    order = np.argsort(np.argsort(-scores, kind="stable"), kind="stable")
    raw = np.maximum(0.0, np.log(k / 2 + 1) - np.log(order + 1))
    return raw / raw.sum() - 1 / k
