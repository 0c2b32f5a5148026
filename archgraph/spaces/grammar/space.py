"""Spaces that grammars describe: hierarchical, and as large as their rules let them be.

Context-free grammars over architectures are those of Schrodi et al., "Construction of Hierarchical Neural Architecture
Search Spaces based on Context-free Grammars" (NeurIPS 2023), and of Ericsson et al., "einspace: Searching for Neural
Architectures from Fundamental Operations" (NeurIPS 2024). How files write them: `archgraph.spaces.grammar.reading`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from archgraph._make_graph import make_graph
from archgraph.columns import GraphColumns
from archgraph.edits.order import distinct
from archgraph.errors import GraphError, InputError
from archgraph.persistence.plain_yaml import read_yaml
from archgraph.spaces.base import Choice, Space
from archgraph.spaces.grammar.building import build
from archgraph.spaces.grammar.codes import StructuredCodes, from_native, native
from archgraph.spaces.grammar.counting import Counts
from archgraph.spaces.grammar.edits import Edits
from archgraph.spaces.grammar.expressions import Derivation
from archgraph.spaces.grammar.grammar import Grammar
from archgraph.spaces.grammar.open_cells import open_cells
from archgraph.spaces.grammar.parsing import Forest
from archgraph.spaces.grammar.reading import grammar_of
from archgraph.spaces.grammar.shapes import is_whole
from archgraph.spaces.open_cells import OpenCells
from archgraph.spaces.rows import RowsSpace
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

_SHIPPED = Path(__file__).parent / "shipped"
_LISTED = 50_000  # derivations up to which members are listed


class GrammarSpace(Space):
    """The architectures that a grammar derives.

    `sample` draws a size, all that there are being equally likely, then a derivation of this size, each as likely as
    its weights say (all equally, where none are given). A member that has several derivations is known by the first of
    them; `neighbors` are one edit away from any of them (`archgraph.spaces.grammar.edits`), `crossover` puts a sub-tree
    of the second parent's derivation into the first's. Cells can stand in rows (`with_rows`), whole networks cannot.

    Args:
        name: `grammar:NAME` or `grammar:FILE`.
        grammar: the rules.

    Example:
        >>> from archgraph import spaces
        >>> space = spaces.get("grammar:nasbench201")
        >>> space.size(), space.derivations
        (15625, 15625)
        >>> space.to_native(space.from_native("013042"))
        '013042'
    """

    def __init__(self, name: str, grammar: Grammar) -> None:
        self.name, self.grammar = name, grammar
        self.operations = grammar.operations
        self.counts = Counts(grammar)
        weighted = any(one.weight > 1 for alternatives in grammar.rules.values() for one in alternatives)
        self._weighted = Counts(grammar, weighted=True) if weighted else self.counts
        self.edits = Edits(self.counts)

    @property
    def derivations(self) -> int:
        """How many derivations there are; members with several count as often."""
        return self.counts.total

    @cached_property
    def codes(self) -> StructuredCodes:
        return StructuredCodes(self.grammar)

    @property
    def choices(self) -> dict[str, tuple[Choice, ...]]:  # type: ignore[override]  # made when it is first asked for
        return self.codes.choices

    def with_rows(self, rows: int) -> Space:
        if is_whole(self.grammar):
            raise InputError(f"rows are made of cells, but {self.name} derives whole networks")
        return RowsSpace(self, rows)

    def open_cells(self) -> OpenCells:
        if is_whole(self.grammar):
            raise InputError(f"choices are ranked in cells, but {self.name} derives whole networks; give one of cells")
        return open_cells(self.grammar)

    def size(self) -> int | None:
        return len(self._members) if self.derivations <= _LISTED else None

    @cached_property
    def _members(self) -> dict[str, Derivation]:
        """The first derivation of each member by the canonical hash of the graph."""
        every = sorted(one for n in self.counts.sizes for one in self.counts.every(self.grammar.start, n))
        columns = GraphColumns.from_lists([build(self.grammar, one) for one in every])
        hashes = ArchTable.from_columns(columns, space=self.name).hashes()
        return dict(zip(reversed(hashes), reversed(every), strict=True))

    def enumerate(self) -> ArchTable:
        if self.derivations > _LISTED:
            raise InputError(f"{self.name} has {self.derivations} derivations, too many to list; sample instead")
        every = sorted(self._members.values())
        ids = [native(self.grammar, one) for one in every]
        return ArchTable.from_columns(self.columns(every), ids=ids, space=self.name)

    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        return list(ArchTable.from_columns(self.columns(self.sample_derivations(n, rng)), space=self.name))

    def sample_derivations(self, n: int, rng: np.random.Generator) -> list[Derivation]:
        """The derivations of the members that `sample` draws by the same random numbers."""
        random = Random(int(rng.integers(1 << 63)))
        sizes = rng.choice(self._weighted.sizes, size=n).tolist()
        return [self._weighted.draw(self.grammar.start, size, random) for size in sizes]

    def columns(self, derivations: Sequence[Derivation]) -> GraphColumns:
        """The members that derivations describe, in columns."""
        return GraphColumns.from_lists([build(self.grammar, one) for one in derivations])

    def derivation(self, graph: ArchGraph) -> Derivation:
        """The first derivation of a member, in the order of the alternatives' numbers.

        Raises:
            GraphError: the graph is no member; the text says why.
        """
        forest = self._forest(graph)
        try:
            return forest.first(forest.root)
        except GraphError as error:
            raise GraphError(f"not a member of {self.name}: {error}") from None

    def _forest(self, graph: ArchGraph) -> Forest:
        ops = graph.ops
        if other := set(ops) - set(self.operations):
            raise GraphError(f"not a member of {self.name}: it has no operation {min(other)}")
        if len(ops) - 2 > self.grammar.most + (self.grammar.is_open and len(ops)):
            raise GraphError(f"not a member of {self.name}: it has {len(ops)} nodes, more than {self.grammar.most + 2}")
        return Forest(self.counts, ops, graph.edges)

    def graph(self, derivation: Derivation) -> ArchGraph:
        """The member that a derivation describes."""
        return make_graph(*build(self.grammar, derivation))

    def to_native(self, graph: ArchGraph) -> str:
        return native(self.grammar, self.derivation(graph))

    def from_native(self, native: str) -> ArchGraph:
        return self.graph(self._parse(native))

    def from_natives(self, natives: Sequence[str]) -> GraphColumns:
        return self.columns([self._parse(native) for native in natives])

    def _parse(self, form: str) -> Derivation:
        try:
            return from_native(self.grammar, form)
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None

    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        found = [build(self.grammar, one) for one in self.edits.neighbors(self._checked(graph))]
        return [make_graph(*raw) for raw in distinct(found, (graph.ops, graph.edges))]

    def mutate(self, graph: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """The neighbour by a uniformly drawn edit; more likely the more edits lead to it."""
        found = self.edits.neighbors(self._checked(graph))
        for number in rng.permutation(len(found)).tolist():
            changed = self.graph(found[number])
            if changed != graph:
                return changed
        raise InputError(f"{self.name} has no member one edit away from this one")

    def _checked(self, graph: ArchGraph) -> Forest:
        self.derivation(graph)
        return self._forest(graph)

    def regrow(self, graph: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """A member with a sub-tree of its derivation drawn anew: a larger step than to a neighbour."""
        random = Random(int(rng.integers(1 << 63)))
        return self.graph(self.edits.regrown(self.derivation(graph), random))

    def crossover(self, first: ArchGraph, second: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        random = Random(int(rng.integers(1 << 63)))
        return self.graph(self.edits.crossed(self.derivation(first), self.derivation(second), random))

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        codes = [self.codes.code(self.derivation(graph)) for graph in table]
        return np.array(codes, dtype=np.int64).reshape(len(codes), len(self.options))

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        self.check_codes(codes)
        found = map(self.codes.derivation, codes.tolist())
        return [None if one is None else self.graph(one) for one in found]

    def edits_between(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
        """The positions at which the codes differ, of those that have an effect."""
        return super().edits_between(self._plain(first), self._plain(second))

    def _plain(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The same codes with 0 where a position has no effect."""
        found = [(code, self.codes.derivation(code)) for code in codes.tolist()]
        plain = [code if one is None else self.codes.code(one) for code, one in found]
        return np.array(plain, dtype=np.int64).reshape(codes.shape)


def shipped() -> dict[str, Path]:
    """The files of the grammars that ship, by name."""
    return {path.stem: path for path in sorted(_SHIPPED.glob("*.yaml"))}


def is_there(parameter: str) -> bool:
    """Whether there is a grammar that ships, or a file, of this name."""
    return parameter in shipped() or Path(parameter).exists()


def load(parameter: str) -> GrammarSpace:
    """The space of a grammar that ships, by name, or of a file.

    Raises:
        InputError: there is no such file, or it describes no grammar; the text says where.
    """
    path = shipped().get(parameter, Path(parameter))
    if not parameter or not path.exists():
        names, missing = ", ".join(shipped()), f"no file {path}; " if parameter else ""
        raise InputError(f"{missing}a grammar's space is written grammar:NAME, with {names}, or grammar:FILE")
    try:
        return GrammarSpace(f"grammar:{parameter}", grammar_of(read_yaml(path)))
    except InputError as error:
        raise error if str(path) in str(error) else InputError(f"{path}: {error}") from error
