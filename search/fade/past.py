"""What a study of FaDE has found, for strategies that remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from search.fade.ranked import Ranked
from supernet.hyper.ranks import RowValues

REMEMBERED = 12
"""Steps whose ranks are remembered, the last ones: a step costs no more in a long search."""


@dataclass(frozen=True)
class RankedStep:
    """An earlier step: native forms of the cells of each row, and the logarithms of their ranks, both [d][k]."""

    names: Sequence[Sequence[str]]
    logs: Sequence[RowValues]


@dataclass(frozen=True)
class Past:
    """What a study has found, for strategies that remember.

    Attributes:
        steps: the last `REMEMBERED` steps that have ended, the oldest first.
        losses: native form -> loss, less is better, of every architecture that was evaluated by itself.
    """

    steps: tuple[RankedStep, ...] = ()
    losses: Mapping[str, float] = field(default_factory=dict)

    def then(self, ranked: Ranked) -> Past:
        """With one step more."""
        steps = (*self.steps, RankedStep(ranked.names, ranked.ranks.cells))
        return replace(self, steps=steps[-REMEMBERED:])
