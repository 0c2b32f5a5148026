"""A metric of a table, or what to choose instead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.table.table import ArchTable


def metric_values(table: ArchTable, name: str) -> NDArray[np.float64]:
    """The values of a metric, [len(table)]; NaN where it is not measured.

    Raises:
        InputError: the table has no such metric.
    """
    if name not in table.metrics:
        known = ", ".join(map(str, table.metrics))
        raise InputError(f"no metric {name}; " + (f"choose from {known}" if known else "these graphs have none"))
    return table.metrics[name].to_numpy(float)
