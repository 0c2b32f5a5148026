"""Metrics of a table: columns of numbers, made and checked, and the rows on which they fulfil a condition."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from archgraph.errors import InputError
from archgraph.table.parquet import COLUMNS

_QUOTED = re.compile(r"`[^`\n]*`")
_STRINGS = re.compile(r"['\"]")  # metrics are numbers, and a text could hide a call between backticks
_CALLS = re.compile(r"@|__|[)\]]\s*[.(]|\b(?!(?:and|or|not|in)\b)[A-Za-z_]\w*\s*[.(]")
"""What a condition would reach beyond the metrics by: a function, an attribute, a variable of Python's."""


def metric_frame(metrics: Mapping[str, ArrayLike] | pd.DataFrame | None, n: int) -> pd.DataFrame:
    """The metrics of n graphs as float columns under a plain row index; what is infinite counts as not measured.

    Raises:
        InputError: a metric is no column of n numbers, or has the name of another column of graph files.
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
    infinite = np.isinf(frame.to_numpy())
    return (frame.mask(infinite) if infinite.any() else frame).set_axis(pd.RangeIndex(n))


def fulfilled(metrics: pd.DataFrame, condition: str) -> NDArray[np.bool_]:
    """Whether each row fulfils a condition such as `val_acc > 0.9 and params < 1e7`, [rows].

    Raises:
        InputError: the condition is malformed, calls something, or names an unknown metric.
    """
    if _STRINGS.search(condition) or _CALLS.search(_QUOTED.sub("name", condition)):
        raise InputError(f"condition {condition[:64]!r}: compare metrics with numbers, as in `val_acc > 0.9`")
    try:
        mask = np.asarray(metrics.eval(condition, engine="python"))
    except Exception as error:  # pandas raises whatever its parser and the expression raise
        choices = ", ".join(map(str, metrics)) or "none"
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"condition {condition[:64]!r}: {reason}; metrics are {choices}") from error
    if mask.dtype != np.bool_ or mask.shape != (len(metrics),):
        raise InputError(f"condition {condition[:64]!r} is true or false of no row; write it as in `val_acc > 0.9`")
    return mask
