"""FaDE-ranks at every level of a grammar's cells: of the cells, and of all that is chosen inside them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.networks.open_network import mixture_name
from archgraph.spaces.open_cells import Derivation, OpenCells, OpenChoice, Option
from archgraph.table.table import ArchTable
from supernet.hyper.ranks import FadeRanks, RowValues

_MOST_LISTED = 4096  # derivations of a row that are looked at
RankedDerivation = tuple[float, Derivation]
"""Logarithm of the rank, and the derivation."""


class LevelRanks:
    r"""Ranks of what a grammar derives, in every row of a hyper-architecture whose choices were all left open.

    The rank of a cell is the product, over all choices of its derivation, of the softmaxed architecture parameter p of
    what it takes there over :math:`\exp \sum_j p_j \log p_j`, what the mixture itself gives: FaDE's product over rows,
    gone on into the cells (reconstruction; Neumeyer et al. 2024 rank one level). A choice that a cell does not make
    says nothing about it so, and where all make the same choices the ranks are those of the plain product.

    Args:
        opened: the cells of a grammar.
        rows: d.
        ranks: of all mixtures, those of the network's blueprint.
        mixtures: names of the mixtures, in the same order.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import FadeRanks, LevelRanks
        >>> space = spaces.get("grammar:nasbench201")
        >>> names, logs = ["row0", *(f"row0_choice{i}" for i in range(1, 7))], [[0.1, 0.2, 0.4, 0.2, 0.1]] * 6
        >>> ranks = LevelRanks(space.open_cells(), 1, FadeRanks([[[1.0], *logs]]), names)
        >>> [(round(log, 2), space.to_native(cell)) for log, cell in ranks.cells(0, 2)]
        [(3.33, '222222'), (2.63, '222221')]
    """

    def __init__(self, opened: OpenCells, rows: int, ranks: FadeRanks, mixtures: Sequence[str]) -> None:
        self.opened, self.rows = opened, rows
        self._logs = {name: row - (np.exp(row) * row).sum() for name, row in zip(mixtures, ranks.cells, strict=True)}
        self._shares = {name: np.exp(row) for name, row in zip(mixtures, ranks.cells, strict=True)}
        self._spreads = dict(zip(mixtures, ranks.spread, strict=True))

    def log_rank(self, row: int, derivation: Derivation) -> float:
        """Logarithm of the rank of a cell in a row; only differences mean something.

        Args:
            row: from 0.
            derivation: of the cell, as `GrammarSpace.derivation` gives it.
        """
        return self._log_rank(row, self.opened.root, derivation)

    def _log_rank(self, row: int, choice: OpenChoice, derivation: Derivation) -> float:
        number, *children = derivation
        place = next(i for i, option in enumerate(choice.options) if option.number == number)
        inside = choice.options[place].inside
        below = sum(self._log_rank(row, one, child) for one, child in zip(inside, children, strict=True))
        return float(self.values(row, choice)[place]) + below

    def cells(self, row: int, top: int) -> list[tuple[float, ArchGraph]]:
        """The cells of the highest ranks in a row, all different, with the logarithms of their ranks; best first.

        Raises:
            InputError: too many cells of the highest ranks are larger than the grammar allows to find one that is not.
        """
        listed = 2 * top
        while True:
            found = self._best(row, self.opened.root, listed)
            kept: dict[str, tuple[float, ArchGraph]] = {}
            for log, derivation in found:
                if self.opened.fits(derivation):
                    graph = self.opened.graph(self.opened.root.rule, derivation)
                    kept.setdefault(graph.canonical_hash(), (log, graph))
            if len(kept) >= top or len(found) < listed or (kept and listed >= _MOST_LISTED):
                return list(kept.values())[:top]
            if listed >= _MOST_LISTED:
                raise InputError(
                    f"the {listed} cells of the highest ranks in row {row + 1} all have more nodes than the grammar "
                    "allows; a higher bound `nodes` lets what is chosen stand"
                )
            listed *= 4

    def descending(self, top: int, aggregate: str = "product") -> Iterator[tuple[float, list[ArchGraph]]]:
        """Architectures from the highest rank down: the logarithm of it, and a cell a row.

        Args:
            top: how many there are at most.
            aggregate: how the cells' ranks make the architecture's; one of `AGGREGATES`.
        """
        each = [self.cells(row, top) for row in range(self.rows)]
        ranks = FadeRanks([[np.exp([log for log, _ in row]) for row in each]])
        for path in islice(ranks.descending(aggregate), top):
            cells = [row[i][1] for row, i in zip(each, path, strict=True)]
            yield ranks.log_rank(path, aggregate), cells

    def table(self) -> ArchTable:
        """A row for each alternative of each choice: what it writes, with what is best at the choices inside.

        Metrics: `fade_row` from 1, `fade_level` (choices around it), `fade_rank` (its softmaxed architecture parameter,
        averaged over trainings) and `fade_rank_std` (its spread).
        """
        graphs, ids, metrics = [], [], []
        for row in range(self.rows):
            for choice in self.opened.choices:
                shares, spreads = self.values(row, choice, self._shares), self.values(row, choice, self._spreads)
                for place, option in enumerate(choice.options):
                    best = self._option(row, option, 0.0, 1)[0][1]
                    graphs.append(self.opened.graph(choice.rule, best))
                    written = self.opened.rules[choice.rule][option.number]
                    ids.append(f"row {row + 1} choice {choice.number} {choice.rule}: {written}")
                    metrics.append((row + 1, choice.level, shares[place], spreads[place]))
        names = ("fade_row", "fade_level", "fade_rank", "fade_rank_std")
        return ArchTable.from_graphs(graphs, ids=ids, metrics=dict(zip(names, zip(*metrics, strict=True), strict=True)))

    def values(self, row: int, choice: OpenChoice, of: Mapping[str, RowValues] | None = None) -> RowValues:
        """A number for each option of a choice, by default the logarithm of its rank."""
        if choice.number < 0:  # nothing is open
            return np.zeros(1)
        return (self._logs if of is None else of)[mixture_name(row, choice.number)]

    def _best(self, row: int, choice: OpenChoice, most: int) -> list[RankedDerivation]:
        """Derivations of a choice, best first."""
        found = [
            self._option(row, o, log, most) for o, log in zip(choice.options, self.values(row, choice), strict=True)
        ]
        return list(islice(heapq.merge(*found, key=_falling), most))

    def _option(self, row: int, option: Option, log: float, most: int) -> list[RankedDerivation]:
        best: list[RankedDerivation] = [(float(log), (option.number,))]
        for inside in option.inside:
            best = list(islice(_pairs(best, self._best(row, inside, most)), most))
        return best


def _pairs(first: Sequence[RankedDerivation], second: Sequence[RankedDerivation]) -> Iterator[RankedDerivation]:
    """All pairs of two falling lists, falling: derivations of the first with one more child."""
    queue = [(-first[0][0] - second[0][0], 0, 0)]
    while queue:
        log, i, j = heapq.heappop(queue)
        yield -log, (*first[i][1], second[j][1])
        if j + 1 < len(second):
            heapq.heappush(queue, (-first[i][0] - second[j + 1][0], i, j + 1))
        if j == 0 and i + 1 < len(first):
            heapq.heappush(queue, (-first[i + 1][0] - second[0][0], i + 1, 0))


def _falling(ranked: RankedDerivation) -> float:
    return -ranked[0]
