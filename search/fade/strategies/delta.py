"""FaDE and Delta-NAS as one method: a predictor of differences that is told of ranks as well as of values.

Delta-NAS learns from differences of architectures; a training of a hyper-architecture gives d k of them at linear cost.
The predictor (`relative_process`) says which architecture is evaluated next, and is told of its value before the one
after: promising ones are edits of the best, as in Delta-NAS, and paths of hyper-architectures. Their cells are what the
next hyper-architecture holds. Reconstruction: neither paper has this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from scipy.linalg import block_diag

from archgraph.seeds import derive_seed
from archgraph.table.table import ArchTable
from search.fade.cell_pool import CellPool, Rows
from search.fade.config import FadeConfig
from search.fade.past import Past, RankedStep
from search.fade.ranked import Ranked
from search.fade.strategies.base import CellPath, Floats, State, Strategy
from search.fade.strategies.relative_process import RelativeLabels, RelativeProcess, effects, some_paths
from search.feature_blocks import FeatureBlocks, FeatureRows
from search.methods.bounded import spread
from search.methods.targets import expected_improvement, log_regret

_BLOCKS = ("physics", "statistics")
_VALUES = 100  # that the predictor is told of
_PATHS = 24  # of a step that say what its cells do
_PARENTS = 16  # of the least predicted loss, whose edits may be evaluated or ranked
_EDITS = 64  # of a parent's cell that are looked at, drawn where there are more
_EXPANDED = 1  # of all edits, whose own may be evaluated, too


class RankedDelta(Strategy):
    """What is expected to gain most on the best so far is evaluated next, and its cells are ranked next.

    Known architectures of the least predicted loss, paths of hyper-architectures among them, are parents; one-edit
    neighbours make their children. Not memory-less: ranks of earlier steps are labels relative to their own batch.
    """

    memory_less = False
    one_by_one = True

    def __init__(self, cells: CellPool, config: FadeConfig) -> None:
        super().__init__(cells, config)
        self._blocks = FeatureBlocks(cells.space)
        self._paths: dict[str, CellPath] = {}
        self._read: dict[CellPath, FeatureRows] = {}

    def begin(self) -> State:
        return {}

    def draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        rng = np.random.default_rng(derive_seed(seed, "delta", number))
        if not past.steps:
            return np.stack([self._sampled(row, rng) for row in range(self.config.rows)])
        best, promising = self._scored(past, rng)
        rows: list[list[int]] = [[] for _ in range(self.config.rows)]
        for path in [best, *promising]:
            for row, cell in zip(rows, path, strict=True):
                if cell not in row and len(row) < self.config.candidates:
                    row.append(cell)
            if all(len(row) == self.config.candidates for row in rows):
                break
        return np.stack([self.filled(found, row, rng) for row, found in enumerate(rows)])

    def learn(self, state: State, ranked: Ranked) -> State:
        return {}

    def order(self, ranked: Ranked, past: Past, seed: int) -> Iterator[CellPath]:
        """The largest expected gain first, then the paths of the step by rank."""
        _, promising = self._scored(past, np.random.default_rng(seed))
        yield from promising
        yield from super().order(ranked, past, seed)

    def _sampled(self, row: int, rng: np.random.Generator) -> list[int]:
        """Different cells of the encoder's prior."""
        drawn = (self.cells.sample(row, rng) for _ in range(16 * self.config.candidates))
        return self.filled(list(islice(dict.fromkeys(drawn), self.config.candidates)), row, rng)

    def _scored(self, past: Past, rng: np.random.Generator) -> tuple[CellPath, list[CellPath]]:
        """The known architecture of the least predicted loss, and all that may be evaluated, the largest gain first."""
        valued, targets = self._valued(past)
        process, known = self._told(past, valued, targets)
        mean, _ = process.predict(self._features(known))
        parents = [known[i] for i in np.argsort(mean, kind="stable")]
        seen = set(valued)
        children = self._new([*known, *self._edits(parents[:_PARENTS], rng)], seen)
        gains = self._gains(process, children, targets)
        promising = [children[i] for i in np.argsort(-gains, kind="stable")[:_EXPANDED]]
        further = self._new(self._edits(promising, rng), seen)
        gains = np.append(gains, self._gains(process, further, targets))
        children += further
        return parents[0], [children[i] for i in np.argsort(-gains, kind="stable")]

    def _edits(self, parents: Sequence[CellPath], rng: np.random.Generator) -> Iterator[CellPath]:
        """Parents with a neighbour of one row's cell in its place."""
        for parent in parents:
            for row, own in enumerate(parent):
                near = self.cells.neighbors(own)
                some = near if len(near) <= _EDITS else rng.choice(near, _EDITS, replace=False).tolist()
                for cell in some:
                    if self.cells.fits(cell, row):
                        yield (*parent[:row], cell, *parent[row + 1 :])

    @staticmethod
    def _new(paths: Iterable[CellPath], seen: set[CellPath]) -> list[CellPath]:
        """Those that were not seen, each once; they are from now on."""
        found = [path for path in dict.fromkeys(paths) if path not in seen]
        seen.update(found)
        return found

    def _gains(self, process: RelativeProcess, some: Sequence[CellPath], targets: Floats) -> Floats:
        """What the records of architectures are expected to gain on the best one, [n]; where there is none, minus the
        mean, which is known but for a constant."""
        if not some:
            return np.empty(0)
        mean, std = process.predict(self._features(some))
        return expected_improvement(mean, np.hypot(std, process.noise), targets.min()) if len(targets) else -mean

    def _valued(self, past: Past) -> tuple[list[CellPath], Floats]:
        """What was evaluated by itself, and the logarithm of its regret."""
        natives = sorted(past.losses)
        losses = np.array([past.losses[native] for native in natives])
        some = spread(losses, _VALUES)
        return [self._path(natives[i]) for i in some], log_regret(losses)[some] if len(some) else losses

    def _told(self, past: Past, valued: Sequence[CellPath], targets: Floats) -> tuple[RelativeProcess, list[CellPath]]:
        """The predictor that knows all that the study has found, and the architectures that it knows of."""
        paths, weights, relative = self._ranked(past.steps)
        place = {path: i for i, path in enumerate(dict.fromkeys([*valued, *paths]))}
        parts = np.zeros((len(place), len(relative)))
        np.add.at(parts, np.array([place[path] for path in paths], dtype=np.intp), weights.T)
        labels = RelativeLabels(np.array([place[path] for path in valued], dtype=np.intp), targets, parts.T, relative)
        return RelativeProcess(self._features(list(place)), self._blocks.kept(_BLOCKS).counts, labels), list(place)

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

    def _path(self, native: str) -> CellPath:
        if native not in self._paths:
            self._paths[native] = self.cells.path(native)
        return self._paths[native]

    def _features(self, paths: Sequence[CellPath]) -> FeatureRows:
        if new := [path for path in paths if path not in self._read]:
            table = ArchTable.from_graphs([self.cells.graph_of(path) for path in new])
            self._read.update(zip(new, self._blocks(table, _BLOCKS), strict=True))
        return np.stack([self._read[path] for path in paths])
