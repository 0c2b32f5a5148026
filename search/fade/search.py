r"""FaDE's outer search: memory-less, batch-wise pseudo-gradient steps in the embedding space (Neumeyer et al. 2024).

The step rule is a reconstruction. Each row has a Gaussian N(m_i, s^2 I) in the whitened embedding space. A step draws k
different cells a row, by way of points and buckets, trains one hyper-architecture of these d * k cells, and shifts each
mean along the natural gradient of the expected utility of its row's cells,

.. math:: m_i \leftarrow m_i + \eta \sum_j u_{ij}\, (x_{ij} - m_i),

where x are the cells' own points and u the centred utilities of their FaDE-ranks within their row (Wierstra et al.
2014): only the order within this batch counts, so nothing older is kept. Architectures are then derived from the
highest rank down, and the first few that no earlier step evaluated are evaluated by themselves. Trainings of the very
same cells, where steps come back to them, are repeats: architectures are derived by the average of their ranks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from archgraph._compat import choose
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.storages.liveness import Shift
from encoders.embedding.buckets import BucketGenerator, Rows
from search.fade.config import FadeConfig
from search.fade.drawing import different, mirrored_noise, rank_utilities
from search.fade.fitting import FittingCells
from search.fade.queued import FadeQueue, queue_again, was_queued
from search.fade.steps import Steps
from search.objectives.attempts import evaluated, reason_of
from search.objectives.base import Architecture, Objective
from search.objectives.costs import LATENCIES
from search.objectives.evaluation import Evaluation
from search.parameters import described, distributions
from search.pictures import Pictures
from search.studies.study import ARCHITECTURE, HASH, Finished, finish, is_kept, signs
from supernet.hyper.ranks import FadeRanks

Points = NDArray[np.float64]
_PAUSE = 1.0  # seconds between two looks at trials whose workers may be gone
_DERIVED = 4096  # paths of a step that are looked at, from the highest rank down
Ranker = Callable[[list[list[ArchGraph]], int], tuple[FadeRanks, float]]
"""(cells of each row, seed) -> ranks, and the 10^9 multiply-adds paid for them."""


@dataclass(frozen=True)
class _Distribution:
    """What a step leaves to the next one: means [d, latent], and the cells that are its elite [d, e]."""

    means: Points
    elite: Rows


@dataclass(frozen=True)
class _Ranked:
    """What a step ranked: the cells of each row by number [d, k] and by name, their ranks, and the 10^9 multiply-adds
    paid for them."""

    cells: Rows
    names: list[list[str]]
    ranks: FadeRanks
    gmacs: float


class FaDESearch:
    """The outer search as an Optuna study: a trial is one step or a few, its value that of the best it derives.

    A trial pays for the trainings of hyper-architectures, each of which counts as k queries since it costs k times an
    architecture's, and for the derived architectures that no earlier trial evaluated; those that one has are derived
    again for nothing, and the trial goes further down.

    Args:
        generator: turns points into cells; its members' ids are their native forms.
        ranker: trains a hyper-architecture of given cells and reads off its ranks.
        objective: evaluates the derived architectures by themselves.
        config: settings.
        stand_for: gives for candidates, one a row, the cells of the objective's space; default the candidates
            themselves.
        fitting: which cells can be drawn, where not all architectures can be evaluated; an architecture that cannot is
            passed over when architectures are derived, and counted in the trial's attribute `rejected`.

    Raises:
        InputError: there are fewer cells than candidates in a row.

    Example:
        >>> from archgraph import spaces
        >>> from search import FaDESearch, TableObjective, fade_search
        >>> space = spaces.get("macro")
        >>> members = space.enumerate()
        >>> table = members.with_metrics(twos=[float(native.count("2")) for native in members.ids])
        >>> search = fade_search(TableObjective(table, space, ["twos"]), settings={"candidates": 2})
        >>> isinstance(search, FaDESearch), search.config.candidates
        (True, 2)
    """

    def __init__(
        self,
        generator: BucketGenerator,
        ranker: Ranker,
        objective: Objective,
        config: FadeConfig,
        stand_for: Callable[[Sequence[ArchGraph]], Sequence[ArchGraph]] = tuple,
        fitting: FittingCells | None = None,
    ) -> None:
        if not config.elite < config.candidates <= len(generator.members):
            raise InputError(
                f"a row takes 1 to {len(generator.members)} different candidates, more than the elite, but got "
                f"{config.candidates} and elite {config.elite}"
            )
        self.generator, self.ranker, self.objective, self.config = generator, ranker, objective, config
        self.stand_for, self.fitting = stand_for, fitting
        if fitting is not None:
            fitting.check(config.candidates)
        members = objective.members
        self._members = None if members is None else frozenset(members.hashes())
        self._joined: dict[tuple[int, ...], Architecture] = {}

    def run(self, study: optuna.Study, seed: int, finished: Finished, pictures: Pictures | None = None) -> None:
        """Do trials until `finished`; an interrupted one is done again.

        Workers may share the study, which is read once a trial: a step starts from where the last finished one ended,
        and what two of them evaluate at the same time both pay for.

        Args:
            study: holds all that is known, and gets the trials.
            seed: of every random choice.
            finished: asked before each trial, of all trials so far.
            pictures: draws each new best.
        """
        steps = Steps(study)
        with Shift(study) as shift:
            queue = FadeQueue(shift, self.objective, seed)
            while True:
                new = steps.read()
                given_up = shift.abandoned(new)
                steps.give_up(given_up)  # not counted, and so done again
                queue_again(shift, given_up)
                for trial in filter(is_kept, new):
                    self.objective.recall(trial.user_attrs.get(HASH, ""), trial.user_attrs)
                if not finished(steps.trials):
                    if (queued := queue.next(new)) is not None:
                        self._do_queued(shift, *queued, steps, seed, pictures)
                    else:
                        self._do(shift, shift.begin(create_trial(state=TrialState.RUNNING)), steps, seed, pictures)
                elif shift.is_doubtful(new):
                    time.sleep(_PAUSE)
                else:
                    return

    def _do(self, shift: Shift, trial: Trial, steps: Steps, seed: int, pictures: Pictures | None) -> None:
        number, every = sum(not was_queued(before) for before in steps.trials), self.config.every
        last, hyper_gmacs = self._begun(steps.last), 0.0
        try:
            for step in range(number * every, (number + 1) * every):
                last, ranked = self._step(last, step, seed)
                hyper_gmacs += ranked.gmacs
        except Exception as error:
            finish(shift, trial, Evaluation((), hyper_gmacs, queries=0, reason=reason_of(error)))
            return
        measured = len(self._latencies)
        derived, rejected = self._derive(pooled(ranked, steps.alike(ranked.names)), steps.values, steps.failed)
        attributes: dict[str, Any] = {
            "means": last.means.tolist(),
            "elite": last.elite.tolist(),
            "candidates": ranked.names,
            "log_ranks": [row.tolist() for row in ranked.ranks.cells],
            "hyper_gmacs": hyper_gmacs,
        }
        values, paid = self._evaluate(derived, steps.values, number, seed)
        queries = self.config.candidates * self.config.repeats * every + paid.queries
        attributes |= {**paid.attributes, **({"rejected": rejected} if rejected else {})}
        if new := dict(list(self._latencies.items())[measured:]):
            attributes[LATENCIES] = new
        found = [(values[a.hash], a) for a in derived if a.hash in values]
        attributes["derived"] = [[value, a.native, a.hash] for value, a in found]
        gmacs = hyper_gmacs + (paid.gmacs or 0.0)
        if not found:
            reason = paid.reason or "none of the architectures that are ranked first fits the limits"
            finish(shift, trial, Evaluation((), gmacs, paid.seconds, queries, attributes, reason))
            return
        losses = np.array([value * signs(shift.study)[0] for value, _ in found])
        best = int(np.argmin(losses))
        attributes |= self._told(trial, found[best][1])
        self._draw_best(shift, trial, *found[best], steps, pictures)
        finish(shift, trial, Evaluation((found[best][0],), gmacs, paid.seconds, queries, attributes))

    def _do_queued(
        self,
        shift: Shift,
        trial: Trial,
        architecture: Architecture,
        steps: Steps,
        seed: int,
        pictures: Pictures | None,
    ) -> None:
        """Evaluate what was queued by itself; what a step has derived before costs nothing again."""
        if architecture.hash in steps.values:
            evaluation = Evaluation((steps.values[architecture.hash],), queries=0)
        elif architecture.hash in steps.failed:
            evaluation = Evaluation((), queries=0, reason=steps.failed[architecture.hash])
        else:
            [evaluation] = evaluated(self.objective, [architecture], [derive_seed(seed, "queued", trial.number)])
        if evaluation.reason is None:
            self._draw_best(shift, trial, evaluation.values[0], architecture, steps, pictures)
        finish(shift, trial, evaluation)

    def _draw_best(
        self,
        shift: Shift,
        trial: Trial,
        value: float,
        best: Architecture,
        steps: Steps,
        pictures: Pictures | None,
    ) -> None:
        """Draw an architecture that has come to a value, if nothing before has come to a better one."""
        if pictures is not None:
            sign = signs(shift.study)[0]
            before = np.array([] if steps.least is None else [[steps.least]]).reshape(-1, 1)
            graph = best.graph or self.objective.space.from_native(best.native)
            pictures.keep(trial, graph, np.array([sign * value]), before)

    def _told(self, trial: Trial, best: Architecture) -> dict[str, Any]:
        """Write what an architecture has chosen into a trial as its parameters; what else is said of it."""
        space, graph = self.objective.space, best.graph or self.objective.space.from_native(best.native)
        if space.choices:
            choose(trial, space.to_choices(graph), distributions(space))
        return {ARCHITECTURE: best.native, HASH: best.hash, **described(space, graph, self.objective.costs_of(best))}

    def _step(self, last: _Distribution, number: int, seed: int) -> tuple[_Distribution, _Ranked]:
        """One pseudo-gradient step from where the last one ended."""
        config, members = self.config, self.generator.members
        drawn = self._draw(last, number, seed)
        cells = [[members[int(i)] for i in row] for row in drawn]
        repeats = [(number,), *((number, i) for i in range(1, config.repeats))]
        trained = [self.ranker(cells, derive_seed(seed, "hyper", *repeat)) for repeat in repeats]
        ranks = FadeRanks([[np.exp(row) for row in found.cells] for found, _ in trained])
        utilities = np.stack([rank_utilities(scores) for scores in ranks.cells])
        gradient = np.einsum("dk,dkl->dl", utilities, self.generator.points[drawn] - last.means[:, None])
        if config.shared:
            gradient = np.broadcast_to(gradient.mean(axis=0), gradient.shape)
        best = np.stack([np.argsort(-scores, kind="stable")[: config.elite] for scores in ranks.cells])
        names = [[str(members.ids[i]) for i in row] for row in drawn]
        shifted = _Distribution(last.means + config.rate * gradient, np.take_along_axis(drawn, best, axis=1))
        return shifted, _Ranked(drawn, names, ranks, sum(gmacs for _, gmacs in trained))

    def architecture(self, candidates: Sequence[int]) -> Architecture:
        """The architecture of a candidate a row, each by its number among the generator's members."""
        key, space = tuple(map(int, candidates)), self.objective.space
        if key not in self._joined:
            cells = tuple(self.stand_for([self.generator.members[i] for i in key]))
            graph = space.join(cells)
            self._joined[key] = Architecture(space.to_native(graph), graph.canonical_hash(), graph)
        return self._joined[key]

    def _draw(self, last: _Distribution, number: int, seed: int) -> Rows:
        """Cells that are candidates of each row, all different within it, the elite first; [d, k]."""
        config = self.config
        shape = config.rows, config.candidates, self.generator.latent
        noise = config.sigma * config.annealing**number * mirrored_noise(shape, derive_seed(seed, "noise", number))
        rng = np.random.default_rng(derive_seed(seed, "draw", number))
        rows = zip(last.means, noise, last.elite, strict=True)
        if self.fitting is None:
            return np.stack([different(self.generator, mean, eps, kept.tolist(), rng) for mean, eps, kept in rows])
        drawn = [
            different(self.generator, mean, eps, kept.tolist(), rng, allowed)
            for (mean, eps, kept), allowed in zip(rows, self.fitting.allowed, strict=True)
        ]
        return self.fitting.together(np.stack(drawn), last.elite.shape[1])

    def _derive(
        self, ranked: _Ranked, known: Mapping[str, float], failed: Collection[str]
    ) -> tuple[list[Architecture], int]:
        """Architectures from the highest rank down to the last that is to be evaluated, and how many did not fit."""
        found: dict[str, Architecture] = {}
        rejected = new = 0
        for path in islice(ranked.ranks.descending(), _DERIVED):
            architecture = self.architecture([row[j] for row, j in zip(ranked.cells, path, strict=True)])
            if architecture.hash in failed or architecture.hash in found:
                continue
            if architecture.hash not in known and not self._fits(architecture):
                rejected += 1
                continue
            found[architecture.hash] = architecture
            new += architecture.hash not in known
            if new == self.config.derived:
                break
        return list(found.values()), rejected

    def _fits(self, architecture: Architecture) -> bool:
        """Whether an architecture is within the limits; of a table, whether it is one of those left in it."""
        limits, graph = self.objective.limits, architecture.graph
        if self._members is not None and self.fitting is not None:
            return architecture.hash in self._members
        if limits is None or graph is None:
            return True
        return limits.fits(graph) and limits.is_fast(architecture.hash, lambda: graph)

    @property
    def _latencies(self) -> Mapping[str, tuple[float, float]]:
        """What was measured where the latency is limited."""
        limits = self.objective.limits
        return {} if limits is None or not limits.measured else limits.costs.latencies

    def _evaluate(
        self, derived: Sequence[Architecture], known: Mapping[str, float], number: int, seed: int
    ) -> tuple[Mapping[str, float], Evaluation]:
        """The value of each architecture that has one by its hash, and the sum of what was paid for the new ones."""
        new = [architecture for architecture in derived if architecture.hash not in known]
        seeds = [derive_seed(seed, "train", number, i) for i in range(len(new))]
        found = evaluated(self.objective, new, seeds) if new else []
        failed = {a.hash: e.reason for a, e in zip(new, found, strict=True) if e.reason is not None}
        paid = {a.hash: e.values[0] for a, e in zip(new, found, strict=True) if e.reason is None}
        values = paid | {a.hash: known[a.hash] for a in derived if a.hash in known}
        seconds = sum(e.seconds or 0.0 for e in found)
        gmacs = sum(e.gmacs or 0.0 for e in found)
        attributes = {"failed": failed} if failed else {}
        reason = next(iter(failed.values()), None)
        return values, Evaluation((), gmacs, seconds, len(found), attributes, reason)

    def _begun(self, last: FrozenTrial | None) -> _Distribution:
        """Where the last step ended; before the first, means lie at the origin, where a typical graph lies."""
        if last is None:
            empty = np.empty((self.config.rows, 0), dtype=np.intp)
            return _Distribution(np.zeros((self.config.rows, self.generator.latent)), empty)
        means, elite = (np.array(last.user_attrs[name]) for name in ("means", "elite"))
        return _Distribution(means, elite.astype(np.intp))


def pooled(ranked: _Ranked, done: Sequence[FrozenTrial]) -> _Ranked:
    """The same cells with ranks averaged over all trainings of just these cells, earlier trials' too.

    Ranks of other cells are relative to others and cannot be used again.
    """
    repeats = [[np.exp(row) for row in ranked.ranks.cells]]
    for trial in done:
        if "candidates" not in trial.user_attrs:
            continue  # no step, as one that was known before
        rows = list(zip(trial.user_attrs["candidates"], trial.user_attrs["log_ranks"], ranked.names, strict=True))
        if all(sorted(names) == sorted(now) for names, _, now in rows):
            repeats.append([np.exp([logs[names.index(name)] for name in now]) for names, logs, now in rows])
    return replace(ranked, ranks=FadeRanks(repeats))
