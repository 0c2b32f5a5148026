"""Which cells of rows can stand in an architecture that fits limits, and which of them do so together.

In a network of rows every cost that is counted is a sum over the rows, so a cell can fit if it does with the cheapest
cells in all other rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from search.objectives.limits import Limits

Allowed = NDArray[np.bool_]
"""Whether a cell can be drawn in a row, [rows, cells]."""
CellRows = NDArray[np.intp]


class FittingCells:
    """Cells of which some path fits.

    Args:
        allowed: which can be drawn.
        shares: of each limit, what a cell of a row takes of it beyond what all paths take, [limits, rows, cells]; a
            path fits where its cells take at most 1 of each. Empty where that is not known.
        share: says the same of one more cell, [limits, rows], infinite where it fits no path of that row; None where no
            cell is added.

    Example:
        >>> shares = np.array([[[0.2, 0.6, 0.9], [0.1, 0.5, 0.8]]])
        >>> fitting = FittingCells(shares.min(axis=0) + [[0.1], [0.2]] <= 1, shares)
        >>> fitting.together(np.array([[1, 2], [1, 2]]), kept=0)
        array([[1, 0],
               [1, 2]])
    """

    def __init__(
        self,
        allowed: Allowed,
        shares: NDArray[np.float64],
        share: Callable[[ArchGraph], NDArray[np.float64]] | None = None,
    ) -> None:
        self.allowed, self.shares, self._share = allowed, shares, share

    def add(self, cell: ArchGraph) -> None:
        """Take up one more cell, as the last."""
        assert self._share is not None, "choices of a table are all there"
        found = self._share(cell)[:, :, None]  # [limits, rows, 1]
        self.allowed = np.concatenate([self.allowed, (found <= 1).all(axis=0)], axis=1)
        self.shares = np.concatenate([self.shares, found], axis=2)

    @classmethod
    def of_limits(cls, limits: Limits, space: Space, cells: ArchTable) -> FittingCells:
        """By the counted costs of paths of a space of rows.

        Args:
            limits: of the architectures.
            space: of rows of such cells.
            cells: the cells.
        """
        names, rows = list(limits.counted), space.rows

        def costs(path: Sequence[ArchGraph]) -> list[float]:
            found = limits.costs.counted(space.join(path), *names)
            return [found[name] for name in names]

        first, all_cells = cells[0], list(cells)
        base = np.array(costs([first] * rows))

        def extra_of(cell: ArchGraph) -> NDArray[np.float64]:
            """What a cell costs more than the first in each row, [limits, rows]."""
            paths = [[*[first] * row, cell, *[first] * (rows - 1 - row)] for row in range(rows)]
            return (np.array([costs(path) for path in paths]).reshape(rows, len(names)) - base).T

        each = np.array([extra_of(cell) for cell in all_cells]).reshape(len(all_cells), len(names), rows)
        extra = each.transpose(1, 2, 0)  # [limits, rows, cells]
        least = extra.min(axis=2, initial=np.inf, keepdims=True)
        floor = base + least.sum(axis=(1, 2))  # of the cheapest path
        room = (np.array([limits.counted[name] for name in names]) - floor)[:, None, None]

        def shares_of(above: NDArray[np.float64]) -> NDArray[np.float64]:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(above > 0, above / room, 0.0)

        above = extra - least

        def share(cell: ArchGraph) -> NDArray[np.float64]:
            own = extra_of(cell)[:, :, None] - least
            return np.where(own <= room, shares_of(own), np.inf)[:, :, 0]

        return cls((above <= room).all(axis=0), shares_of(above), share)

    @classmethod
    def of_members(cls, space: Space, members: ArchTable) -> FittingCells:
        """By the choices that the members of a table have, of a space that is a path of choices."""
        codes = space.to_codes(members)
        allowed = np.stack([np.isin(np.arange(space.options[0]), row) for row in codes.T])
        return cls(allowed, np.zeros((0, *allowed.shape)))

    def check(self, candidates: int) -> None:
        """Check that each row has so many cells to draw.

        Raises:
            InputError: one has fewer.
        """
        counts = self.allowed.sum(axis=1)
        if counts.min() < candidates:
            row, count = int(counts.argmin()), int(counts.min())
            raise InputError(
                f"only {count} cells can stand in row {row + 1} within the limits, but got candidates {candidates}: "
                "raise the limits or draw fewer"
            )

    def together(self, drawn: CellRows, kept: int) -> CellRows:
        """Cells of each row of which some path fits.

        Where none does, cells are replaced by the cheapest of their rows, the most expensive rows first.

        Args:
            drawn: [rows, candidates].
            kept: how many of each row's first stay as they are.
        """
        drawn = drawn.copy()
        weights = self.shares.sum(axis=0)  # [rows, cells]
        for _ in range(len(drawn)):
            least = np.array([self.shares[:, row, cells].min(axis=1) for row, cells in enumerate(drawn)])
            if (least.sum(axis=0) <= 1 + 1e-9).all():
                break
            costs = [weights[row, cells].min() for row, cells in enumerate(drawn)]
            row = int(np.argmax(costs))
            cheapest = int(np.where(self.allowed[row], weights[row], np.inf).argmin())
            last = kept + int(weights[row, drawn[row, kept:]].argmax())
            drawn[row, last] = cheapest
        return drawn
