"""FaDE and Delta-NAS as one method: a predictor of differences that is told of ranks as well as of values.

Delta-NAS learns from differences of architectures; a training of a hyper-architecture gives d k of them at linear cost.
The predictor (`relative_process`) says which architecture is evaluated next, and is told of its value before the one
after: promising ones are edits of the best, as in Delta-NAS, and paths of hyper-architectures. Their cells are what the
next hyper-architecture holds. Reconstruction: neither paper has this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from scipy.linalg import block_diag

from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from search.architectures import Architectures
from search.architectures import Rows as Numbers
from search.fade.cell_pool import CellPool, Rows
from search.fade.config import FadeConfig
from search.fade.past import Past, RankedStep
from search.fade.ranked import Ranked
from search.fade.strategies.base import CellPath, Floats, State, Strategy
from search.fade.strategies.relative_process import RelativeLabels, RelativeProcess, effects, some_paths
from search.methods.bounded import spread
from search.methods.targets import expected_improvement, log_regret

_BLOCKS = ("physics", "statistics")
_VALUES = 100  # that the predictor is told of
_PATHS = 24  # of a step that say what its cells do
_PARENTS = 16  # of the least predicted loss, whose edits may be evaluated or ranked
_EXPANDED = 1  # of these edits, whose own may be, too


class RankedDelta(Strategy):
    """What is expected to gain most on the best so far is evaluated next, and its cells are ranked next.

    Known architectures of the least predicted loss, paths of hyper-architectures among them, are parents; one-edit
    neighbours make their children. Not memory-less: ranks of earlier steps are labels relative to their own batch.

    Attributes:
        met: the architectures that it has met, which searches may share.
    """

    memory_less = False
    one_by_one = True

    def __init__(self, cells: CellPool, config: FadeConfig) -> None:
        super().__init__(cells, config)
        self.met = Architectures(cells.space)

    def begin(self) -> State:
        return {}

    def draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        rng = np.random.default_rng(derive_seed(seed, "delta", number))
        if not past.steps:
            return np.stack([self._sampled(row, rng) for row in range(self.config.rows)])
        best, promising = self._scored(past)
        rows: list[list[int]] = [[] for _ in range(self.config.rows)]
        for path in map(self._path, [best, *promising.tolist()]):
            for number_of_row, (row, cell) in enumerate(zip(rows, path, strict=True)):
                if cell not in row and len(row) < self.config.candidates and self.cells.fits(cell, number_of_row):
                    row.append(cell)
            if all(len(row) == self.config.candidates for row in rows):
                break
        return np.stack([self.filled(found, row, rng) for row, found in enumerate(rows)])

    def learn(self, state: State, ranked: Ranked) -> State:
        return {}

    def order(self, ranked: Ranked, past: Past, seed: int) -> Iterator[CellPath]:
        """The largest expected gain first, then the paths of the step by rank."""
        _, promising = self._scored(past)
        yield from map(self._path, promising.tolist())
        yield from super().order(ranked, past, seed)

    def _sampled(self, row: int, rng: np.random.Generator) -> list[int]:
        """Different cells of the encoder's prior."""
        drawn = (self.cells.sample(row, rng) for _ in range(16 * self.config.candidates))
        return self.filled(list(islice(dict.fromkeys(drawn), self.config.candidates)), row, rng)

    def _path(self, number: int) -> CellPath:
        return self.cells.path(self.met.native(number))

    def _scored(self, past: Past) -> tuple[int, Numbers]:
        """The known architecture of the least predicted loss, and all that may be evaluated, the largest gain first."""
        valued, targets = self._valued(past)
        process, known = self._told(past, valued, targets)
        mean, _ = process.predict(self._features(known))
        parents = known[np.argsort(mean, kind="stable")]
        near = map(self.met.neighbors, parents[:_PARENTS].tolist())
        children = np.setdiff1d(np.concatenate([known, *near]), valued)
        gains = self._gains(process, children, targets)
        further = map(self.met.neighbors, children[np.argsort(-gains, kind="stable")][:_EXPANDED].tolist())
        grandchildren = np.setdiff1d(np.concatenate([parents[:0], *further]), np.append(children, valued))
        children = np.append(children, grandchildren)
        gains = np.append(gains, self._gains(process, grandchildren, targets))
        return int(parents[0]), children[np.argsort(-gains, kind="stable")]

    def _gains(self, process: RelativeProcess, some: Numbers, targets: Floats) -> Floats:
        """What the records of architectures are expected to gain on the best one, [n]; where there is none, minus the
        mean, which is known but for a constant."""
        if not len(some):
            return np.empty(0)
        mean, std = process.predict(self._features(some))
        return expected_improvement(mean, np.hypot(std, process.noise), targets.min()) if len(targets) else -mean

    def _valued(self, past: Past) -> tuple[Numbers, Floats]:
        """What was evaluated by itself, by number, and the logarithm of its regret."""
        natives = sorted(past.losses)
        losses = np.array([past.losses[native] for native in natives])
        some = spread(losses, _VALUES)
        numbers = self._numbers([self.cells.path(natives[i]) for i in some])
        return numbers, log_regret(losses)[some] if len(some) else losses

    def _told(self, past: Past, valued: Numbers, targets: Floats) -> tuple[RelativeProcess, Numbers]:
        """The predictor that knows all that the study has found, and the architectures that it knows of by number."""
        paths, weights, relative = self._ranked(past.steps)
        known, places = np.unique(np.append(valued, self._numbers(paths)), return_inverse=True)
        parts = np.zeros((len(relative), len(known)))
        np.add.at(parts.T, places[len(valued) :], weights.T)
        labels = RelativeLabels(places[: len(valued)], targets, parts, relative)
        return RelativeProcess(self._features(known), self.met.counts(*_BLOCKS), labels), known

    def _ranked(self, steps: Sequence[RankedStep]) -> tuple[list[CellPath], Floats, Floats]:
        """Paths of steps, what each weighs in each relative label, and the relative labels."""
        paths: list[CellPath] = []
        weights, relative = [], []
        for step in steps:
            rows = [[self.cells.named(name) for name in names] for names in step.names]
            shape = [len(row) for row in rows]
            chosen = some_paths(shape, _PATHS)
            paths += [tuple(row[j] for row, j in zip(rows, path, strict=True)) for path in chosen.tolist()]
            weights.append(effects(shape, chosen))
            relative += [np.mean(logs) - np.asarray(logs) for logs in step.logs]
        if not steps:
            return paths, np.empty((0, 0)), np.empty(0)
        return paths, block_diag(*weights), np.concatenate(relative)

    def _numbers(self, paths: Sequence[CellPath]) -> Numbers:
        graphs: list[ArchGraph] = [self.cells.graph_of(path) for path in paths]
        return self.met.add(graphs) if graphs else np.empty(0, dtype=np.intp)

    def _features(self, some: Numbers) -> Floats:
        found: Floats = self.met.features(some, *_BLOCKS)
        return found
