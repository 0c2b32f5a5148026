"""Cells whose choices are left open, each a graph with mixtures that may hold mixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

Derivation = tuple[Any, ...]
"""(number of an alternative, derivation of each choice inside it in order)."""


@dataclass(frozen=True)
class Option:
    """One alternative of an open choice.

    Args:
        number: of the alternative in its rule.
        inside: the choices that its holes leave, in the order of the holes.
    """

    number: int
    inside: tuple[OpenChoice, ...]


@dataclass(frozen=True)
class OpenChoice:
    """A place where a rule is used, with what may stand there.

    Args:
        rule: its name.
        options: the alternatives that lead to members; where there is one, nothing is open.
        level: choices that stand around it.
        number: of its mixtures, in the order in which they are written; 0 of the cell's own choice, -1 where nothing is
            open.
    """

    rule: str
    options: tuple[Option, ...]
    level: int
    number: int

    def walk(self) -> Iterator[OpenChoice]:
        """Itself and all choices inside, outer before inner."""
        yield self
        for option in self.options:
            for choice in option.inside:
                yield from choice.walk()


@dataclass(frozen=True)
class OpenCells:
    """The cells of a space with their choices open.

    Args:
        root: where cells begin; its options are the cells.
        cells: a graph for each option of the root.
        mixtures: for each cell the number of the choice at each of its mixtures, by node.
        rules: of each rule what its alternatives write, as texts.
        graph: what a derivation of a rule writes.
        fits: whether the cell of a derivation is a member: not all that can be chosen is small enough.
    """

    root: OpenChoice
    cells: list[ArchGraph]
    mixtures: list[dict[int, int]]
    rules: Mapping[str, list[str]]
    graph: Callable[[str, Derivation], ArchGraph]
    fits: Callable[[Derivation], bool]

    @property
    def choices(self) -> list[OpenChoice]:
        """The choices that are open, outer before inner; each once, also where copies share it."""
        found = {choice.number: choice for choice in self.root.walk() if choice.number >= 0}
        return [found[number] for number in sorted(found)]
