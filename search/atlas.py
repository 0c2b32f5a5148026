"""Atlas: the architectures of a space that searches have met, each once, with what is computed of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.canonical import canonical_hashes
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.live import network_hashes
from archgraph.ops import OPS
from archgraph.seeds import derive_seed
from archgraph.spaces import Space, TemplateSpace
from archgraph.table import ArchTable
from encoders.normal_scores import FeatureScales
from encoders.padded import STRUCTURAL
from encoders.physics import physics
from encoders.statistics import statistics
from search.objective import Architecture

Rows = NDArray[np.intp]
Features = NDArray[np.float32]
Featurize = Callable[[ArchTable], NDArray[np.float32]]
"""Architectures -> one row of numbers each, which depend on the architecture alone."""
MOST = 50_000  # members of a space that is looked at as a whole
_POPULATION = 500  # architectures that tell what is usual in the space


class Atlas:
    """Architectures by number, in the order in which they were met; a cache, so what it holds changes no result.

    Several studies of one process can share it. Architectures that are one network (`archgraph.live`) share their
    `network`, so that searches need not pay for it again.

    Args:
        space: of the architectures.
        members: the only ones that there are; None where the whole space is open.
        blocks: further kinds of features by name, beside `physics` and `statistics`.
    """

    def __init__(
        self, space: Space, members: ArchTable | None = None, blocks: Mapping[str, Featurize] | None = None
    ) -> None:
        self.space, self.members = space, members
        chosen = [name for name in space.operations if OPS[OPS.index(name)].kind not in STRUCTURAL]
        self._blocks: dict[str, Featurize] = {
            "physics": lambda table: physics(table, chosen),
            "statistics": lambda table: statistics(table, chosen, live=True),
            **(blocks or {}),
        }
        self.hashes: list[str] = members.hashes() if members is not None else []
        self._graphs: dict[int, ArchGraph] = {}
        self._number = {key: row for row, key in enumerate(self.hashes)}
        self._natives: dict[int, str] = {}
        self._neighbors: dict[int, Rows] = {}
        self._scales: dict[str, FeatureScales] = {}
        self._features: dict[str, Features] = {}
        self._all: Rows | None = None
        self._first: dict[str, int] = {}
        self._networks: list[int] = []
        if members is not None:
            self._name_networks(members)

    def __len__(self) -> int:
        return len(self.hashes)

    def graph(self, row: int) -> ArchGraph:
        """An architecture."""
        if row not in self._graphs and self.members is not None:
            return self.members[row]
        return self._graphs[row]

    def native(self, row: int) -> str:
        """Its native form."""
        if row not in self._natives:
            self._natives[row] = self.space.to_native(self.graph(row))
        return self._natives[row]

    def architecture(self, row: int) -> Architecture:
        """As trials hold it."""
        return Architecture(self.native(row), self.hashes[row])

    def find(self, architecture: Architecture) -> int:
        """The number of an architecture that a trial holds."""
        row = self._number.get(architecture.hash)
        if row is None:
            row = int(self.add([self.space.from_native(architecture.native)])[0])
            if self.hashes[row] != architecture.hash:
                raise InputError(f"{architecture.native} is not the architecture {architecture.hash} of the study")
        return row

    def network(self, row: int) -> int:
        """The number of the network that an architecture is; equal for those which are the same one."""
        return self._networks[row]

    def add(self, graphs: Sequence[ArchGraph]) -> Rows:
        """The number of each graph; -1 where only certain members exist and it is none of them; [len(graphs)]."""
        if self.members is not None or not len(graphs):
            keys = canonical_hashes([(graph.ops, graph.edges) for graph in graphs])
            return np.array([self._number.get(key, -1) for key in keys], dtype=np.intp)
        return self._add(ArchTable.from_graphs(graphs))

    def _add(self, table: ArchTable) -> Rows:
        rows = np.empty(len(table), dtype=np.intp)
        new: list[int] = []
        for i, key in enumerate(table.hashes()):
            row = self._number.get(key)
            if row is None and self.members is None:
                row = self._number[key] = len(self.hashes)
                self.hashes.append(key)
                self._graphs[row] = table[i]
                new.append(i)
            rows[i] = -1 if row is None else row
        if new:
            self._name_networks(table[new])
        return rows

    def _name_networks(self, table: ArchTable) -> None:
        """Say of each architecture more which network it is."""
        start = len(self._networks)
        names = network_hashes(table, self.hashes[start:])
        self._networks += [self._first.setdefault(name, start + i) for i, name in enumerate(names)]

    def draw(self, rng: np.random.Generator) -> int:
        """One architecture, drawn uniformly from the members or as the space samples."""
        if self.members is not None:
            return int(rng.integers(len(self.members)))
        return int(self.add(self.space.sample(1, rng))[0])

    def neighbors(self, row: int) -> Rows:
        """The architectures one edit away, in the space's order."""
        if row not in self._neighbors:
            if isinstance(self.space, TemplateSpace):  # the same in fewer steps, since a space's searches live on it
                found = self._add(self.space.table(_changed(self.space.encode(self.graph(row)), self.space.options)))
            else:
                found = self.add(self.space.neighbors(self.graph(row)))
            self._neighbors[row] = found[found >= 0]
        return self._neighbors[row]

    def all(self) -> Rows:
        """All members.

        Raises:
            InputError: there are too many to look at each.
        """
        size = count_whole(self.space, self.members)
        if self._all is None:
            self._all = self.add(list(self.space.enumerate())) if self.members is None else np.arange(size)
        return self._all

    def features(self, rows: Rows, block: str) -> Features:
        """Normal scores of one block of features of architectures, [len(rows), F]."""
        known = self._features.get(block, np.empty((0, len(self._scale(block).ptr) - 1), dtype=np.float32))
        if len(known) < len(self):
            more = np.full((max(len(known), len(self) - len(known), 1024), known.shape[1]), np.nan, dtype=np.float32)
            known = self._features[block] = np.concatenate([known, more])
        missing = np.unique(rows[np.isnan(known[rows, 0])])
        if len(missing):
            known[missing] = self._scale(block)(self._blocks[block](self.table(missing)))
        return known[rows]

    def table(self, rows: Rows) -> ArchTable:
        """Architectures as a table."""
        if self.members is not None:
            return self.members[rows]
        return ArchTable.from_graphs([self.graph(row) for row in rows.tolist()])

    def _scale(self, block: str) -> FeatureScales:
        """The scales of a block's features, from architectures that the space or the members alone determine."""
        if block not in self._scales:
            rng = np.random.default_rng(derive_seed(0, "population", self.space.name))
            if self.members is not None:
                some = self.members[rng.permutation(len(self.members))[:_POPULATION]]
            else:
                some = ArchTable.from_graphs(self.space.sample(_POPULATION, rng))
            self._scales[block] = FeatureScales.of(self._blocks[block](some))
        return self._scales[block]


def _changed(code: Sequence[int], options: Sequence[int]) -> NDArray[np.int64]:
    """All codes that differ in one place, [n, places]."""
    spots = [(place, choice) for place, n in enumerate(options) for choice in range(n) if choice != code[place]]
    codes = np.tile(np.array(code, dtype=np.int64), (len(spots), 1))
    for row, (place, choice) in enumerate(spots):
        codes[row, place] = choice
    return codes


def count_whole(space: Space, members: ArchTable | None) -> int:
    """How many members there are, where each can be looked at.

    Raises:
        InputError: there are too many.
    """
    size = len(members) if members is not None else space.size()
    if size is None or size > MOST:
        raise InputError(f"{space.name} is too large to be scored as a whole; use the method delta")
    return size
