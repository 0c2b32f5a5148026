"""What every outer strategy of FaDE is: which cells the next step ranks, and what their ranks change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.fade.cell_pool import CellPool, Rows
from search.fade.config import FadeConfig
from search.fade.past import Past
from search.fade.ranked import Ranked

CellPath = tuple[int, ...]
"""An architecture: the number of a cell in each row."""
Floats = NDArray[np.float64]
State = Mapping[str, Any]
"""What a step leaves to the next one, as JSON holds it; stands in the step's trial as attributes."""


class Strategy(ABC):
    """An outer strategy; all that it knows is what it is given, so a stopped search goes on exactly.

    Args:
        cells: that candidates are drawn from.
        config: of the search.

    Attributes:
        memory_less: whether a step knows of those before only the state that the last one left, since ranks are
            relative to what was trained together (Neumeyer et al. 2024).
        keeps: names of what the state holds.
        kept: so many of each row's first candidates stay where limits need cheaper ones.
        one_by_one: a trial evaluates one architecture, so that the next can follow from its value, and only each
            `derived`-th trains hyper-architectures.
    """

    memory_less: bool = True
    keeps: tuple[str, ...] = ()
    kept: int = 0
    one_by_one: bool = False

    def __init__(self, cells: CellPool, config: FadeConfig) -> None:
        self.cells, self.config = cells, config

    @abstractmethod
    def begin(self) -> State:
        """The state before the first step."""

    @abstractmethod
    def draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        """The candidates of a step, all different within their row, [d, k].

        Args:
            state: that the last step left.
            past: what the study has found; a strategy that is `memory_less` does not look at it.
            number: of the step, from 0.
            seed: of the search.
        """

    @abstractmethod
    def learn(self, state: State, ranked: Ranked) -> State:
        """The state after a step has ranked its candidates."""

    def order(self, ranked: Ranked, past: Past, seed: int) -> Iterator[CellPath]:
        """Architectures as they are to be evaluated by themselves, here the step's paths from the highest rank down.

        Args:
            ranked: what the step ranked.
            past: what the study has found, this step among it.
            seed: of what is drawn.

        Yields:
            The number of a cell a row.
        """
        for path in ranked.ranks.descending():
            yield tuple(int(row[j]) for row, j in zip(ranked.cells, path, strict=True))

    def filled(self, found: list[int], row: int, rng: np.random.Generator) -> list[int]:
        """Candidates of a row with as many members, drawn uniformly among those that can stand there, as it lacks."""
        members = rng.permutation(len(self.cells.generator.members)).tolist()
        rest = (cell for cell in members if cell not in found and self.cells.fits(cell, row))
        return [*found, *islice(rest, self.config.candidates - len(found))]
