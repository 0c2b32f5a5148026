"""Normal scores of ranks: the scale on which all metrics and all features look alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from archgraph.columns import pointers

_KNOTS = 65  # points of a feature's map at most
_POPULATION = 20_000  # rows from which the maps of features are taken at most
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RankScale:
    """A monotone map between a number and the normal score of its rank.

    Between knots the map is linear. Beyond the extremes scores go on with the average slope; values with that of the
    last unit of scores, ever slower, and never farther than this unit goes: what was not seen is a little better than
    the best that was, not by as much as the worst was worse. Values that are not negative stay so.

    Attributes:
        values: different values, ascending, [K].
        scores: their normal scores, ascending, [K].
    """

    values: Floats
    scores: Floats

    @classmethod
    def of(cls, y: NDArray[np.floating], knots: int | None = None) -> RankScale:
        """The scale of numbers [N]; of more than `knots` different values, as many are kept."""
        values, counts = np.unique(y, return_counts=True)
        scores = ndtri((np.cumsum(counts) - counts / 2) / len(y))
        if knots is not None and len(values) > knots:
            levels = np.linspace(scores[0], scores[-1], knots)
            kept = np.unique(np.searchsorted(scores, levels).clip(0, len(scores) - 1))
            values, scores = values[kept], scores[kept]
        return cls(values.astype(np.float64), scores)

    def score(self, y: NDArray[np.floating]) -> Floats:
        """Normal scores of values."""
        return _line(y, self.values, self.scores)

    def value(self, score: Floats) -> Floats:
        """Values at normal scores; increasing, so that no order is lost."""
        low, high = self.scores[0], self.scores[-1]
        if low == high:
            return np.full(len(score), self.values[0])
        down, up = (np.interp([low + 1, high - 1], self.scores, self.values) - self.values[[0, -1]]) * [1, -1]
        if self.values[0] >= 0:
            down = min(down, self.values[0])
        beyond = -up * np.expm1(-np.maximum(score - high, 0)) + down * np.expm1(-np.maximum(low - score, 0))
        return np.interp(score, self.scores, self.values) + beyond


@dataclass(frozen=True)
class FeatureScales:
    """A rank scale for each feature, taken from a population of architectures; no label is needed for it.

    Attributes:
        values, scores: knots of all scales, one after another.
        ptr: where each scale starts, [F + 1] int64.
    """

    values: Floats
    scores: Floats
    ptr: NDArray[np.int64]

    @classmethod
    def of(cls, x: NDArray[np.floating]) -> FeatureScales:
        """The scales of the columns of `x` [population, F]."""
        some = x[np.linspace(0, len(x) - 1, min(len(x), _POPULATION)).astype(np.intp)]
        scales = [RankScale.of(column, _KNOTS) for column in some.T]
        return cls(
            np.concatenate([scale.values for scale in scales] or [np.empty(0)]),
            np.concatenate([scale.scores for scale in scales] or [np.empty(0)]),
            pointers([len(scale.values) for scale in scales]),
        )

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """Normal scores of features, [M, F]; 0 for a feature that is constant in the population."""
        first, last = self.ptr[:-1], self.ptr[1:] - 1
        varies = first < last
        slopes = np.zeros(len(first))
        rise, run = (ends[last[varies]] - ends[first[varies]] for ends in (self.scores, self.values))
        slopes[varies] = rise / run
        scores = slopes * (x - np.clip(x, self.values[first], self.values[last]))
        for number in np.flatnonzero(varies).tolist():
            knots = slice(first[number], last[number] + 1)
            scores[:, number] += np.interp(x[:, number], self.values[knots], self.scores[knots])
        return scores.astype(np.float32)


def _line(x: NDArray[np.floating], knots: Floats, heights: Floats) -> Floats:
    if len(knots) == 1:
        return np.zeros(len(x))
    slope = (heights[-1] - heights[0]) / (knots[-1] - knots[0])
    beyond = x - np.clip(x, knots[0], knots[-1])
    return np.interp(x, knots, heights) + slope * beyond
