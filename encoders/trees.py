"""Gradient-boosted trees as plain arrays, so that they can be stored without code and asked without a library."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor

_ROWS = 8192  # rows predicted at once


@dataclass(frozen=True)
class BoostedTrees:
    """The sum of many small trees (Friedman, "Stochastic gradient boosting", 2002).

    Attributes:
        feature: the feature that each node asks for, [trees, nodes] int32.
        threshold: a row goes left if its feature is at most this, [trees, nodes] float32.
        children: left and right successor; a leaf's are itself, [trees, nodes, 2] int32.
        value: what each leaf adds, [trees, nodes] float64.
        base: where the sum starts, [1].
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    children: NDArray[np.int32]
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
        depth: int = 4,
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
            depth: questions a tree asks at most.
            rows: part of the rows that a tree is grown on.
            features: part of the features that a question chooses from.
            leaf: rows in a leaf at least.
        """
        model = GradientBoostingRegressor(
            n_estimators=trees,
            learning_rate=rate,
            max_depth=depth,
            subsample=rows,
            max_features=features,
            min_samples_leaf=leaf,
            random_state=seed,
        ).fit(np.asarray(x, dtype=np.float32), y)
        grown = [estimator.tree_ for estimator in model.estimators_[:, 0]]
        shape = (trees, max(tree.node_count for tree in grown))
        feature, threshold = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.float32)
        children = np.zeros((*shape, 2), dtype=np.int32)
        value = np.zeros(shape)
        for number, tree in enumerate(grown):
            inner, nodes = tree.children_left >= 0, np.arange(tree.node_count)
            feature[number, nodes] = np.where(inner, tree.feature, 0)
            threshold[number, nodes] = np.where(inner, _rounded_down(tree.threshold), 0)
            successors = np.stack([tree.children_left, tree.children_right], axis=1)
            children[number, nodes] = np.where(inner[:, None], successors, nodes[:, None])
            value[number, nodes] = rate * tree.value[:, 0, 0]
        return cls(feature, threshold, children, value, np.array([np.mean(y)]))

    def predict(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """[M] for rows [M, F]."""
        result = np.full(len(x), self.base[0])
        for start in range(0, len(x), _ROWS):
            part = np.asarray(x[start : start + _ROWS], dtype=np.float32)
            for number in range(len(self.feature)):
                result[start : start + _ROWS] += self._one(part, number)
        return result

    def _one(self, x: NDArray[np.float32], number: int) -> NDArray[np.float64]:
        feature, threshold, children = self.feature[number], self.threshold[number], self.children[number]
        rows, node = np.arange(len(x)), np.zeros(len(x), dtype=np.int32)
        while True:
            after = children[node, (x[rows, feature[node]] > threshold[node]).astype(np.int8)]
            if np.array_equal(after, node):
                return self.value[number][node]
            node = after

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The attributes by name, as the constructor takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 that is not above: float32 features fall on the same side of it."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
