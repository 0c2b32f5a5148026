r"""FaDE's outer search: memory-less, batch-wise pseudo-gradient steps in the embedding space (Neumeyer et al. 2024).

The step rule is a reconstruction. Each row has a Gaussian N(m_i, s^2 I) in the whitened embedding space. A step draws k
different cells a row, by way of points and buckets, trains one hyper-architecture of these d * k cells, and moves each
mean along the natural gradient of the expected utility of its row's cells,

.. math:: m_i \leftarrow m_i + \eta \sum_j u_{ij}\, (x_{ij} - m_i),

where x are the cells' own points and u the centred utilities of their FaDE-ranks within their row (Wierstra et al.
2014): only the order within this batch counts, so nothing older is kept. Architectures are then derived from the
highest rank down, and the first few that no earlier step evaluated are evaluated by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import Trial, TrialState

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.spaces import RowsSpace
from encoders.buckets import BucketGenerator, Rows
from search.objective import Architecture, Objective
from search.study import ARCHITECTURE, HASH, WORKER, Evaluation, completed, finish, ordinal, signs, worker_name
from supernet.ranks import FadeRanks

Points = NDArray[np.float64]
_THROWS = 32  # of a point until it gives a new cell
Ranker = Callable[[list[list[ArchGraph]], int], tuple[FadeRanks, float]]
"""(cells of each row, seed) -> ranks, and the 10^9 multiply-adds paid for them."""


@dataclass(frozen=True)
class FadeConfig:
    """Settings of the outer search.

    Args:
        rows: d, rows of an architecture.
        candidates: k, cells a row in each hyper-architecture, all different.
        sigma: deviation of each row's Gaussian at the first step.
        annealing: factor of sigma from step to step.
        rate: step size of the means, in units of the natural gradient.
        derived: new architectures that each step evaluates by themselves, from the highest rank down.
        repeats: trainings of the hyper-architecture whose ranks are averaged.
        shared: the rows share one distribution, which moves by the mean of their gradients.
        elite: of each row, so many cells of the highest ranks stand among the next step's candidates.
    """

    rows: int = 3
    candidates: int = 4
    sigma: float = 1.0
    annealing: float = 0.9
    rate: float = 2.0
    derived: int = 4
    repeats: int = 1
    shared: bool = True
    elite: int = 0


class FaDESearch:
    """The outer search as an Optuna study: one trial is one step, its value that of the best architecture it derives.

    A trial pays for the trainings of its hyper-architecture, each of which counts as k queries since it costs k times
    an architecture's, and for the derived architectures that no earlier step evaluated; those that one has are derived
    again for nothing, and the step goes further down.

    Args:
        generator: turns points into cells; its members' ids are their native forms.
        ranker: trains a hyper-architecture of given cells and reads off its ranks.
        objective: evaluates the derived architectures by themselves.
        config: settings.

    Raises:
        InputError: there are fewer cells than candidates in a row.
    """

    def __init__(self, generator: BucketGenerator, ranker: Ranker, objective: Objective, config: FadeConfig) -> None:
        if not config.elite < config.candidates <= len(generator.members):
            raise InputError(
                f"a row takes 1 to {len(generator.members)} different candidates, more than the elite, but got "
                f"{config.candidates} and elite {config.elite}"
            )
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
        drawn = self._draw(means, study, seed, step)
        points = self.generator.points[drawn]
        ranks, gmacs = self._ranks([[self.generator.members[int(i)] for i in row] for row in drawn], seed, step)
        names = [[str(self.generator.members.ids[i]) for i in row] for row in drawn]
        derived, known = self._derive(study, names, ranks)
        values, paid = self._evaluate(derived, known, seed, step)
        losses = [value * signs(study)[0] for value in values]
        best = int(np.argmin(losses))
        utilities = np.stack([rank_utilities(scores) for scores in ranks.cells])
        gradient = np.einsum("dk,dkl->dl", utilities, points - means[:, None])
        if self.config.shared:
            gradient = np.broadcast_to(gradient.mean(axis=0), gradient.shape)
        order = [np.argsort(-scores, kind="stable")[: self.config.elite] for scores in ranks.cells]
        attributes: dict[str, Any] = {
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

    def _draw(self, means: Points, study: optuna.Study, seed: int, step: int) -> Rows:
        """Members that stand in each row, all different within it, the elite first; [d, k]."""
        config = self.config
        noise = mirrored_noise((config.rows, config.candidates, means.shape[1]), derive_seed(seed, "noise", step))
        sigma = config.sigma * config.annealing**step
        rng = np.random.default_rng(derive_seed(seed, "draw", step))
        rows = zip(means, noise, self._elite(study), strict=True)
        return np.stack([different(self.generator, mean, sigma * eps, elite, rng) for mean, eps, elite in rows])

    def _ranks(self, cells: list[list[ArchGraph]], seed: int, step: int) -> tuple[FadeRanks, float]:
        """Ranks averaged over the repeats, and what they cost."""
        names = ([step] if i == 0 else [step, i] for i in range(self.config.repeats))
        found = [self.ranker(cells, derive_seed(seed, "hyper", *name)) for name in names]
        softmax = [[np.exp(row) for row in ranks.cells] for ranks, _ in found]
        return FadeRanks(softmax), sum(gmacs for _, gmacs in found)

    def _derive(
        self, study: optuna.Study, names: list[list[str]], ranks: FadeRanks
    ) -> tuple[list[Architecture], dict[str, float]]:
        """Architectures from the highest rank down to the last that is to be evaluated; values of known ones."""
        known = {key: value for trial in completed(study) for value, _, key in trial.user_attrs["derived"]}
        found: dict[str, Architecture] = {}
        for path in ranks.descending():
            architecture = self.join([row[j] for row, j in zip(names, path, strict=True)])
            found.setdefault(architecture.hash, architecture)
            if len(found.keys() - known.keys()) == self.config.derived:
                break
        return list(found.values()), known

    def _evaluate(
        self, derived: Sequence[Architecture], known: Mapping[str, float], seed: int, step: int
    ) -> tuple[list[float], Evaluation]:
        """The value of each architecture, and the sum of what was paid for those that are not known."""
        new = [architecture for architecture in derived if architecture.hash not in known]
        found = self.objective(new, [derive_seed(seed, "train", step, i) for i in range(len(new))]) if new else []
        values = {**known, **{a.hash: evaluation.values[0] for a, evaluation in zip(new, found, strict=True)}}
        seconds = sum(e.seconds or 0.0 for e in found)
        gmacs = sum(e.gmacs or 0.0 for e in found)
        return [values[a.hash] for a in derived], Evaluation((), gmacs, seconds, len(found))

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


def different(
    generator: BucketGenerator, mean: Points, noise: Points, kept: Sequence[int], rng: np.random.Generator
) -> Rows:
    """As many different members as there are rows of noise [k, latent], those that are kept first, [k].

    Each is drawn from the bucket of mean + noise. Where that gives none that is new, points are thrown further out,
    each by a quarter, and at last any member is taken, so that narrow distributions, too, compare cells.
    """
    widths = np.sqrt(np.square(noise).mean()) * 1.25 ** np.arange(1, _THROWS + 1)

    def tries(eps: Points) -> Iterator[int]:
        yield from generator.draw(mean + eps[None], rng)
        yield from generator.draw(mean + widths[:, None] * rng.standard_normal((_THROWS, len(mean))), rng)
        yield from rng.permutation(len(generator.members))

    found = list(kept)
    for eps in noise[len(kept) :]:
        found.append(next(int(i) for i in tries(eps) if i not in found))
    return np.array(found)


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
