"""FaDE on tables: a model of the ranks that training a hyper-architecture would give.

No table tells what architecture parameters a hyper-architecture of given cells ends with. A stated model stands for it
(reconstruction): the logarithm of a cell's rank is its main effect, from the least-squares fit of the normal scores of
the metric by one number a row and choice, plus noise. The noise is drawn anew for every training and so large that the
ranks of the paths of random hyper-architectures agree with the table as far as is wanted (Spearman; FaDE reports .8).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_softmax
from scipy.stats import rankdata, spearmanr

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.embedding.buckets import BucketGenerator
from encoders.features.flow import flow_features
from encoders.features.normal_scores import RankScale
from encoders.features.padded import chosen_operations
from search.objectives.base import Objective
from supernet.hyper.ranks import FadeRanks

Floats = NDArray[np.float64]
_TRIES = 40  # random hyper-architectures that the noise is calibrated on


class TableRanker:
    """Ranks of a hyper-architecture by the stated model.

    Args:
        objective: of a space with the same number of choices in each row, with the values of all members.
        candidates: k, choices a row in a hyper-architecture.
        correlation: wanted mean Spearman correlation of path ranks with the table.

    Attributes:
        effects: of each choice in each row, [rows, choices]; higher is better.
        noise: standard deviation.
        reached: the correlation without noise, which bounds what can be wanted.

    Raises:
        InputError: the space has no such rows, values are not known, or no such correlation can be wanted.
    """

    def __init__(self, objective: Objective, candidates: int, correlation: float = 0.75) -> None:
        rows_of(objective.space)
        if not 0 < correlation <= 1:
            raise InputError(f"the correlation of ranks with a table lies above 0 and up to 1, but got {correlation}")
        if objective.members is None or objective.values is None:
            raise InputError(f"a model of ranks needs all values of {objective.space.name}, as a table has them")
        sign = -1.0 if objective.directions[0] == "minimize" else 1.0
        self._codes = objective.space.to_codes(objective.members)
        self._value = sign * objective.values[:, 0]
        shape = (len(objective.space.options), objective.space.options[0])
        one_hot = (self._codes[:, :, None] == np.arange(shape[1])).reshape(len(self._codes), -1).astype(np.float64)
        score = RankScale.of(self._value).score(self._value)
        self.effects = np.linalg.lstsq(one_hot, score, rcond=None)[0].reshape(shape)
        self._table = np.full(objective.space.options, np.nan)
        self._table[tuple(self._codes.T)] = self._value
        self._number = {graph.canonical_hash(): i for i, graph in enumerate(choice_cells(objective.space))}
        self.reached = self._agreement(0.0, candidates)
        self.noise = 0.0
        if self.reached > correlation:
            self.noise = float(
                brentq(lambda noise: self._agreement(noise, candidates) - correlation, 0.0, 20.0, xtol=1e-3)
            )

    def __call__(self, rows: Sequence[Sequence[ArchGraph]], seed: int) -> tuple[FadeRanks, float]:
        """Ranks of the cells, and 0 multiply-adds; a training counts as queries."""
        cells = np.array([[self._number[graph.canonical_hash()] for graph in row] for row in rows])
        return FadeRanks([list(np.exp(self._ranks(cells, self.noise, np.random.default_rng(seed))))]), 0.0

    def _ranks(self, cells: NDArray[np.int64], noise: float, rng: np.random.Generator) -> Floats:
        """Logarithms of ranks, [rows, k]."""
        means = np.take_along_axis(self.effects, cells, axis=1)
        return log_softmax(means + noise * rng.standard_normal(cells.shape), axis=1)

    def _agreement(self, noise: float, candidates: int) -> float:
        """Mean correlation of path ranks with the table over random hyper-architectures of different cells."""
        found = []
        for number in range(_TRIES):
            rng = np.random.default_rng(derive_seed(0, "calibration", number))
            cells = np.stack([rng.permutation(self.effects.shape[1])[:candidates] for _ in self.effects])
            paths = np.stack(np.unravel_index(np.arange(cells.shape[1] ** len(cells)), (cells.shape[1],) * len(cells)))
            if paths.shape[1] > 512:
                paths = paths[:, rng.permutation(paths.shape[1])[:512]]
            logs = np.take_along_axis(self._ranks(cells, noise, rng), paths, axis=1).sum(axis=0)
            truth = self._table[tuple(np.take_along_axis(cells, paths, axis=1))]
            known = np.isfinite(truth)
            if known.sum() > 2 and np.ptp(rankdata(truth[known])):
                found.append(float(spearmanr(logs[known], truth[known]).statistic))
        return float(np.nanmean(found))


def rows_of(space: Space) -> int:
    """Rows of a space that is read as a path of choices, the same number in each row.

    Raises:
        InputError: it is none.
    """
    if not space.same_choices:
        raise InputError(
            f"fade on a table needs a space of rows with the same choices, such as macro, but got {space.name}"
        )
    return len(space.options)


def choice_cells(space: Space) -> list[ArchGraph]:
    """Each choice of the last row as a cell of its own."""
    return [ArchGraph(["input", name, "output"], [(0, 1), (1, 2)]) for name in _last_choices(space)]


def _last_choices(space: Space) -> list[str]:
    """The operations that the last row chooses from."""
    rows_of(space)
    return list(map(str, list(space.choices.values())[-1]))


def member_of(space: Space, cells: Sequence[ArchGraph]) -> list[ArchGraph]:
    """The member that takes in each row the choice that a cell of `choice_cells` stands for, as its own only cell."""
    names = _last_choices(space)
    code = [names.index(cell.ops[1]) for cell in cells]
    [graph] = space.from_codes(np.array([code], dtype=np.int64))
    assert graph is not None, "choices are free"
    return [graph]


def choice_buckets(space: Space) -> BucketGenerator:
    """The choices in an embedding space of one bucket each: the principal coordinates of their physical features."""
    members = ArchTable.from_graphs(choice_cells(space), ids=[str(i) for i in range(space.options[0])])
    features = flow_features(members, chosen_operations(members)).astype(np.float64)
    scale = features.std(axis=0)
    standard = (features - features.mean(axis=0))[:, scale > 0] / scale[scale > 0]
    left, values, _ = np.linalg.svd(standard, full_matrices=False)
    dimensions = min(2, len(members) - 1)
    return BucketGenerator(members, (left * values)[:, :dimensions], len(members), seed=0)
