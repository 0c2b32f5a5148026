"""Gradient-boosted trees as plain arrays, so that they can be stored without code and asked without a library."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.ensemble import GradientBoostingRegressor

_ROWS = 8192  # rows predicted at once
_DEPTH = 4  # questions a tree asks at most, so that a 16-bit number holds a set of its leaves
_FIRST = np.array([(~gone & (gone + 1)).bit_length() - 1 for gone in range(1 << (1 << _DEPTH))], dtype=np.uint8)
"""The first leaf that is not in a set of leaves, given as bits; the set of all gives 16, which no row can reach."""


@dataclass(frozen=True)
class BoostedTrees:
    """The sum of many small trees (Friedman, "Stochastic gradient boosting", 2002).

    All questions of a tree are asked at once: each whose answer is "beyond" rules out the leaves on its left, and the
    first leaf that is left over is the row's (Lucchese et al., "QuickScorer", SIGIR 2015).

    Attributes:
        feature: the feature that each question is about, [trees, questions] int32.
        threshold: a row is beyond if its feature is larger, [trees, questions] float32; infinite where none is asked.
        ruled_out: bits of the leaves that a row beyond cannot reach, [trees, questions] uint16.
        value: what each leaf adds, from left to right, [trees, leaves] float64.
        base: where the sum starts, [1].
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    ruled_out: NDArray[np.uint16]
    value: NDArray[np.float64]
    base: NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        x: NDArray[np.floating],
        y: NDArray[np.floating],
        seed: int,
        trees: int = 300,
        rate: float = 0.05,
        rows: float = 0.5,
        features: float = 0.1,
        leaf: int = 3,
    ) -> BoostedTrees:
        """Trees for the squared error.

        Args:
            x: features, [N, F].
            y: targets, [N].
            seed: of the draws of rows and features.
            trees: how many.
            rate: part of a tree's answer that is added.
            rows: part of the rows that a tree is grown on.
            features: part of the features that a question chooses from.
            leaf: rows in a leaf at least.
        """
        model = GradientBoostingRegressor(
            n_estimators=trees,
            learning_rate=rate,
            max_depth=_DEPTH,
            subsample=rows,
            max_features=features,
            min_samples_leaf=leaf,
            random_state=seed,
        )
        with config_context(skip_parameter_validation=True, assume_finite=True):  # checks of each tree take longer
            model.fit(np.asarray(x, dtype=np.float32), y)
        grown = [estimator.tree_ for estimator in model.estimators_[:, 0]]
        leaves = 1 << _DEPTH
        feature, value = np.zeros((trees, leaves - 1), dtype=np.int32), np.zeros((trees, leaves))
        threshold = np.full(feature.shape, np.inf, dtype=np.float32)
        ruled_out = np.zeros(feature.shape, dtype=np.uint16)
        for number, tree in enumerate(grown):  # the library numbers nodes before their left, then their right subtree
            inner = np.flatnonzero(tree.children_left >= 0)
            before = np.append(0, np.cumsum(tree.children_left < 0))  # leaves left of each node
            first, last = before[tree.children_left[inner]], before[tree.children_right[inner]]
            questions = slice(0, len(inner))
            feature[number, questions] = tree.feature[inner]
            threshold[number, questions] = _rounded_down(tree.threshold[inner])
            ruled_out[number, questions] = (1 << last) - (1 << first)
            value[number, : before[-1]] = rate * tree.value[tree.children_left < 0, 0, 0]
        return cls(feature, threshold, ruled_out, value, np.array([np.mean(y)]))

    def predict(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """[M] for rows [M, F]."""
        result = np.full(len(x), self.base[0])
        for start in range(0, len(x), _ROWS):
            columns = np.ascontiguousarray(np.asarray(x[start : start + _ROWS], dtype=np.float32).T)
            for feature, threshold, ruled_out, value in zip(
                self.feature, self.threshold, self.ruled_out, self.value, strict=True
            ):
                beyond = (columns[feature] > threshold[:, None]) * ruled_out[:, None]
                result[start : start + _ROWS] += value[_FIRST[np.bitwise_or.reduce(beyond, axis=0)]]
        return result

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The attributes by name, as the constructor takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 that is not above: float32 features fall on the same side of it."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
