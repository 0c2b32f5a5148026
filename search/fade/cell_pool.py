"""The cells that FaDE's steps draw from: those of an encoder by number, then those that edits have made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.embedding.buckets import BucketGenerator
from search.fade.fitting import FittingCells
from search.objectives.base import Architecture

Rows = NDArray[np.intp]
_TRIES = 64  # edits until one gives a cell that can stand in its row


class CellPool:
    """Cells by number, and the architectures that are made of them.

    The first `len(generator.members)` numbers are the members of the encoder's table; further cells get theirs when
    they are met, so numbers beyond depend on what was met before: nothing that lasts is written by number.

    Args:
        generator: turns points of the embedding space into members; their ids are their native forms.
        space: of the architectures.
        stand_for: gives for cells, one a row, the cells of the space; None where they are those themselves. Cells that
            stand for something are single choices: an edit makes any other of them.
        fitting: which cells can stand in a row; None where all can.

    Example:
        >>> import numpy as np
        >>> from archgraph import spaces
        >>> from encoders.embedding.buckets import BucketGenerator
        >>> from search.fade.cell_pool import CellPool
        >>> members = spaces.get("dag:1-3").enumerate()
        >>> points = np.random.default_rng(0).standard_normal((len(members), 2))
        >>> cells = CellPool(BucketGenerator(members, points, buckets=4, seed=0), spaces.get("dag:1-3x2"))
        >>> cells.architecture([0, 1]).native == "|".join(members.ids[:2])
        True
        >>> cells.graph(cells.mutated(0, 0, np.random.default_rng(0))) in spaces.get("dag:1-3")
        True
    """

    def __init__(
        self,
        generator: BucketGenerator,
        space: Space,
        stand_for: Callable[[Sequence[ArchGraph]], Sequence[ArchGraph]] | None = None,
        fitting: FittingCells | None = None,
    ) -> None:
        self.generator, self.space, self.fitting = generator, space, fitting
        self._stand_for = stand_for
        self._further: list[ArchGraph] = []
        self._numbers: dict[str, int] = {}
        self._joined: dict[tuple[int, ...], Architecture] = {}
        self._neighbors: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self.generator.members) + len(self._further)

    def graph(self, number: int) -> ArchGraph:
        """A cell."""
        beyond = number - len(self.generator.members)
        return self._further[beyond] if beyond >= 0 else self.generator.members[int(number)]

    def name(self, number: int) -> str:
        """Its native form."""
        if number < len(self.generator.members):
            return str(self.generator.members.ids[int(number)])
        return self.space.cell.to_native(self.graph(number))

    def number(self, graph: ArchGraph) -> int:
        """The number of a cell, which it gets where it has none yet."""
        if not self._numbers:
            self._numbers = {key: i for i, key in enumerate(self.generator.members.hashes())}
        key = graph.canonical_hash()
        if key not in self._numbers:
            self._numbers[key] = len(self)
            self._further.append(graph)
            if self.fitting is not None:
                self.fitting.add(graph)
        return self._numbers[key]

    def named(self, name: str) -> int:
        """The number of the cell with a native form."""
        found = np.flatnonzero(self.generator.members.ids == name)
        return int(found[0]) if len(found) else self.number(self.space.cell.from_native(name))

    def fits(self, number: int, row: int) -> bool:
        """Whether a cell can stand in a row."""
        return self.fitting is None or bool(self.fitting.allowed[row, number])

    def neighbors(self, number: int) -> tuple[int, ...]:
        """The cells one edit away; of single choices all others."""
        if number not in self._neighbors:
            if self._stand_for is not None:
                self._neighbors[number] = tuple(other for other in range(len(self)) if other != number)
            else:
                found = map(self.number, self.space.cell.neighbors(self.graph(number)))
                self._neighbors[number] = tuple(dict.fromkeys(found))
        return self._neighbors[number]

    def mutated(self, number: int, row: int, rng: np.random.Generator) -> int:
        """A cell one edit away that can stand in a row; the cell itself where none is found."""
        for _ in range(_TRIES):
            if self._stand_for is not None:
                found = int(rng.integers(len(self)))
            else:
                try:
                    found = self.number(self.space.cell.mutate(self.graph(number), rng))
                except InputError:  # it has no neighbour
                    return number
            if found != number and self.fits(found, row):
                return found
        return number

    def crossed(self, first: int, second: int, row: int, rng: np.random.Generator) -> int:
        """A cell of parts of two; an edit of the first where the space has no such parts, or none that can stand."""
        if self._stand_for is None:
            try:
                found = self.number(self.space.cell.crossover(self.graph(first), self.graph(second), rng))
            except InputError:
                found = first
            if found not in (first, second) and self.fits(found, row):
                return found
        return self.mutated(first, row, rng)

    def sample(self, row: int, rng: np.random.Generator) -> int:
        """A member drawn from the generator's prior that can stand in a row; where that finds none, uniformly."""
        for found in self.generator.sample(_TRIES, rng).tolist():
            if self.fits(found, row):
                return int(found)
        able = np.arange(len(self)) if self.fitting is None else np.flatnonzero(self.fitting.allowed[row])
        return int(rng.choice(able))

    def path(self, native: str) -> tuple[int, ...]:
        """The number of the cell in each row of an architecture, the inverse of `architecture`."""
        graph = self.space.from_native(native)
        if self._stand_for is None:
            return tuple(map(self.number, self.space.split(graph)))
        [code] = self.space.to_codes(ArchTable.from_graphs([graph]))
        return tuple(code.tolist())

    def graph_of(self, path: Sequence[int]) -> ArchGraph:
        """The graph of the architecture of cells, one a row."""
        cells = [self.graph(i) for i in path]
        return self.space.join(cells if self._stand_for is None else self._stand_for(cells))

    def architecture(self, path: Sequence[int]) -> Architecture:
        """The architecture of cells, one a row."""
        key = tuple(map(int, path))
        if key not in self._joined:
            graph = self.graph_of(key)
            self._joined[key] = Architecture(self.space.to_native(graph), graph.canonical_hash(), graph)
        return self._joined[key]
