"""Grammar: rules, each with alternatives, from which the architectures of a space are derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from archgraph.errors import InputError
from archgraph.spaces.grammar.expressions import (
    Dag,
    Expression,
    Hole,
    Nothing,
    Op,
    Parallel,
    Repeat,
    Sequence,
    Times,
    VertexCell,
    holes,
    inner,
    walk,
)


@dataclass(frozen=True)
class Alternative:
    """One way in which a rule goes on.

    Args:
        expression: what it writes.
        weight: how many equal alternatives it counts for where derivations are drawn.
    """

    expression: Expression
    weight: int = 1

    @cached_property
    def holes(self) -> tuple[str, ...]:
        """The rules of its holes, in order."""
        return tuple(holes(self.expression))

    @cached_property
    def keys(self) -> tuple[tuple[str, int], ...]:
        """Of each hole its rule and how many holes of that rule come before it.

        Holes of two alternatives that have one key are the same place: what stands there is kept where one alternative
        takes the other's place. Those of a `Dag` are its pairs of vertices, whatever their number.
        """
        match self.expression:
            case Dag(edge=edge) as dag:
                return tuple((f"{edge.rule} {source}", target) for source, target in dag.pairs)
        return tuple((rule, self.holes[:place].count(rule)) for place, rule in enumerate(self.holes))


@dataclass(frozen=True)
class Grammar:
    """Rules by name.

    Args:
        start: the rule from which architectures are derived.
        rules: name -> alternatives.
        most: nodes that an architecture may have between input and output.

    Raises:
        InputError: a rule that is used is missing, one is used by none, one derives nothing, or derives itself alone.
    """

    start: str
    rules: Mapping[str, tuple[Alternative, ...]]
    most: int

    def __post_init__(self) -> None:
        used, waiting = {self.start}, [self.start]
        while waiting:
            for alternative in self.rules.get(rule := waiting.pop(), ()):
                new = set(alternative.holes) - used
                used |= new
                waiting += sorted(new)
            if rule not in self.rules:
                raise InputError(f"there is no rule {rule}, from which the grammar starts; name one that there is")
        if stray := sorted(set(self.rules) - used):
            raise InputError(f"rule {stray[0]} is never used; remove it, or use it in another")
        for rule, least in self.least.items():
            if least > self.most:
                raise InputError(f"rule {rule} derives nothing of at most {self.most} nodes; let one alternative end")
        for rule in self.rules:
            self._check_growth(rule, (rule,))

    def _check_growth(self, rule: str, above: tuple[str, ...]) -> None:
        """Refuse rules that come back to themselves without a node between, which have derivations without end."""
        for alternative in self.rules[rule]:
            if isinstance(alternative.expression, Hole):
                below = alternative.expression.rule
                if below in above:
                    raise InputError(f"rule {below} derives itself and nothing else; remove that alternative")
                self._check_growth(below, (*above, below))

    @cached_property
    def least(self) -> dict[str, int]:
        """Of each rule the fewest nodes that it derives."""
        none = self.most + 1
        found = dict.fromkeys(self.rules, none)
        while True:
            new = {
                rule: min(self.least_of(one.expression, found) for one in alternatives)
                for rule, alternatives in self.rules.items()
            }
            if new == found:
                return found
            found = new

    def least_of(self, expression: Expression, known: Mapping[str, int] | None = None) -> int:
        """The fewest nodes that an expression derives; more than `most` where it derives nothing.

        Args:
            expression: of this grammar.
            known: of each rule the fewest; default those that are true.
        """
        known = self.least if known is None else known
        match expression:
            case Op():
                return 1
            case Hole(rule):
                return known[rule]
            case Repeat(times, part):
                fewest = min(self.count_of(times, alternative) for alternative in range(len(self.rules[times.rule])))
                return min(fewest * self.least_of(part, known), self.most + 1)
        own = own_nodes(expression) + sum(self.least_of(part, known) for part in inner(expression))
        return min(own, self.most + 1)

    def count_of(self, times: Hole, alternative: int) -> int:
        """How often a `Repeat` stands under an alternative of its hole."""
        expression = self.rules[times.rule][alternative].expression
        assert isinstance(expression, Times)
        return expression.count

    @cached_property
    def expressions(self) -> list[Expression]:
        """All expressions, each once."""
        every = (part for rule in self.rules.values() for one in rule for part in walk(one.expression))
        return list({id(part): part for part in every}.values())

    @cached_property
    def operations(self) -> tuple[str, ...]:
        """The operations of its architectures, joins included."""
        names = ["input", "output"]
        for part in self.expressions:
            match part:
                case Op(name):
                    names.append(name)
                case Parallel(join=join) | VertexCell(join=join):
                    names.append(join)
                case Dag(sink=sink):
                    names += ["sum", sink.name]
        return tuple(dict.fromkeys(names))

    @cached_property
    def last(self) -> dict[str, frozenset[str]]:
        """Of each rule the operations of the node with which it can end."""
        found: dict[str, frozenset[str]] = {rule: frozenset() for rule in self.rules}
        while True:
            new = {
                rule: frozenset().union(*(ends(one.expression, found) for one in alternatives))
                for rule, alternatives in self.rules.items()
            }
            if new == found:
                return found
            found = new

    @cached_property
    def ends(self) -> dict[int, frozenset[str]]:
        """Of each expression, by its `id`, the operations of the node with which it can end."""
        return {id(expression): ends(expression, self.last) for expression in self.expressions}

    @cached_property
    def is_open(self) -> bool:
        """Whether several nodes of an architecture can lead to its output."""
        return any(isinstance(part, Dag) for part in self.expressions)


def own_nodes(expression: Expression) -> int:
    """Nodes that an expression has beside those of its parts; of a dag's sinks one is counted."""
    match expression:
        case Op() | Parallel():
            return 1
        case VertexCell():
            return expression.vertices - 1
        case Dag(vertices=vertices):
            return vertices + 1
    return 0


def ends(expression: Expression, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The operations of the node with which an expression can end, where those of each rule are known."""
    match expression:
        case Op(name):
            return frozenset([name])
        case Hole(rule):
            return known[rule]
        case Sequence(parts):
            return ends(parts[-1], known)
        case Repeat(part=part):
            return ends(part, known)
        case Parallel(join=join) | VertexCell(join=join):
            return frozenset([join])
        case Dag(sink=sink):
            return frozenset([sink.name])
        case Nothing() | Times():
            return frozenset()
    raise AssertionError(expression)
