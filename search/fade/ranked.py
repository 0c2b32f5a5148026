"""What a step ranked, and the same cells with the ranks of all trainings of just them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial

from supernet.hyper.ranks import FadeRanks


@dataclass(frozen=True)
class Ranked:
    """What a step ranked.

    Attributes:
        cells: of each row by number, [d, k].
        names: of each row by native form, [d][k].
        ranks: of the cells.
        gmacs: 10^9 multiply-adds paid for them.
    """

    cells: NDArray[np.intp]
    names: list[list[str]]
    ranks: FadeRanks
    gmacs: float


EARLIER = "earlier"
"""Attribute of a trial of several steps: what those before the last have ranked."""


def written(ranked: Ranked) -> dict[str, Any]:
    """What a trial holds of a step: names of the candidates and logarithms of their ranks, of each row."""
    return {"candidates": ranked.names, "log_ranks": [row.tolist() for row in ranked.ranks.cells]}


def pooled(ranked: Ranked, done: Sequence[FrozenTrial]) -> Ranked:
    """The same cells with ranks averaged over all trainings of just these cells, earlier trials' too.

    Ranks of other cells are relative to others and cannot be used again.
    """
    repeats = [[np.exp(row) for row in ranked.ranks.cells]]
    for trial in done:
        if "candidates" not in trial.user_attrs:
            continue  # no step, as one that was known before
        rows = list(zip(trial.user_attrs["candidates"], trial.user_attrs["log_ranks"], ranked.names, strict=True))
        if all(sorted(names) == sorted(now) for names, _, now in rows):
            repeats.append([np.exp([logs[names.index(name)] for name in now]) for names, logs, now in rows])
    return replace(ranked, ranks=FadeRanks(repeats))
