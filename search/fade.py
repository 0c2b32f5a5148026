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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import Trial, TrialState

from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.spaces import RowsSpace
from encoders.buckets import BucketGenerator
from search.objective import Architecture, Objective
from search.study import ARCHITECTURE, HASH, WORKER, Evaluation, completed, finish, ordinal, signs, worker_name
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
        repeats: trainings of the hyper-architecture whose ranks are averaged.
        shared: the rows share one distribution, which moves by the mean of their gradients.
        elite: of each row, the cells of the highest ranks stand among the next step's candidates, in place of the last
            that were drawn.
    """

    rows: int = 3
    candidates: int = 4
    sigma: float = 1.0
    annealing: float = 0.9
    rate: float = 0.6
    derived: int = 4
    repeats: int = 1
    shared: bool = False
    elite: int = 0


class FaDESearch:
    """The outer search as an Optuna study: one trial is one step, its value that of the best architecture it derives.

    A trial pays for the trainings of its hyper-architecture, each of which counts as k queries since it costs k times
    an architecture's, and for the derived architectures that no earlier step evaluated.

    Args:
        generator: turns points into cells; its members' ids are their native forms.
        ranker: trains a hyper-architecture of given cells and reads off its ranks.
        objective: evaluates the derived architectures by themselves.
        config: settings.
    """

    def __init__(self, generator: BucketGenerator, ranker: Ranker, objective: Objective, config: FadeConfig) -> None:
        self.generator, self.ranker, self.objective, self.config = generator, ranker, objective, config

    def run(self, study: optuna.Study, seed: int, finished: Callable[[], bool]) -> None:
        """Take steps until `finished`; an interrupted step is taken again."""
        for left in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            study.tell(left.number, state=TrialState.FAIL)
        while not finished():
            step = ordinal(study)
            trial = study.ask()
            trial.set_user_attr(WORKER, worker_name())
            self._step(study, trial, step, seed)

    def _step(self, study: optuna.Study, trial: Trial, step: int, seed: int) -> None:
        means = self._means(study)
        noise = mirrored_noise(
            (*means.shape[:1], self.config.candidates, means.shape[1]), derive_seed(seed, "noise", step)
        )
        sigma = self.config.sigma * self.config.annealing**step
        rng = np.random.default_rng(derive_seed(seed, "draw", step))
        drawn = [self.generator.draw(mean + sigma * eps, rng) for mean, eps in zip(means, noise, strict=True)]
        for row, kept in zip(drawn, self._elite(study), strict=True):
            row[len(row) - len(kept) :] = kept
        points = self.generator.points[np.stack(drawn)] if self.config.elite else means[:, None] + sigma * noise
        ranks, gmacs = self._ranks([[self.generator.members[int(i)] for i in row] for row in drawn], seed, step)
        names = [[str(self.generator.members.ids[i]) for i in row] for row in drawn]
        paths = list(islice(ranks.descending(), self.config.derived))
        derived = [self.join([row[j] for row, j in zip(names, path, strict=True)]) for path in paths]
        values, paid = self._evaluate(study, derived, seed, step)
        losses = [value * signs(study)[0] for value in values]
        best = int(np.argmin(losses))
        utilities = np.stack([rank_utilities(scores) for scores in ranks.cells])
        gradient = np.einsum("dk,dkl->dl", utilities, points - means[:, None])
        if self.config.shared:
            gradient = np.broadcast_to(gradient.mean(axis=0), gradient.shape)
        order = [np.argsort(-scores, kind="stable")[: self.config.elite] for scores in ranks.cells]
        attributes: dict[str, Any] = {
            **paid.attributes,
            ARCHITECTURE: derived[best].native,
            HASH: derived[best].hash,
            "derived": [[value, a.native, a.hash] for value, a in zip(values, derived, strict=True)],
            "means": (means + self.config.rate * gradient).tolist(),
            "elite": [row[best_of].tolist() for row, best_of in zip(drawn, order, strict=True)],
            "candidates": names,
            "log_ranks": [row.tolist() for row in ranks.cells],
            "hyper_gmacs": gmacs,
        }
        queries = self.config.candidates * self.config.repeats + paid.queries
        total = Evaluation((values[best],), gmacs + (paid.gmacs or 0.0), paid.seconds, queries, attributes)
        finish(study, trial, total)

    def join(self, cells: Sequence[str]) -> Architecture:
        """The architecture with these native cells, one a row."""
        native = ("|" if isinstance(self.objective.space, RowsSpace) else "").join(cells)
        return Architecture(native, self.objective.space.from_native(native).canonical_hash())

    def _ranks(self, cells: list[list[ArchGraph]], seed: int, step: int) -> tuple[FadeRanks, float]:
        """Ranks averaged over the repeats, and what they cost."""
        names = ([step] if i == 0 else [step, i] for i in range(self.config.repeats))
        found = [self.ranker(cells, derive_seed(seed, "hyper", *name)) for name in names]
        softmax = [[np.exp(row) for row in ranks.cells] for ranks, _ in found]
        return FadeRanks(softmax), sum(gmacs for _, gmacs in found)

    def _evaluate(
        self, study: optuna.Study, derived: Sequence[Architecture], seed: int, step: int
    ) -> tuple[list[float], Evaluation]:
        """The value of each architecture, and the sum of what was paid for those that are new, each once."""
        known = {key: value for trial in completed(study) for value, _, key in trial.user_attrs["derived"]}
        first = {architecture.hash: i for i, architecture in reversed(list(enumerate(derived)))}
        places = sorted(i for key, i in first.items() if key not in known)
        seeds = [derive_seed(seed, "train", step, i) for i in places]
        found = self.objective([derived[i] for i in places], seeds) if places else []
        known |= {derived[i].hash: evaluation.values[0] for i, evaluation in zip(places, found, strict=True)}
        values = [known[architecture.hash] for architecture in derived]
        best = max(found, key=lambda e: -e.values[0] * signs(study)[0], default=None)
        seconds = sum(e.seconds or 0.0 for e in found)
        gmacs = sum(e.gmacs or 0.0 for e in found)
        return values, Evaluation((), gmacs, seconds, len(found), best.attributes if best is not None else {})

    def _means(self, study: optuna.Study) -> Points:
        """The means that the last step left, [d, latent]; the origin, where a typical graph lies, before the first."""
        done = completed(study)
        if not done:
            return np.zeros((self.config.rows, self.generator.latent))
        return np.array(done[-1].user_attrs["means"])

    def _elite(self, study: optuna.Study) -> list[list[int]]:
        """The members of the highest ranks in the last step, of each row."""
        done = completed(study)
        return done[-1].user_attrs["elite"] if done else [[] for _ in range(self.config.rows)]


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
