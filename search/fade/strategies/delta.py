"""FaDE and Delta-NAS as one method: a predictor of differences that is told of ranks as well as of values.

Delta-NAS learns from differences of architectures; a training of a hyper-architecture gives d k of them at linear cost.
The predictor (`relative_process`) says which cells the next hyper-architecture holds and which architectures are
evaluated by themselves: promising ones are edits of the best, as in Delta-NAS. Reconstruction: neither paper has this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from scipy.linalg import block_diag

from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from search.architectures import Architectures
from search.fade.cell_pool import CellPool, Rows
from search.fade.config import FadeConfig
from search.fade.past import Past, RankedStep
from search.fade.ranked import Ranked
from search.fade.strategies.base import CellPath, Floats, State, Strategy
from search.fade.strategies.relative_process import RelativeLabels, RelativeProcess, effects, some_paths
from search.feature_blocks import FeatureRows
from search.methods.bounded import spread

_BLOCKS = ("physics", "statistics")
_VALUES = 100  # that the predictor is told of
_PARENTS = 6  # of the least predicted loss, whose edits may be evaluated or ranked
_EDITS, _OTHERS = 6, 3  # of a parent in a row: edits of its cell, and cells of other paths or drawn at random
_DRAWS = 64  # from the posterior until a row has its candidates


class RankedDelta(Strategy):
    """What a draw from the predictor's posterior puts first is ranked, and evaluated, next (Thompson sampling).

    Known architectures of the least predicted loss are parents; edits of one row's cell, and cells of other paths, make
    their children. A step's candidates are the cells of the children, or parents, that draws put first, and so are the
    architectures that it derives, which need not be paths of its hyper-architecture. Not memory-less: ranks of earlier
    steps are labels relative to their own batch.
    """

    memory_less = False

    def __init__(self, cells: CellPool, config: FadeConfig) -> None:
        super().__init__(cells, config)
        self._met = Architectures(cells.space)

    def begin(self) -> State:
        return {}

    def draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        rng = np.random.default_rng(derive_seed(seed, "delta", number))
        if not past.steps:
            return np.stack([self._sampled(row, rng) for row in range(self.config.rows)])
        paths, draws = self._drawn(past, rng)
        rows: list[list[int]] = [[] for _ in range(self.config.rows)]
        for first in draws:
            for row, cell in zip(rows, paths[first[0]], strict=True):
                if cell not in row and len(row) < self.config.candidates:
                    row.append(cell)
        return np.stack([self.filled(found, row, rng) for row, found in enumerate(rows)])

    def learn(self, state: State, ranked: Ranked) -> State:
        return {}

    def order(self, ranked: Ranked, past: Past, seed: int) -> Iterator[CellPath]:
        """What each draw puts first that no other has, then the paths of the step by rank."""
        paths, draws = self._drawn(past, np.random.default_rng(seed))
        known = past.losses
        given: set[int] = set()
        for first in draws:
            for place in first:
                if place not in given and self.cells.architecture(paths[place]).native not in known:
                    given.add(place)
                    yield paths[place]
                    break
        yield from super().order(ranked, past, seed)

    def _sampled(self, row: int, rng: np.random.Generator) -> list[int]:
        """Different cells of the encoder's prior."""
        drawn = (self.cells.sample(row, rng) for _ in range(16 * self.config.candidates))
        return self.filled(list(islice(dict.fromkeys(drawn), self.config.candidates)), row, rng)

    def _drawn(self, past: Past, rng: np.random.Generator) -> tuple[list[CellPath], list[list[int]]]:
        """Promising architectures, and their order by each of some draws from the posterior, the best first."""
        process, known, features = self._told(past)
        mean, _ = process.predict(features)
        parents = [known[i] for i in np.argsort(mean, kind="stable")[:_PARENTS]]
        paths = list(dict.fromkeys([*parents, *self._children(parents, rng)]))
        mean, covariance = process.predict(self._features(paths))
        values, vectors = np.linalg.eigh(covariance)
        noise = rng.standard_normal((_DRAWS, len(paths))) * np.sqrt(np.maximum(values, 0))
        return paths, np.argsort(mean + noise @ vectors.T, axis=1, kind="stable").tolist()

    def _children(self, parents: Sequence[CellPath], rng: np.random.Generator) -> Iterator[CellPath]:
        """Parents with another cell in one row."""
        for parent in parents:
            for row, own in enumerate(parent):
                cells = [self.cells.mutated(own, row, rng) for _ in range(_EDITS)]
                others = [parents[int(rng.integers(len(parents)))] for _ in range(_OTHERS - 1)]
                cells += [other[int(rng.integers(len(other)))] for other in others]
                for cell in (*cells, self.cells.sample(row, rng)):
                    if self.cells.fits(cell, row):
                        yield (*parent[:row], cell, *parent[row + 1 :])

    def _told(self, past: Past) -> tuple[RelativeProcess, list[CellPath], FeatureRows]:
        """The predictor that knows all that the study has found, and what it knows of, with its features."""
        natives = sorted(past.losses)
        losses = np.array([past.losses[native] for native in natives])
        some = spread(losses, _VALUES)
        ranked, weights, relative = self._ranked(past.steps)
        paths = [*(self.cells.path(natives[i]) for i in some), *ranked]
        parts = np.pad(weights, ((0, 0), (len(some), 0)))
        features = self._features(paths)
        labels = RelativeLabels(np.arange(len(some)), losses[some], parts, relative)
        return RelativeProcess(features, self._met.counts(*_BLOCKS), labels), paths, features

    def _ranked(self, steps: Sequence[RankedStep]) -> tuple[list[CellPath], Floats, Floats]:
        """The paths of steps, what each weighs in each relative label, and the relative labels."""
        paths: list[CellPath] = []
        weights, relative = [], []
        for step in steps:
            rows = [[self.cells.named(name) for name in names] for names in step.names]
            shape = [len(row) for row in rows]
            chosen = some_paths(shape)
            paths += [tuple(row[j] for row, j in zip(rows, path, strict=True)) for path in chosen.tolist()]
            weights.append(effects(shape, chosen))
            relative += [np.mean(logs) - np.asarray(logs) for logs in step.logs]
        return paths, block_diag(*weights), np.concatenate(relative)

    def _features(self, paths: Sequence[CellPath]) -> FeatureRows:
        graphs: list[ArchGraph] = [self.cells.graph_of(path) for path in paths]
        return self._met.features(self._met.add(graphs), *_BLOCKS)
