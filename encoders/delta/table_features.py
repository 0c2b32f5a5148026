"""The features of a table's rows, each computed once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from archgraph.table.table import ArchTable
from encoders.delta.features import Features

Rows = NDArray[np.intp]


class TableFeatures:
    """The features of a table's rows; those of some rows are kept, the others are computed whenever asked for.

    Args:
        features: what is computed.
        table: architectures.
        kept: rows whose features are known, [K]; default none.
        x: these features, [K, F].
    """

    def __init__(
        self,
        features: Features,
        table: ArchTable,
        kept: Rows | None = None,
        x: NDArray[np.float32] | None = None,
    ) -> None:
        self.features, self.table = features, table
        self._kept = np.empty((0, len(features.names)), dtype=np.float32) if x is None else x
        self._position = np.full(len(table), -1)
        if kept is not None:
            self._position[kept] = np.arange(len(kept))

    @classmethod
    def of_variants(cls, features: Features, table: ArchTable, kept: Rows) -> list[TableFeatures]:
        """Those of each of the features' variants, computed for the rows `kept`."""
        computed = features.of_variants(table[kept])
        return [cls(variant, table, kept, x) for variant, x in zip(features.variants(), computed, strict=True)]

    def __call__(self, rows: Rows) -> NDArray[np.float32]:
        """The features of some rows, [len(rows), F].

        Raises:
            InputError: as calling `features`.
        """
        position = self._position[rows]
        new = np.flatnonzero(position < 0)
        if len(new) == len(rows):
            return self.features(self.table[rows])
        x = self._kept[position]
        if len(new):
            x[new] = self.features(self.table[rows[new]])
        return x
