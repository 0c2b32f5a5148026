"""The architectures of a space that searches have met, each once, with what is computed of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from archgraph.canonical import canonical_hashes
from archgraph.columns import GraphColumns
from archgraph.equivalence import network_hashes
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.spaces.base import Choice
from archgraph.table.table import ArchTable
from search.feature_blocks import FeatureBlocks, FeatureRows, Featurize
from search.objectives.base import Architecture
from search.objectives.exchanges import LEAST, exchanges
from search.objectives.limits import Limits

Rows = NDArray[np.intp]
MOST = 50_000  # members of a space that is looked at as a whole
_TOGETHER = 128  # members whose features are read at once: few of them cost nearly as much
_DRAWS = 50  # from the space until one fits the limits
_EDITS = 30  # of a random walk through what fits
_NETWORKS: WeakKeyDictionary[ArchTable, Rows] = WeakKeyDictionary()  # of tables, which are named once


class Architectures:
    """Architectures by number, in the order in which they were met; a cache, so what it holds changes no result.

    Several studies of one process can share it. Architectures that are one network (`archgraph.equivalence`) share
    their `network`, so that searches need not pay for it again.

    Args:
        space: of the architectures.
        members: the only ones that there are; None where the whole space is open.
        blocks: further kinds of features by name, beside `physics`, `statistics`, and `spelling`, the statistics with
            what has no effect on the output.
        limits: what architectures may cost; one that costs more counts as no member.

    Attributes:
        refused: drawn at random so far, and left out since they cost more than the limits.

    Example:
        >>> from archgraph import spaces
        >>> from search import Architectures
        >>> met = Architectures(spaces.get("macro"))
        >>> [row] = met.add([met.space.from_native("00000000")])
        >>> len(met.neighbors(int(row))), met.native(int(row))
        (16, '00000000')
    """

    def __init__(
        self,
        space: Space,
        members: ArchTable | None = None,
        blocks: Mapping[str, Featurize] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.space, self.members, self.limits = space, members, limits
        self.refused = 0
        self._shares: dict[int, NDArray[np.float64]] = {}  # of the limits that an architecture costs
        self._blocks = FeatureBlocks(space, members, blocks)
        self.hashes: list[str] = members.hashes() if members is not None else []
        self._graphs: dict[int, ArchGraph] = {}
        self._met: list[GraphColumns] = []  # of an open space, one graph each
        self._spelt: dict[tuple[bytes, bytes], int] = {}  # graphs as they were written -> their numbers
        self._number = {key: row for row, key in enumerate(self.hashes)}
        self._codes: dict[int, tuple[int, ...]] = {}
        self._natives: dict[int, str] = {}
        self._neighbors: dict[int, Rows] = {}
        self._coded: dict[tuple[int, ...], int] = {}
        self._features: dict[tuple[str, ...], FeatureRows] = {}
        self._all: Rows | None = None
        self._expected: Rows = np.empty(0, dtype=np.intp)
        self._first: dict[str, int] = {}
        self._networks: Rows = np.empty(0, dtype=np.intp)
        if members is not None:
            if members not in _NETWORKS:
                self._name_networks(members)
                _NETWORKS[members] = self._networks
            self._networks = _NETWORKS[members]

    def __len__(self) -> int:
        return len(self.hashes)

    def graph(self, row: int) -> ArchGraph:
        """An architecture."""
        if self.members is not None:
            return self.members[row]
        if row not in self._graphs:
            self._graphs[row] = ArchTable.from_columns(self._met[row])[0]
        return self._graphs[row]

    def native(self, row: int) -> str:
        """Its native form."""
        if row not in self._natives:
            by_code = self.space.one_to_one
            self._natives[row] = self.space.native(self.code(row)) if by_code else self.space.to_native(self.graph(row))
        return self._natives[row]

    def architecture(self, row: int) -> Architecture:
        """As trials hold it."""
        return Architecture(self.native(row), self.hashes[row])

    def find(self, architecture: Architecture) -> int:
        """The number of an architecture that a trial holds."""
        row = self._number.get(architecture.hash)
        if row is None:
            row = int(self._found([self.space.from_native(architecture.native)])[0])
            if self.hashes[row] != architecture.hash:
                raise InputError(f"{architecture.native} is not the architecture {architecture.hash} of the study")
        return row

    def network(self, row: int) -> int:
        """The number of the network that an architecture is; equal for those which are the same one."""
        return int(self._networks[row])

    def networks(self, rows: Rows) -> Rows:
        """The same for many, [len(rows)]."""
        return self._networks[rows]

    def add(self, graphs: Sequence[ArchGraph]) -> Rows:
        """The number of each graph; -1 where it is none of the only members, or costs too much; [len(graphs)]."""
        rows = self._found(graphs)
        return rows if self.limits is None else np.where(self._fitting(rows), rows, -1)

    def _found(self, graphs: Sequence[ArchGraph]) -> Rows:
        """The same, whatever they cost."""
        if self.members is not None or not len(graphs):
            keys = canonical_hashes([(graph.ops, graph.edges) for graph in graphs])
            return np.array([self._number.get(key, -1) for key in keys], dtype=np.intp)
        written = [(graph.x.numpy().tobytes(), graph.edge_index.numpy().tobytes()) for graph in graphs]
        if new := [i for i, one in enumerate(written) if one not in self._spelt]:
            found = self._add(ArchTable.from_graphs([graphs[i] for i in new]))
            self._spelt.update(zip([written[i] for i in new], found.tolist(), strict=True))
        return np.array([self._spelt[one] for one in written], dtype=np.intp)

    def _add(self, table: ArchTable) -> Rows:
        rows = np.empty(len(table), dtype=np.intp)
        new: list[int] = []
        for i, key in enumerate(table.hashes()):
            row = self._number.get(key)
            if row is None and self.members is None:
                row = self._number[key] = len(self.hashes)
                self.hashes.append(key)
                self._met.append(table.columns.part(i, i + 1))
                new.append(i)
            rows[i] = -1 if row is None else row
        if new:
            self._name_networks(table if len(new) == len(table) else _part(table, np.array(new)))
        return rows

    def _name_networks(self, table: ArchTable) -> None:
        """Say of each architecture more which network it is."""
        start = len(self._networks)
        names = network_hashes(table, self.hashes[start:])
        found = [self._first.setdefault(name, start + i) for i, name in enumerate(names)]
        self._networks = np.append(self._networks, np.array(found, dtype=np.intp))

    def _fitting(self, rows: Rows) -> NDArray[np.bool_]:
        """Which architectures are there and cost little enough, as far as that is known, [len(rows)]."""
        return np.array([row >= 0 and self._fit(row) for row in rows.tolist()], dtype=np.bool_)

    def _fit(self, row: int) -> bool:
        if self.limits is None:
            return True
        return bool((self._share(row) <= 1).all()) and not self.limits.known_slow(self.hashes[row])

    def _share(self, row: int) -> NDArray[np.float64]:
        """What an architecture costs as shares of the limits, [limits]; `inf` where there is none."""
        assert self.limits is not None, "without limits nobody asks"
        if row < 0:
            return np.full(len(self.limits.counted), np.inf)
        if row not in self._shares:
            self._shares[row] = self.limits.shares(self.graph(row))
        return self._shares[row]

    @property
    def latencies(self) -> Mapping[str, tuple[float, float]]:
        """What was measured where the latency is limited: canonical hash -> median and spread in milliseconds."""
        return {} if self.limits is None or not self.limits.measured else self.limits.costs.latencies

    def is_fast(self, row: int) -> bool:
        """Whether an architecture takes little enough time; where that is limited it is measured, once."""
        return self.limits is None or self.limits.is_fast(self.hashes[row], lambda: self.graph(row))

    def draw(self, rng: np.random.Generator) -> int:
        """One architecture, drawn uniformly from the members or as the space samples.

        Where limits leave nearly nothing of what the space samples, it is the end of a random walk of edits through
        what fits.
        """
        if self.members is not None:
            return int(rng.integers(len(self.members)))
        for _ in range(_DRAWS):
            if self.space.one_to_one:  # the same in fewer steps
                row = int(self._decoded(self.space.sample_codes(1, rng))[0])
            else:
                row = int(self._found(self.space.sample(1, rng))[0])
            if self._fit(row):
                return row
            self.refused += 1
        return self._wandered(rng)

    def _wandered(self, rng: np.random.Generator) -> int:
        """Where a random walk through what fits ends."""
        assert self.limits is not None, "nothing else refuses what is drawn"
        row = int(self._found([self.limits.start])[0])
        for _ in range(_EDITS):
            other = int(self.add([self.space.mutate(self.graph(row), rng)])[0])
            row = other if other >= 0 else row
        return row

    def neighbors(self, row: int) -> Rows:
        """The architectures one edit away, in the space's order; below limits, then those two edits away of which one
        makes room for the other (`objectives.exchanges`)."""
        if row not in self._neighbors:
            if self.space.one_to_one:  # the same in fewer steps: most of what a search does is to ask for neighbours
                found = self._decoded(_changed(self.code(row), self.space.options))
            else:
                found = self._found(self.space.neighbors(self.graph(row)))
            if self.limits is not None and self.limits.counted and self.space.options:
                found = np.append(found, np.setdiff1d(self._exchanged(row), found))
            self._neighbors[row] = found[found >= 0]
        near = self._neighbors[row]
        return near if self.limits is None else near[self._fitting(near)]

    def spending(self, rows: Rows) -> NDArray[np.bool_]:
        """Which architectures cost nearly what a limit allows (`objectives.exchanges.LEAST`), [len(rows)]."""
        if self.limits is None or not self.limits.counted:
            return np.zeros(len(rows), dtype=np.bool_)
        return np.array([bool((self._share(row) >= LEAST).any()) for row in rows.tolist()], dtype=np.bool_)

    def _exchanged(self, row: int) -> Rows:
        """The architectures that an exchange leads to, -1 where there is none."""
        code = self.code(row)
        changed = _changed(code, self.space.options)
        shares = np.stack([self._share(other) for other in self._coded_rows(changed).tolist()])
        seed = derive_seed(0, "exchanges", self.hashes[row])
        return self._coded_rows(exchanges(np.array(code), changed, self._share(row), shares, seed))

    def _coded_rows(self, codes: NDArray[np.int64]) -> Rows:
        """The number of the member that each code stands for, -1 where there is none, [n]."""
        if self.space.one_to_one:
            return self._decoded(codes)
        graphs = self.space.from_codes(codes)
        rows = np.full(len(codes), -1, dtype=np.intp)
        there = [i for i, graph in enumerate(graphs) if graph is not None]
        rows[there] = self._found([graph for graph in graphs if graph is not None])
        return rows

    def mutated(self, row: int, rng: np.random.Generator, count: int) -> Rows:
        """So many neighbours, each drawn by itself as the space mutates; [count], fewer where some cannot be evaluated.

        Raises:
            InputError: there is none.
        """
        if not self.space.one_to_one:
            graph = self.graph(row)
            found = self.add([self.space.mutate(graph, rng) for _ in range(count)])
            return found[found >= 0]
        codes = _changed(self.code(row), self.space.options)
        if not len(codes):
            raise InputError(f"{self.space.name} has a single member, which cannot be mutated")
        found = self._decoded(codes[[int(rng.integers(len(codes))) for _ in range(count)]])
        return found[self._fitting(found)]

    def code(self, row: int) -> tuple[int, ...]:
        """Its code, one choice at each position of the space."""
        if self.members is not None and self.space.one_to_one and not self._coded:
            codes = list(map(tuple, self.space.to_codes(self.members).tolist()))
            self._codes = dict(enumerate(codes))
            self._coded = {code: number for number, code in enumerate(codes)}
        if row not in self._codes:
            self._codes[row] = tuple(self.space.to_codes(self._bare(np.array([row])))[0].tolist())
        return self._codes[row]

    def choices(self, row: int) -> dict[str, Choice]:
        """What it has chosen, by the names of the space's choices; empty where there are none."""
        return self.space.chosen(self.code(row)) if self.space.choices else {}

    def _decoded(self, codes: NDArray[np.int64]) -> Rows:
        """The number of the member with each code [n, len(space.options)]; -1 as for `add`."""
        keys = list(map(tuple, codes.tolist()))
        if self.members is None and (new := [i for i, key in enumerate(keys) if key not in self._coded]):
            found = self._add(self.space.table(codes[new]))
            self._coded.update(zip([keys[i] for i in new], found.tolist(), strict=True))
            self._codes.update(zip(found.tolist(), [keys[i] for i in new], strict=True))
        return np.array([self._coded.get(key, -1) for key in keys], dtype=np.intp)

    def all(self) -> Rows:
        """All members.

        Raises:
            InputError: there are too many to look at each.
        """
        size = count_whole(self.space, self.members)
        if self._all is None:
            self._all = self._found(list(self.space.enumerate())) if self.members is None else np.arange(size)
        return self._all if self.limits is None else self._all[self._fitting(self._all)]

    def features(self, rows: Rows, *blocks: str) -> FeatureRows:
        """Normal scores of blocks of features of architectures, [len(rows), F].

        What never varies in the space is left out, and of features that are always equal only the first is there.

        Raises:
            InputError: there is no such block.
        """
        width = len(self._blocks.kept(blocks).columns)
        known = self._features.get(blocks, np.empty((0, width), dtype=np.float32))
        if len(known) < len(self):
            more = np.full((max(len(known), len(self) - len(known), 1024), width), np.nan, dtype=np.float32)
            known = self._features[blocks] = np.concatenate([known, more])
        missing = np.unique(rows[np.isnan(known[rows, 0])])
        if len(missing):
            missing = self._ahead(missing, np.isnan(known[: len(self), 0]))
            known[missing] = self._blocks(self._bare(missing), blocks)
        return known[rows]

    def counts(self, *blocks: str) -> Rows:
        """How many equal features each of `features` stands for, [F]."""
        return self._blocks.kept(blocks).counts

    def expect(self, rows: Rows) -> None:
        """Say whose neighbours will be asked for, the most likely first: of a table they are read along with others."""
        self._expected = rows

    def _ahead(self, rows: Rows, unread: NDArray[np.bool_]) -> Rows:
        """`rows` and, of a table, unread neighbours of what is expected, as many as cost little beside them."""
        found, count = [rows], len(rows)
        unread[rows] = False
        for row in self._expected.tolist() if self.members is not None else ():
            if count >= _TOGETHER:
                break
            near = self.neighbors(row)
            found.append(near[unread[near]])
            unread[near] = False
            count += len(found[-1])
        return np.concatenate(found)

    def table(self, rows: Rows) -> ArchTable:
        """Architectures as a table."""
        if self.members is not None:
            return self.members[rows]
        return ArchTable.from_columns(GraphColumns.concatenate([self._met[row] for row in rows.tolist()]))

    def _bare(self, rows: Rows) -> ArchTable:
        """The graphs alone, which cost less than their metrics."""
        if self.members is None:
            return self.table(rows)
        return _part(self.members, rows)


def _part(table: ArchTable, rows: Rows) -> ArchTable:
    """Rows of a table without what else it says of them."""
    return ArchTable.from_columns(table.columns.take(rows))


def _changed(code: Sequence[int], options: Sequence[int]) -> NDArray[np.int64]:
    """All codes that differ at one position, [n, len(options)]."""
    changes = [(i, choice) for i, n in enumerate(options) for choice in range(n) if choice != code[i]]
    codes = np.tile(np.array(code, dtype=np.int64), (len(changes), 1))
    for row, (position, choice) in enumerate(changes):
        codes[row, position] = choice
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
