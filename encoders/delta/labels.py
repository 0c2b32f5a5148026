"""Labels of architectures: chosen from a table and checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.seeds import derive_seed
from archgraph.table.table import ArchTable
from encoders.features.metrics import metric_values

FEWEST = 4
Floats = NDArray[np.float64]


def labelled_rows(table: ArchTable, metric: str, size: int | None, seed: int) -> NDArray[np.intp]:
    """The rows to learn from: all that have a value, each architecture once, or `size` of them drawn by `seed`.

    Raises:
        InputError: no such metric, too few values, all values are equal, or one architecture has two different values.
    """
    y = metric_values(table, metric)
    rows = np.flatnonzero(np.isfinite(y))
    if len(rows) < FEWEST:
        raise InputError(
            f"metric {metric} has a value for {len(rows)} of {len(table)} graphs; at least {FEWEST} are needed"
        )
    if size is not None:
        if not FEWEST <= size <= len(rows):
            raise InputError(f"--train-size is {FEWEST} to {len(rows)}, the labelled graphs, but got {size}")
        rng = np.random.default_rng(derive_seed(seed, "labels"))
        rows = np.sort(rng.permutation(rows)[:size])
    rows = _distinct(table, rows, y, metric)
    if len(rows) < FEWEST:
        raise InputError(f"only {len(rows)} different architectures have a {metric}; at least {FEWEST} are needed")
    if np.ptp(y[rows]) == 0:
        raise InputError(f"metric {metric} is {y[rows[0]]:g} for every labelled graph; there is nothing to learn")
    return rows


def _distinct(table: ArchTable, rows: NDArray[np.intp], y: Floats, metric: str) -> NDArray[np.intp]:
    first: dict[str, int] = {}
    for row, key in zip(rows.tolist(), table[rows].hashes(), strict=True):
        other = first.setdefault(key, row)
        if y[other] != y[row]:
            raise InputError(
                f"graphs {table.ids[other]} and {table.ids[row]} are the same architecture, "
                f"but their {metric} differs: {y[other]:g} and {y[row]:g}; keep one of them or their mean"
            )
    return np.array(sorted(first.values()), dtype=np.intp)
