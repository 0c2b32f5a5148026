"""DeltaEvolution: evolution in which predicted differences say which neighbours of good parents are evaluated.

After Sridhar and Chen, "Delta-NAS: Difference of Architecture Encoding" (2024). How parents and neighbours are chosen,
the predictor, and what is evaluated are a reconstruction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from archgraph.checks import check_whole
from archgraph.errors import InputError
from encoders.delta.checkpoint import load_delta
from encoders.delta.learners.gaussian_process import GaussianProcess, Prior
from search.architectures import Rows
from search.methods.base import Method, Proposal, walk
from search.methods.bounded import FITTED, MOST, spread
from search.methods.labels import Labels
from search.methods.learned import Learned
from search.methods.targets import expected_improvement
from search.studies.history import History

Floats = NDArray[np.float64]
Gains = Callable[[Rows], Floats]
"""Architectures [n] -> what each is expected to gain on the best so far, [n]."""
_ITERATIONS = 7  # of the fit of the process; more change nothing that counts
_STEP = 128  # after n labels the process is fitted again when n^2 / 128 more are known
_AFTER, _SHARED = 200, 4  # so many trials on a table after which so many proposals share a ranking
_TABLE = 100  # labels that the process is given at most on a table
_FEW = 4  # neighbours of a parent in a table under which it is sparse
_STRANGERS = 256  # records of such a table that are scored beside the neighbours
_PRIOR = Prior(noise=0.3)  # records of trainings near the best differ by luck as much as by architecture


class DeltaEvolution(Method):
    """Parents -> one-edit neighbours -> neighbours of the most promising: the largest expected gain is evaluated.

    The predictor is a Gaussian process of differences: what it learns from are the differences of all pairs of
    labelled architectures, and a value is a label plus the predicted difference from it, averaged over all labels by
    their certainty, which is the process's mean. It is made anew before each step, from all labels up to `most`, of
    more from the best half and some of the others; its hyper-parameters are fitted to 200 of them at most, and the
    more seldom the more labels there are. On a table, where labels cost nothing, it is given 100 at most, and from the
    200th trial on four proposals are made of one ranking. What counts is what a record may gain, the noise of its
    training included: where noise is large, the mean decides, where it is small, what is unknown. A trial that was
    stopped early is a label, too, with the noise that its estimate has. Only neighbours are scored, so the cost of a
    step does not grow with the space; where a table holds so small a part of it that most neighbours are missing, a
    fixed number of random records, too. With several objectives each step draws the weights by which they are joined
    (Knowles, "ParEGO", 2006), and the process sees what has no effect on the output, too, since latency and parameters
    count it.

    Args:
        start: random architectures first.
        parents: the best so far, whose neighbours are scored.
        expanded: neighbours whose own neighbours, two edits away from a parent, are scored too.
        blocks: of features that the process sees; in Python also further ones that the `Architectures` have.
        first: native forms of architectures that come before all others, as far as they keep the limits.
        most: labels that the process is given; so many tell it enough, and a step costs no more in a longer search.
        predictor: folder of a `DeltaPredictor` that is used instead of the process and never learns from the search
            (the offline variant).

    Raises:
        InputError: a number is too small, or there are no features; or, when it proposes, `first` is none of the space.

    Example:
        >>> from archgraph import ArchTable, spaces
        >>> from search import DeltaEvolution, TableObjective, open_study, run_study
        >>> objective = TableObjective(ArchTable.read("cells.parquet"), spaces.get("dag:1-4"), ["nodes"])
        >>> study = open_study(None, "mine", {}, objective.directions)
        >>> run_study(study, DeltaEvolution(start=3), objective, 0, lambda trials: len(trials) >= 8)
        >>> len(study.trials)
        8
    """

    def __init__(
        self,
        start: int = 3,
        parents: int = 16,
        expanded: int = 16,
        blocks: Sequence[Literal["physics", "statistics"]] = ("physics", "statistics"),
        first: Sequence[str] = (),
        most: int = MOST,
        predictor: str | Path | None = None,
    ) -> None:
        check_whole(2, start=start)
        check_whole(1, parents=parents)
        check_whole(0, expanded=expanded)
        check_whole(2, most=most)
        if isinstance(blocks, str) or not blocks:
            raise InputError(f"blocks is a list of features that the process sees, but got {blocks!r}")
        self.start, self.parents, self.expanded, self.blocks = start, parents, expanded, tuple(blocks)
        self.first, self.most = tuple(first), most
        self._ranked: tuple[tuple[object, ...], tuple[Rows, int] | None] | None = None
        self._known: tuple[tuple[object, ...], Learned] | None = None
        self._offline = None if predictor is None else load_delta(predictor)

    def propose(self, history: History, seed: int) -> Proposal:
        for row in self._named(history):
            if row not in history and history.architectures.is_fast(row):
                return Proposal(row)
        rng = np.random.default_rng(seed)
        found = self._shared(history) if self._shares(history) else self._ranking(history, rng)
        if found is None:
            return Proposal(history.architectures.draw(rng))
        ranking, best = found
        new = next((row for row in ranking.tolist() if row not in history), -1)
        return Proposal(new if new >= 0 else walk(history.architectures, history, best, rng))

    def _shares(self, history: History) -> bool:
        """Whether several proposals are made of one ranking."""
        on_table = history.architectures.members is not None and self._offline is None
        return on_table and len(history.signs) == 1 and len(history) >= _AFTER

    def _shared(self, history: History) -> tuple[Rows, int] | None:
        """The ranking by what was known when the first of the proposals that share it was made."""
        count = len(history) - len(history) % _SHARED
        known = history.architectures, history.rows[:count].tobytes(), history.losses[:count].tobytes()
        if self._ranked is None or self._ranked[0] != known:
            self._ranked = known, self._ranking(history.before(count), np.random.default_rng(count))
        return self._ranked[1]

    def _ranking(self, history: History, rng: np.random.Generator) -> tuple[Rows, int] | None:
        """What may be evaluated next, the largest gain first, and the best so far; None where too little is known."""
        labels = Labels.of(history, rng, self.start)
        if labels is None:
            return None
        rows, targets, _ = labels.targets()
        best = rows[np.argsort(targets, kind="stable")[: self.parents]]
        gains = self._refreshed(history, labels) if self._offline is None else self._fixed(history, int(best[0]))
        children = np.append(near := _children(history, best, best), _strangers(history, best, near, rng))
        gain = gains(children)
        promising = children[np.argsort(-gain, kind="stable")]
        grandchildren = _children(history, promising[: self.expanded], children)
        history.architectures.expect(promising[self.expanded :])
        children, gain = np.append(children, grandchildren), np.append(gain, gains(grandchildren))
        return children[np.argsort(-gain, kind="stable")], int(best[0])

    def _named(self, history: History) -> list[int]:
        """Those of `first` that are members and cost little enough."""
        met = history.architectures
        if not self.first:
            return []
        found: list[int] = met.add([met.space.from_native(native) for native in self.first]).tolist()
        return [row for row in found if row >= 0]

    def _refreshed(self, history: History, labels: Labels) -> Gains:
        """By a process of differences, learned from the labels."""
        n = _fitted(len(labels.rows))
        learned = self._fit(history, labels.first(n))
        rows, targets, noise = self._lesson(history, labels)
        process = learned.process if n == len(labels.rows) else learned.told(rows, targets, noise)
        best = targets.min()
        if noise is not None:  # an estimate may lie below all that was seen
            best = process.mean(self._features(history, rows)).min()

        def gains(some: Rows) -> Floats:
            mean, std = learned.predict(process, some)
            return expected_improvement(mean, np.hypot(std, process.noise), best)

        return gains

    def _fit(self, history: History, labels: Labels) -> Learned:
        """The process whose hyper-parameters these labels make most probable."""
        key = (history.architectures, labels.rows.tobytes(), labels.losses.tobytes())
        if self._known is None or self._known[0] != key:
            rows, targets, noise = self._lesson(history, labels)
            x, counts = self._features(history, rows), history.architectures.counts(*self._seen(history))
            process = GaussianProcess.fit(x, targets, _PRIOR, _ITERATIONS, FITTED, counts, noise)
            self._known = key, Learned(process, partial(self._features, history))
        return self._known[1]

    def _lesson(self, history: History, labels: Labels) -> tuple[Rows, Floats, Floats | None]:
        """What the process is given: architectures, targets, and the noise of those that are estimates, if any is."""
        rows, targets, noise = labels.targets()
        some = spread(targets, self.most if history.architectures.members is None else min(self.most, _TABLE))
        return rows[some], targets[some], noise[some] if noise.any() else None

    def _features(self, history: History, rows: Rows) -> NDArray[np.float32]:
        return history.architectures.features(rows, *self._seen(history))

    def _seen(self, history: History) -> tuple[str, ...]:
        """The blocks of features that the process sees."""
        return self.blocks if len(history.signs) == 1 else (*self.blocks, "spelling")

    def _fixed(self, history: History, best: int) -> Gains:
        """By the differences from the best that the predictor learned before the search."""
        predictor = self._offline
        assert predictor is not None
        sign, start = history.signs[0], history.architectures.table(np.array([best]))

        def gains(some: Rows) -> Floats:
            if not len(some):
                return np.empty(0)
            step = predictor.difference(start, history.architectures.table(some))
            return expected_improvement(sign * step.mean, step.std, 0.0)

        return gains


def _fitted(labels: int) -> int:
    """How many of the first labels hyper-parameters are fitted to; follows from the history, so it can be resumed."""
    fitted = 1
    while (further := fitted + max(1, fitted * fitted // _STEP)) <= labels:
        fitted = further
    return fitted


def _children(history: History, parents: Rows, known: Rows) -> Rows:
    """Neighbours of the parents, each once, that no trial has had and that are not known yet."""
    around = [history.architectures.neighbors(row) for row in parents.tolist()]
    new = history.unseen(np.concatenate(around or [np.empty(0, dtype=np.intp)]))
    left_out = np.zeros(len(history.architectures), dtype=np.bool_)
    left_out[known] = True
    return new[~left_out[new]]


def _strangers(history: History, parents: Rows, known: Rows, rng: np.random.Generator) -> Rows:
    """Random records of a table that no trial has had and that are not known, where parents have few neighbours in it.

    As NAS-Bench-101's 423,624 cells of which a table holds some: with one neighbour each, parents lead nowhere.
    """
    met = history.architectures
    few = sum(len(met.neighbors(row)) for row in parents.tolist()) < _FEW * len(parents)
    if met.members is None or not few:
        return np.empty(0, dtype=np.intp)
    return np.setdiff1d(history.unseen(rng.integers(len(met.members), size=_STRANGERS)), known)
