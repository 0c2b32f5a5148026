"""How well ranks agree with stand-alone training, beside plain baselines and the ceiling that seeds leave."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr

from archgraph.graph import ArchGraph
from archgraph.ops import OPS

Values = NDArray[np.float64]


def agreement(scores: dict[str, Values], truth: Values) -> pd.DataFrame:
    """Spearman's and Kendall's correlation of each score with the mean over seeds of `truth`.

    Args:
        scores: name -> one number a path, higher is better.
        truth: stand-alone figure of each seed and path, [seeds, paths], higher is better.

    Returns:
        Columns `score`, `spearman`, `kendall`. The last rows are the ceilings: the mean correlation of two seeds, and
        what it says of the mean over all seeds (Spearman-Brown formula, square root: the best a noiseless score
        would reach).
    """
    mean = truth.mean(axis=0)
    rows = [(name, _spearman(score, mean), _kendall(score, mean)) for name, score in scores.items()]
    pairs = list(combinations(truth, 2))
    pair = (float(np.mean([_spearman(a, b) for a, b in pairs])), float(np.mean([_kendall(a, b) for a, b in pairs])))
    rows.append(("ceiling: one seed against another", *pair))
    seeds = len(truth)
    reliability = max(pair[0], 0.0) * seeds / (1 + (seeds - 1) * max(pair[0], 0.0))
    rows.append((f"ceiling: a noiseless score against {seeds} seeds' mean (estimate)", reliability**0.5, float("nan")))
    return pd.DataFrame(rows, columns=["score", "spearman", "kendall"])


def depth(path: Sequence[ArchGraph]) -> float:
    """Convolutions on the longest way through a network's cells."""
    return float(sum(_depth(cell) for cell in path))


def convolutions(path: Sequence[ArchGraph]) -> float:
    """Convolutions in a network's cells."""
    return float(sum(OPS[i].kind == "conv" for cell in path for i in cell.x.tolist()))


def _depth(cell: ArchGraph) -> int:
    depth = [0] * len(cell.ops)
    convs = [OPS[i].kind == "conv" for i in cell.x.tolist()]
    for s, t in cell.edges:
        depth[t] = max(depth[t], depth[s] + convs[t])
    return depth[-1]


def _spearman(a: Values, b: Values) -> float:
    return float(spearmanr(a, b).statistic)


def _kendall(a: Values, b: Values) -> float:
    return float(kendalltau(a, b).statistic)
