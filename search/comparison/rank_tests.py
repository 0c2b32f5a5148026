"""Rank tests of methods against each other, corrected for their number."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, wilcoxon

Floats = NDArray[np.float64]


def rank_tests(frame: pd.DataFrame, figure: str = "area") -> pd.DataFrame:
    """Two-sided Mann-Whitney and Wilcoxon tests of every pair of methods on every problem.

    Wilcoxon's signed-rank test pairs equal seeds, which share their first random architectures; it is left out where
    the methods have other seeds. p-values are corrected by Holm's method over the pairs of a problem, each test by
    itself.

    Args:
        frame: as `curves.summary` gives it, of one or several problems.
        figure: the column that is compared; less is better.

    Returns:
        Columns `problem`, `first`, `second`, `better` (the smaller median; "" where equal), `mann-whitney` and
        `wilcoxon` (corrected p-values).
    """
    tables = []
    for problem, part in frame.groupby("problem", sort=False):
        values = {str(name): group.set_index("seed")[figure] for name, group in part.groupby("method", sort=False)}
        rows = [_pair(str(problem), a, b, values[a], values[b]) for a, b in combinations(values, 2)]
        table = pd.DataFrame(rows, columns=["problem", "first", "second", "better", "mann-whitney", "wilcoxon"])
        for test in ("mann-whitney", "wilcoxon"):
            table[test] = holm(table[test].to_numpy(float))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def holm(p: Floats) -> Floats:
    """Holm's corrected p-values, [n]; NaN is no test and stays NaN (Holm, Scand. J. Statist. 6, 1979)."""
    corrected = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def _pair(problem: str, a: str, b: str, x: pd.Series[float], y: pd.Series[float]) -> tuple[object, ...]:
    medians = (float(x.median()), float(y.median()))
    better = "" if medians[0] == medians[1] else (a if medians[0] < medians[1] else b)
    whitney = float(mannwhitneyu(x, y).pvalue) if min(len(x), len(y)) > 1 else float("nan")
    both = x.index.intersection(y.index)
    paired = len(both) == len(x) == len(y) and len(both) > 1 and (x[both] != y[both]).any()
    signed = float(wilcoxon(x[both], y[both]).pvalue) if paired else float("nan")
    return problem, a, b, better, whitney, signed
