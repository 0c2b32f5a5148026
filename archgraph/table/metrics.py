"""Metrics of a table: columns of numbers, made and checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from archgraph.errors import InputError
from archgraph.table.parquet import COLUMNS


def metric_frame(metrics: Mapping[str, ArrayLike] | pd.DataFrame | None, n: int) -> pd.DataFrame:
    """The metrics of n graphs as float columns under a plain row index; what is infinite counts as not measured.

    Raises:
        InputError: a metric is no column of n numbers, or has the name of another, or of a column of graph files.
    """
    try:
        frame = pd.DataFrame({} if metrics is None else metrics, dtype=float)
        if odd := [name for name, values in frame.items() if values.dtype.kind != "f"]:
            raise TypeError(f"column {odd[0]!r}")
    except UnicodeEncodeError as error:
        raise InputError(f"the name of a metric is no text: {error}") from error
    except (ValueError, TypeError) as error:
        raise InputError(f"metrics are columns of one number a graph, NaN where not measured: {error}") from error
    if not frame.shape[1]:
        return pd.DataFrame(index=pd.RangeIndex(n), dtype=float)
    if len(frame) != n:
        raise InputError(f"a table of {n} graphs has {n} metrics, but got {len(frame)}")
    if taken := [name for name in frame if name in COLUMNS]:
        raise InputError(f"a metric cannot be called {taken[0]!r}: graph files have a column of that name")
    if frame.columns.has_duplicates:
        raise InputError(f"two metrics are called {frame.columns[frame.columns.duplicated()][0]!r}; rename one")
    infinite = np.isinf(frame.to_numpy())
    return (frame.mask(infinite) if infinite.any() else frame).set_axis(pd.RangeIndex(n))
