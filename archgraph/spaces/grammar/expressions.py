"""Expressions: what one alternative of a rule writes, with holes where other rules go on.

An alternative is a small graph with one way in and one way out. Its holes are filled, in the order of `holes`, by what
the rules that they name derive; so a derivation is a tree of alternatives, `(number, child, child, ...)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

Derivation = tuple[Any, ...]
"""(number of the alternative, derivation of each of its holes in order)."""


class Expression:
    """Base of all expressions; two are equal only if they are the same object."""


@dataclass(frozen=True, eq=False)
class Op(Expression):
    """One node with an operation.

    Args:
        name: of the operation.
    """

    name: str


@dataclass(frozen=True, eq=False)
class Hole(Expression):
    """Where a rule goes on.

    Args:
        rule: its name.
    """

    rule: str


@dataclass(frozen=True, eq=False)
class Nothing(Expression):
    """No node: an edge of a `Dag` that is not there."""


@dataclass(frozen=True, eq=False)
class Times(Expression):
    """No node: how often a `Repeat` stands.

    Args:
        count: from 1.
    """

    count: int


@dataclass(frozen=True, eq=False)
class Sequence(Expression):
    """Parts one after another.

    Args:
        parts: at least two.
    """

    parts: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class Parallel(Expression):
    """Branches that read one value, and the node that joins them; their order has no meaning.

    Args:
        join: operation of that node: `sum`, `concat` or `product`.
        parts: the branches.
        skip: the value itself is joined too.
    """

    join: str
    parts: tuple[Expression, ...]
    skip: bool


@dataclass(frozen=True, eq=False)
class Repeat(Expression):
    """Copies of one part, all derived alike, one after another.

    Args:
        times: hole of a rule that derives `Times`.
        part: what is copied.
    """

    times: Hole
    part: Expression


@dataclass(frozen=True, eq=False)
class VertexCell(Expression):
    """Numbered vertices with one operation on each given edge; vertex 0 is what comes in, the last what goes out.

    Args:
        join: operation of the vertices but the first.
        edges: (source, target, what stands on the edge).
    """

    join: str
    edges: tuple[tuple[int, int, Expression], ...]

    @property
    def vertices(self) -> int:
        """How many there are, the first included."""
        return 1 + max(target for _, target, _ in self.edges)


@dataclass(frozen=True, eq=False)
class Dag(Expression):
    """FaDE's cells: vertices that sum, an operation or nothing between each two; it stands last in an architecture.

    Vertices without an edge into them read what comes in; from each without one out of it an operation leads to the
    output, which joins them.

    Args:
        vertices: how many.
        edge: hole of a rule that derives `Nothing` or one operation.
        sink: the operation before the output.
    """

    vertices: int
    edge: Hole
    sink: Op

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """All pairs of vertices, the lower first."""
        return list(combinations(range(self.vertices), 2))


def inner(expression: Expression) -> tuple[Expression, ...]:
    """What an expression is made of, in order; a `Dag` has its edge once for each pair."""
    match expression:
        case Sequence(parts) | Parallel(parts=parts):
            return parts
        case Repeat(times, part):
            return (times, part)
        case VertexCell(edges=edges):
            return tuple(part for _, _, part in edges)
        case Dag(edge=edge):
            return (edge,) * len(expression.pairs)
    return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """An expression and all that it is made of, outer before inner, in order."""
    yield expression
    for part in inner(expression):
        yield from walk(part)


def holes(expression: Expression) -> list[str]:
    """The rules of an expression's holes, in order."""
    return [part.rule for part in walk(expression) if isinstance(part, Hole)]


def text(expression: Expression) -> str:
    """An expression in one line.

    Example:
        >>> text(Sequence((Op("ln"), Parallel("sum", (Hole("mixer"),), skip=True))))
        'ln > sum(mixer, skip)'
    """
    match expression:
        case Op(name):
            return name
        case Hole(rule):
            return rule
        case Times(count):
            return str(count)
        case Sequence(parts):
            return " > ".join(map(text, parts))
        case Parallel(join, parts, skip):
            return f"{join}({', '.join([*map(text, parts), *(['skip'] if skip else [])])})"
        case Repeat(times, part):
            return f"{times.rule} x ({text(part)})"
        case VertexCell(join, edges):
            return f"{join}({', '.join(f'{s}->{t} {text(part)}' for s, t, part in edges)})"
        case Dag(vertices, edge):
            return f"dag of {vertices} ({edge.rule})"
    return "none"
