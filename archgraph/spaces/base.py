"""What every space of architectures offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archgraph.columns import GraphColumns
from archgraph.errors import GraphError, InputError
from archgraph.table.table import ArchTable

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph
    from archgraph.spaces.open_cells import OpenCells


Choice = str | bool | int
"""What is chosen: the name of an operation, whether an edge is there, a number."""
NONE = "none"
"""Chosen where no operation is."""


class Space(ABC):
    """A set of architectures, each known by a native form (a string) and as a graph.

    Attributes:
        name: what the command line and files call the space.
        operations: names of the operations that its graphs use.
        choices: a member is also a code, one choice at each of a number of positions: the name of each position, as a
            person knows it (`0->1`, `row 2: vertices`), and what is chosen from there, by preference operations. Empty
            where the space has no such positions, as where members grow without end.
        one_to_one: whether every code is a member, different codes are different members, and neighbours are those
            whose codes differ at one position.
        rows: cells that a member has one after another, as the cells of FaDE's hierarchical spaces; 1 where the space
            knows no rows.
        usual_rows: cells of this space that follow one another in the published networks, where they have rows.
        network: the file of the network that the space stands around, whose weights members inherit; None elsewhere.
        usual_network: kind of the network in which its architectures are searched where nothing is said; see
            `archgraph.networks.choice`.
        known: native forms of members that are known to be good, from the cheapest to the costliest.
        description: what `custom.from_dict` made the space of; None for the shipped spaces.

    Example:
        >>> import numpy as np
        >>> from archgraph import spaces
        >>> from archgraph.spaces import Space
        >>> space = spaces.get("macro")
        >>> [graph] = space.sample(1, np.random.default_rng(0))
        >>> isinstance(space, Space), space.from_native(space.to_native(graph)) == graph, len(space.neighbors(graph))
        (True, True, 16)
    """

    name: str
    operations: tuple[str, ...]
    choices: Mapping[str, tuple[Choice, ...]] = MappingProxyType({})
    one_to_one: bool = False
    rows: int = 1
    usual_rows: int | None = None
    network: Path | None = None
    usual_network: str = "published"
    known: tuple[str, ...] = ()
    description: Mapping[str, Any] | None = None

    @property
    def cell(self) -> Space:
        """The space of one row's cell; the space itself where it knows no rows."""
        return self

    @cached_property
    def options(self) -> tuple[int, ...]:
        """How many choices each position of a code has; empty where the space has no codes."""
        return tuple(map(len, self.choices.values()))

    @property
    def same_choices(self) -> bool:
        """Whether a member is a sequence of operations, each chosen freely among equally many: a path of choices."""
        return self.one_to_one and len(set(self.options)) == 1

    def split(self, graph: ArchGraph) -> list[ArchGraph]:
        """The cells of a member, one a row, [rows]; the graph itself, unchecked, where the space knows no rows.

        Raises:
            GraphError: the graph is no member of a space with rows.
        """
        return [graph]

    def join(self, cells: Sequence[ArchGraph]) -> ArchGraph:
        """The member with these cells as rows, the inverse of `split`.

        Args:
            cells: members of `cell`, [rows].

        Raises:
            InputError: there is another number of cells.
        """
        if len(cells) != 1:
            raise InputError(f"an architecture of {self.name} is one cell, but got {len(cells)}")
        return cells[0]

    def with_rows(self, rows: int) -> Space:
        """The space of `rows` cells of this space, one after another.

        Raises:
            InputError: cells of this space do not follow one another in rows, or there are too many.
        """
        raise InputError(f"rows are made of the cells of a dag space or a grammar, but got the space {self.name}")

    def open_cells(self) -> OpenCells:
        """The cells of this space at once, whatever can be chosen in them left open.

        Raises:
            InputError: nothing of this kind is known of the space, or there is too much to choose; the text says what.
        """
        raise InputError(
            f"choices inside cells are those of a grammar's rules, grammar:FILE or grammar:NAME, but got {self.name}"
        )

    @abstractmethod
    def size(self) -> int | None:
        """Members up to isomorphism, or None where that number is not known."""

    @abstractmethod
    def enumerate(self) -> ArchTable:
        """All members up to isomorphism, each once, with its native form as id."""

    @abstractmethod
    def sample(self, n: int, rng: np.random.Generator) -> list[ArchGraph]:
        """n members drawn independently; the space's own text says from which distribution."""

    @abstractmethod
    def to_native(self, graph: ArchGraph) -> str:
        """The native form of a member.

        Raises:
            GraphError: the graph is no member; the text says why.
        """

    @abstractmethod
    def from_native(self, native: str) -> ArchGraph:
        """The member with this native form.

        Raises:
            InputError: the form is malformed.
        """

    def from_natives(self, natives: Sequence[str]) -> GraphColumns:
        """The members with these native forms in columns, in their order.

        The spaces of archgraph make no graph object a member here; a space of your own need not.

        Raises:
            InputError: a form is malformed.
        """
        return GraphColumns.from_lists([(graph.ops, graph.edges) for graph in map(self.from_native, natives)])

    @abstractmethod
    def neighbors(self, graph: ArchGraph) -> list[ArchGraph]:
        """All members one edit away, each once up to isomorphism, the graph itself left out."""

    def mutate(self, graph: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """A uniformly drawn neighbour of `graph`.

        Raises:
            InputError: the graph has no neighbour.
        """
        neighbors = self.neighbors(graph)
        if not neighbors:
            raise InputError(f"{self.name} has no member one edit away from this one")
        return neighbors[int(rng.integers(len(neighbors)))]

    def crossover(self, first: ArchGraph, second: ArchGraph, rng: np.random.Generator) -> ArchGraph:
        """A member made of parts of both parents.

        Raises:
            InputError: the members of this space have no parts to exchange.
        """
        raise InputError(f"{self.name} has no crossover; mutate instead")

    def to_codes(self, table: ArchTable) -> NDArray[np.int64]:
        """The code of each graph, the same for isomorphic ones, [len(table), len(options)].

        Raises:
            GraphError: a graph is no member.
            InputError: the space has no codes.
        """
        raise InputError(f"the space {self.name} has no codes")

    def sample_codes(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """The codes of the members that `sample` draws by the same random numbers, [n, len(options)].

        Raises:
            InputError: the space has no codes.
        """
        return self.to_codes(ArchTable.from_graphs(self.sample(n, rng)))

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        """The member of each code [n, len(options)]; None where a code breaks the space's rules.

        Several codes may be one member; `to_codes` gives one of them.

        Raises:
            InputError: the space has no codes, or as `check_codes`.
        """
        raise InputError(f"the space {self.name} has no codes")

    def to_choices(self, graph: ArchGraph) -> dict[str, Choice]:
        """What a member has chosen, by the names of `choices`; the same for isomorphic graphs.

        Raises:
            GraphError: the graph is no member.
            InputError: the space has no choices.
        """
        [code] = self.to_codes(ArchTable.from_graphs([graph]))
        return self.chosen(code.tolist())

    def from_choices(self, chosen: Mapping[str, Any]) -> ArchGraph | None:
        """The member that chooses so, the inverse of `to_choices`; None where that breaks the space's rules.

        Raises:
            InputError: the space has no choices, or a name or what is chosen is none of them.
        """
        [graph] = self.from_codes(np.array([self.code(chosen)], dtype=np.int64))
        return graph

    def chosen(self, code: Sequence[int]) -> dict[str, Choice]:
        """What a code [len(options)] chooses, by the names of `choices`."""
        return {name: values[i] for (name, values), i in zip(self.choices.items(), code, strict=True)}

    def code(self, chosen: Mapping[str, Any]) -> tuple[int, ...]:
        """The code that chooses so, the inverse of `chosen`.

        Raises:
            InputError: the space has no choices, one is missing, or a name or what is chosen is none of them.
        """
        if not self.choices:
            raise InputError(f"the space {self.name} has no fixed choices")
        if odd := chosen.keys() ^ self.choices.keys():
            raise InputError(f"{self.name} chooses {', '.join(self.choices)}; {min(map(str, odd))[:64]!r} is odd")
        for name, value in chosen.items():
            if value not in self.choices[name]:
                listed = " or ".join(map(str, self.choices[name]))
                raise InputError(f"{self.name} chooses {listed} at {name}, but got {str(value)[:64]!r}")
        return tuple(values.index(chosen[name]) for name, values in self.choices.items())

    def table(self, codes: NDArray[np.int64], ids: Sequence[str] | None = None) -> ArchTable:
        """The members of `codes` [n, len(options)] as a table.

        Args:
            codes: one a row.
            ids: identifier of each; default its row number.

        Raises:
            InputError: a code breaks the space's rules, or as `from_codes`.
        """
        graphs = [graph for graph in self.from_codes(codes) if graph is not None]
        if len(graphs) < len(codes):
            raise InputError(f"{len(codes) - len(graphs)} of {len(codes)} codes are no members of {self.name}")
        return ArchTable.from_graphs(graphs, ids=ids, space=self.name)

    def native(self, code: Sequence[int]) -> str:
        """The native form of the member with this code, [len(options)].

        Raises:
            InputError: the code breaks the space's rules, or as `from_codes`.
        """
        (graph,) = self.from_codes(np.array([code], dtype=np.int64))
        if graph is None:
            raise InputError(f"the code {tuple(code)} is no member of {self.name}")
        return self.to_native(graph)

    def check_codes(self, codes: NDArray[np.int64]) -> None:
        """Check that codes [n, len(options)] take one of the choices at each position.

        Raises:
            InputError: they have another shape, or a choice that there is not.
        """
        if codes.ndim != 2 or codes.shape[1] != len(self.options):
            raise InputError(f"codes of {self.name} have {len(self.options)} positions, but got an array {codes.shape}")
        if ((codes < 0) | (codes >= np.array(self.options))).any():
            raise InputError(f"codes of {self.name} take choices below {self.options}, but got others")

    def edits_between(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
        """Edits from the members of one row of codes to those of another, both [n, len(options)]; [n].

        The positions at which the codes differ, unless the space says otherwise; another numbering of vertices may need
        fewer.
        """
        return (first != second).sum(axis=1)

    def validate(self, graph: ArchGraph) -> None:
        """Check that `graph` is a member.

        Raises:
            GraphError: it is not; the text says why.
        """
        self.to_native(graph)

    def __contains__(self, graph: object) -> bool:
        from archgraph.graph import ArchGraph

        if not isinstance(graph, ArchGraph):
            return False
        try:
            self.validate(graph)
        except GraphError:
            return False
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"
