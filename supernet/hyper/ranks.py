"""FaDE-ranks: relative performance of all k^d architectures of a hyper-architecture."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.checks import check_choice
from archgraph.errors import InputError

RowValues = NDArray[np.float64]
"""One number a candidate of a row, [k]."""
PathChoice = tuple[int, ...]
"""An architecture: the number of the chosen candidate in each row."""
AGGREGATES: dict[str, Callable[[RowValues], float]] = {
    "product": lambda logs: float(logs.sum()),
    "mean": lambda logs: float(np.log(np.exp(logs).mean())),
    "minimum": lambda logs: float(logs.min()),
}
"""How the ranks of a path's cells make the path's: logarithms of the cells' [d] -> logarithm of the path's."""
_LISTED = 1 << 22  # halves of paths that `position` lists


class FadeRanks:
    r"""Ranks of the paths of a hyper-architecture.

    The rank of a path is the product over rows of its cells' softmaxed architecture parameters, averaged over
    repeated trainings (Neumeyer et al. 2024; the product is what "factorizing" most plainly means). Sums of logarithms
    are kept, so that ranks of deep paths do not vanish.

    Args:
        repeats: for each training, the softmaxed architecture parameters of each row.

    Attributes:
        cells: logarithm of the averaged softmax of each candidate, d vectors.
        spread: standard deviation over repeats of each candidate's softmax, d vectors; 0 with one repeat.

    Example:
        >>> from supernet import FadeRanks
        >>> ranks = FadeRanks([[[0.2, 0.8], [0.6, 0.4]]])
        >>> ranks, ranks.best(), list(ranks.descending())[:2]
        (FadeRanks(2 x 2 = 4 paths), (1, 0), [(1, 0), (1, 1)])
    """

    def __init__(self, repeats: Sequence[Sequence[RowValues]]) -> None:
        if len({tuple(map(len, rows)) for rows in repeats}) != 1:
            raise InputError("FaDE-ranks come from at least one training, each with the same rows of candidates")
        stacked = [np.stack([np.asarray(rows[i], dtype=float) for rows in repeats]) for i in range(len(repeats[0]))]
        self.cells: list[RowValues] = [np.log(np.maximum(row.mean(axis=0), 1e-300)) for row in stacked]
        self.spread: list[RowValues] = [row.std(axis=0) for row in stacked]

    @property
    def paths(self) -> int:
        """Number of paths, the product of the rows' candidates."""
        return math.prod(len(row) for row in self.cells)

    def log_rank(self, choice: PathChoice, aggregate: str = "product") -> float:
        """Logarithm of a path's rank; only differences between paths mean something.

        Args:
            aggregate: one of `AGGREGATES`.

        Raises:
            InputError: there is no such aggregate, or not one choice a row.
        """
        check_choice(AGGREGATES, aggregate=aggregate)
        if len(choice) != len(self.cells):
            raise InputError(f"a path is a choice for each of {len(self.cells)} rows, but got {len(choice)}")
        return AGGREGATES[aggregate](np.array([row[j] for row, j in zip(self.cells, choice, strict=True)]))

    def best(self) -> PathChoice:
        """The path of the highest rank."""
        return tuple(int(row.argmax()) for row in self.cells)

    def position(self, choice: PathChoice) -> int:
        """How many paths have a higher rank, counted without listing them: 0 for the best.

        The rows are cut in two halves, and only the sums of each half are listed.

        Raises:
            InputError: even the halves are too many to list.
        """
        half = len(self.cells) // 2
        sums = [_sums(self.cells[:half]), _sums(self.cells[half:])]
        own = self.log_rank(choice)
        tolerance = 1e-9 * max(1.0, abs(own))
        second = np.sort(sums[1])
        return int((len(second) - np.searchsorted(second, own + tolerance - sums[0], side="right")).sum())

    def descending(self, aggregate: str = "product") -> Iterator[PathChoice]:
        """All paths from the highest rank down, found one by one without listing them."""
        orders = [np.argsort(-row, kind="stable") for row in self.cells]

        def path(positions: PathChoice) -> PathChoice:
            return tuple(int(order[p]) for order, p in zip(orders, positions, strict=True))

        start = (0,) * len(orders)
        queue = [(-self.log_rank(path(start), aggregate), start)]
        seen = {start}
        while queue:
            _, positions = heapq.heappop(queue)
            yield path(positions)
            for i, order in enumerate(orders):
                later = (*positions[:i], positions[i] + 1, *positions[i + 1 :])
                if later[i] < len(order) and later not in seen:
                    seen.add(later)
                    heapq.heappush(queue, (-self.log_rank(path(later), aggregate), later))

    def __repr__(self) -> str:
        return f"FadeRanks({' x '.join(str(len(row)) for row in self.cells)} = {self.paths} paths)"


def _sums(rows: Sequence[RowValues]) -> RowValues:
    """The sum of one number a row, for every choice."""
    if math.prod(len(row) for row in rows) > _LISTED:
        raise InputError(
            f"{len(rows)} rows have too many paths to find the position of one; ask for the best ones instead"
        )
    sums = np.zeros(1)
    for row in rows:
        sums = (sums[:, None] + row).ravel()
    return sums
