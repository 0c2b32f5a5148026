"""What several tables say of an architecture that is in none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from archgraph.seeds import derive_seed
from encoders.delta.learners.subspaces import Subspaces

_STRENGTHS = (30.0, 100.0, 300.0, 1000.0, 3000.0)
_MOST = 600  # labels of each table, and of all together for processes
Floats = NDArray[np.float64]
Labelled = tuple[NDArray[np.floating], Floats]
"""Normal scores of features [N, F] within their own table, and of the labels [N]."""


class SharedScore(Protocol):
    """What gives normal scores of features [M, F] a score each."""

    def mean(self, x: NDArray[np.floating]) -> Floats: ...

    def arrays(self) -> dict[str, NDArray[np.generic]]: ...


@dataclass(frozen=True)
class LinearScore:
    """A weighted sum of features (ridge regression).

    Attributes:
        weights: of the features, [F].
    """

    weights: Floats

    @classmethod
    def fit(cls, x: NDArray[np.floating], y: Floats, strength: float) -> LinearScore:
        """The weights of least squared error and `strength` times their own squares, without an intercept."""
        x = np.asarray(x, dtype=np.float64)
        weights = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y).astype(np.float64)
        return cls(weights)

    def mean(self, x: NDArray[np.floating]) -> Floats:
        """The sum, [M] for features [M, F]."""
        found: Floats = np.asarray(x, dtype=np.float64) @ self.weights
        return found

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The attributes by name."""
        return {"weights": self.weights}


def shared_score(tables: Sequence[Labelled], seed: int) -> SharedScore:
    """What tables of the same features say together (reconstruction).

    Of one table processes learn. Of several the labels of all are pooled, and processes or sums, strongly or weakly
    held back, learn them: what says most, learned from all other tables, of one that it has not seen.
    Between unlike spaces that is a sum, which goes on where nothing alike was labelled.

    Args:
        tables: one at least.
        seed: of the processes, and of which labels are taken where there are many.
    """
    if len(tables) == 1:
        return Subspaces.fit(*tables[0], seed)
    few = [_some(table, _MOST, seed) for table in tables]
    kinds = (None, *_STRENGTHS)
    said = {
        kind: np.mean([_tau(_learned(_without(few, i), kind, seed), table) for i, table in enumerate(few)])
        for kind in kinds
    }
    return _learned(few, max(kinds, key=lambda kind: said[kind]), seed)


def _learned(tables: Sequence[Labelled], strength: float | None, seed: int) -> SharedScore:
    """Processes, or a sum held back by so much, of the labels of all tables."""
    pooled = np.concatenate([x for x, _ in tables]), np.concatenate([y for _, y in tables])
    if strength is None:
        return Subspaces.fit(*_some(pooled, _MOST, seed), seed, most=4)
    return LinearScore.fit(*pooled, strength)


def _some(table: Labelled, most: int, seed: int) -> Labelled:
    rows = np.random.default_rng(derive_seed(seed, "shared")).permutation(len(table[1]))[:most]
    return table[0][rows], table[1][rows]


def _without(tables: Sequence[Labelled], number: int) -> list[Labelled]:
    return [table for i, table in enumerate(tables) if i != number]


def _tau(score: SharedScore, table: Labelled) -> float:
    return float(np.nan_to_num(kendalltau(score.mean(table[0]), table[1])[0]))
