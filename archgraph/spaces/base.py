"""What every space of architectures offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import GraphError, InputError
from archgraph.graph import ArchGraph
from archgraph.table.table import ArchTable


class Space(ABC):
    """A set of architectures, each known by a native form (a string) and as a graph.

    Attributes:
        name: what the command line and files call the space.
        operations: names of the operations that its graphs use.
        options: a member is also a code, one choice at each of a number of places; how many choices each place has.
            Empty where the space has no codes.
        description: what `custom.from_dict` made the space of; None for the shipped spaces.
    """

    name: str
    operations: tuple[str, ...]
    options: tuple[int, ...] = ()
    description: Mapping[str, Any] | None = None

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

    def from_codes(self, codes: NDArray[np.int64]) -> list[ArchGraph | None]:
        """The member of each code [n, len(options)]; None where a code breaks the space's rules.

        Several codes may be one member; `to_codes` gives one of them.

        Raises:
            InputError: the space has no codes, or as `check_codes`.
        """
        raise InputError(f"the space {self.name} has no codes")

    def check_codes(self, codes: NDArray[np.int64]) -> None:
        """Check that codes [n, len(options)] take one of the choices at each place.

        Raises:
            InputError: they have another shape, or a choice that there is not.
        """
        if codes.ndim != 2 or codes.shape[1] != len(self.options):
            raise InputError(f"codes of {self.name} have {len(self.options)} places, but got an array {codes.shape}")
        if ((codes < 0) | (codes >= np.array(self.options))).any():
            raise InputError(f"codes of {self.name} take choices below {self.options}, but got others")

    def edits_between(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
        """Edits from the members of one row of codes to those of another, both [n, len(options)]; [n].

        The places at which the codes differ, unless the space says otherwise; another numbering of vertices may need
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
        if not isinstance(graph, ArchGraph):
            return False
        try:
            self.validate(graph)
        except GraphError:
            return False
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"
