"""FaDE's outer search: steps that rank cells by one training, and derive architectures (Neumeyer et al. 2024).

A step draws k different cells a row and trains one hyper-architecture of these d * k cells; what their ranks change is
said by the strategy (`search.fade.strategies`). Architectures are then derived, in the strategy's order, and the first
few that no earlier step evaluated are evaluated by themselves, at once or, where the strategy asks for it, one a trial,
so that the next can follow from its value. Trainings of the very same cells, where steps come back
to them, are repeats: the average of their ranks counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from archgraph._compat import choose
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.storages.liveness import Shift
from encoders.embedding.buckets import BucketGenerator
from search.fade.cell_pool import CellPool, Rows
from search.fade.config import FadeConfig
from search.fade.fitting import FittingCells
from search.fade.past import Past
from search.fade.queued import FadeQueue, queue_again, was_queued
from search.fade.ranked import EARLIER, Ranked, pooled, written
from search.fade.steps import Steps
from search.fade.strategies import STRATEGIES
from search.fade.strategies.base import CellPath, State
from search.objectives.attempts import evaluated, reason_of
from search.objectives.base import Architecture, Objective
from search.objectives.costs import LATENCIES
from search.objectives.evaluation import Evaluation
from search.parameters import described, distributions
from search.pictures import Pictures
from search.studies.study import ARCHITECTURE, HASH, Finished, finish, is_kept, signs
from supernet.hyper.ranks import FadeRanks

_PAUSE = 1.0  # seconds between two looks at trials whose workers may be gone
_DERIVED = 4096  # paths of a step that are looked at, from the highest rank down
Ranker = Callable[[list[list[ArchGraph]], int], tuple[FadeRanks, float]]
"""(cells of each row, seed) -> ranks, and the 10^9 multiply-adds paid for them."""


class FaDESearch:
    """The outer search as an Optuna study: a trial is one step or a few, its value that of the best it derives.

    By a strategy that is `one_by_one` a trial is one evaluation, and every `derived`-th of them a step, too.

    A trial pays for the trainings of hyper-architectures, each of which counts as k queries since it costs k times an
    architecture's, and for the derived architectures that no earlier trial evaluated; those that one has are derived
    again for nothing, and the trial goes further down.

    Args:
        generator: turns points into cells; its members' ids are their native forms.
        ranker: trains a hyper-architecture of given cells and reads off its ranks.
        objective: evaluates the derived architectures by themselves.
        config: settings.
        stand_for: gives for candidates, one a row, the cells of the objective's space; None where they are those.
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
        stand_for: Callable[[Sequence[ArchGraph]], Sequence[ArchGraph]] | None = None,
        fitting: FittingCells | None = None,
    ) -> None:
        if not config.elite < config.candidates <= len(generator.members):
            raise InputError(
                f"a row takes 1 to {len(generator.members)} different candidates, more than the elite, but got "
                f"{config.candidates} and elite {config.elite}"
            )
        self.generator, self.ranker, self.objective, self.config = generator, ranker, objective, config
        self.fitting = fitting
        if fitting is not None:
            fitting.check(config.candidates)
        members = objective.members
        self._members = None if members is None else frozenset(members.hashes())
        self.cells = CellPool(generator, objective.space, stand_for, fitting)
        self.strategy = STRATEGIES[config.strategy](self.cells, config)

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
        number = sum(not was_queued(before) for before in steps.trials)
        state, past = self._begun(steps.last), steps.past(signs(shift.study)[0])
        passed: list[Ranked] = []
        try:
            for step in self._steps(number, steps.last):
                ranked = self._ranked(self._draw(state, past, step, seed), step, seed)
                state, past = self.strategy.learn(state, ranked), past.then(ranked)
                passed.append(ranked)
        except Exception as error:
            lost = sum(ranked.gmacs for ranked in passed)
            finish(shift, trial, Evaluation((), lost, queries=0, reason=reason_of(error)))
            return
        hyper_gmacs = sum(ranked.gmacs for ranked in passed)
        measured = len(self._latencies)
        ranked = passed[-1] if passed else self._recalled(steps.last)
        repeated = pooled(ranked, steps.alike(ranked.names))
        order = self.strategy.order(repeated, past, derive_seed(seed, "derive", number))
        derived, rejected = self._derive(order, steps.values, steps.failed)
        attributes: dict[str, Any] = {**state, "hyper_gmacs": hyper_gmacs, **(written(ranked) if passed else {})}
        if len(passed) > 1:
            attributes[EARLIER] = [written(one) for one in passed[:-1]]
        values, paid = self._evaluate(derived, steps.values, number, seed)
        queries = self.config.candidates * self.config.repeats * len(passed) + paid.queries
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

    def _draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        """The candidates of a step, [d, k], of which some path fits."""
        drawn = self.strategy.draw(state, past, number, seed)
        return drawn if self.fitting is None else self.fitting.together(drawn, self.strategy.kept)

    def _steps(self, number: int, last: FrozenTrial | None) -> range:
        """Numbers of the steps of a trial; none where it derives alone, after an earlier one has ranked."""
        if last is not None and self.strategy.one_by_one and number % self.config.deriving:
            return range(0)
        return range(number * self.config.every, (number + 1) * self.config.every)

    def _recalled(self, last: FrozenTrial | None) -> Ranked:
        """What the last step ranked."""
        assert last is not None, "the first trial ranks"
        names, logs = last.user_attrs["candidates"], last.user_attrs["log_ranks"]
        cells = np.array([[self.cells.named(name) for name in row] for row in names])
        return Ranked(cells, names, FadeRanks([[np.exp(row) for row in logs]]), 0.0)

    def _ranked(self, drawn: Rows, number: int, seed: int) -> Ranked:
        """Candidates [d, k], ranked by the step's trainings."""
        cells = [[self.cells.graph(int(i)) for i in row] for row in drawn]
        repeats = [(number,), *((number, i) for i in range(1, self.config.repeats))]
        trained = [self.ranker(cells, derive_seed(seed, "hyper", *repeat)) for repeat in repeats]
        ranks = FadeRanks([[np.exp(row) for row in found.cells] for found, _ in trained])
        names = [[self.cells.name(int(i)) for i in row] for row in drawn]
        return Ranked(drawn, names, ranks, sum(gmacs for _, gmacs in trained))

    def _derive(
        self, order: Iterator[CellPath], known: Mapping[str, float], failed: Collection[str]
    ) -> tuple[list[Architecture], int]:
        """Architectures in an order to the last that is to be evaluated, and how many did not fit."""
        found: dict[str, Architecture] = {}
        rejected = new = 0
        for path in islice(order, _DERIVED):
            architecture = self.cells.architecture(path)
            if architecture.hash in failed or architecture.hash in found:
                continue
            if architecture.hash not in known and not self._fits(architecture):
                rejected += 1
                continue
            found[architecture.hash] = architecture
            new += architecture.hash not in known
            if new == (1 if self.strategy.one_by_one else self.config.deriving):
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

    def _begun(self, last: FrozenTrial | None) -> State:
        """Where the last step ended."""
        return self.strategy.begin() if last is None else {name: last.user_attrs[name] for name in self.strategy.keeps}
