r"""How many derivations there are of each size, and the drawing of one of them.

A rule's derivations of n nodes are counted by dynamic programming over sizes: a choice adds, a sequence convolves,

.. math:: c_A(n) = \sum_a w_a c_a(n), \qquad c_{XY}(n) = \sum_i c_X(i)\, c_Y(n - i),

all in whole numbers without limit. Going back down the same sums draws a derivation with a probability that is exactly
its weight over the sum of all of its size (Nijenhuis and Wilf, "Combinatorial Algorithms", 1978; Flajolet et al.,
"A calculus for the random generation of labelled combinatorial structures", 1994).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from archgraph.spaces.grammar.expressions import Derivation, Expression, Hole, Nothing, Op, Repeat, Times, inner
from archgraph.spaces.grammar.grammar import Grammar, own_nodes

Parts = tuple[Expression, ...]


class Counts:
    """Weights of the derivations of a grammar by size; without weights, their numbers.

    Args:
        grammar: the grammar.
        weighted: alternatives count as often as their weight says.

    Example:
        >>> from archgraph import spaces
        >>> Counts(spaces.get("grammar:nasbench201").grammar).total
        15625
    """

    def __init__(self, grammar: Grammar, weighted: bool = False) -> None:
        self.grammar, self.weighted = grammar, weighted
        self._rules: dict[tuple[str, int], list[int]] = {}
        self._parts: dict[tuple[int, int], list[int]] = {}
        self._inner = {id(expression): inner(expression) for expression in grammar.expressions}
        self._suffixes: dict[int, list[Parts]] = {}
        self._fits: dict[int, int] = {}
        self._rests: dict[int, list[int]] = {}
        self._least = {id(expression): grammar.least_of(expression) for expression in grammar.expressions}
        self.sizes = [n for n in range(grammar.most + 1) if self.rule(grammar.start, n)]
        """Nodes between input and output that an architecture can have; see `own_nodes`."""

    @property
    def total(self) -> int:
        """Derivations of all sizes."""
        return sum(self.rule(self.grammar.start, n) for n in self.sizes)

    def rule(self, rule: str, n: int) -> int:
        """Derivations of n nodes from a rule."""
        return self._alternatives(rule, n)[-1]

    def _alternatives(self, rule: str, n: int) -> list[int]:
        """Derivations of n nodes from the first alternative, the first two, and so on."""
        known = self._rules.get((rule, n))
        if known is None:
            every = self.grammar.rules[rule]
            if n < self.grammar.least[rule]:
                known = [0] * len(every)
            else:
                weights = [one.weight if self.weighted else 1 for one in every]
                known = list(
                    accumulate(w * self.expression(one.expression, n) for w, one in zip(weights, every, strict=True))
                )
            self._rules[rule, n] = known
        return known

    def expression(self, expression: Expression, n: int) -> int:
        """Derivations of n nodes from an expression."""
        match expression:
            case Op():
                return int(n == 1)
            case Nothing() | Times():
                return int(n == 0)
            case Hole(rule):
                return self.rule(rule, n)
            case Repeat():
                return self._repeats(expression, n)[-1]
        return self._sequence(self._inner[id(expression)], n - own_nodes(expression))

    def fits(self, expression: Expression) -> int:
        """The numbers of nodes of which an expression has derivations, as bits."""
        known = self._fits.get(id(expression))
        if known is None:
            known = sum(1 << n for n in range(self.grammar.most + 1) if self.expression(expression, n))
            self._fits[id(expression)] = known
        return known

    def rests(self, parts: Parts) -> list[int]:
        """The numbers of nodes of which the parts from each on have derivations, as bits, [len(parts)]."""
        known = self._rests.get(id(parts))
        if known is None:
            known, rest = [], parts
            while rest:
                known.append(sum(1 << n for n in range(self.grammar.most + 1) if self._sequence(rest, n)))
                rest = self._rest(rest)
            self._rests[id(parts)] = known
        return known

    def _repeats(self, repeat: Repeat, n: int) -> list[int]:
        """Derivations of n nodes with the first number of repeats, the first two, and so on."""
        known = self._parts.get((id(repeat), n))
        if known is None:
            found = []
            for number, one in enumerate(self.grammar.rules[repeat.times.rule]):
                size, rest = divmod(n, self.grammar.count_of(repeat.times, number))
                found.append((one.weight if self.weighted else 1) * (0 if rest else self.expression(repeat.part, size)))
            known = self._parts[id(repeat), n] = list(accumulate(found))
        return known

    def _sequence(self, parts: Parts, n: int) -> int:
        """Derivations of n nodes from parts in a row."""
        if n < 0 or not parts:
            return int(n == 0)
        return self.expression(parts[0], n) if len(parts) == 1 else self._splits(parts, n)[-1]

    def _splits(self, parts: Parts, n: int) -> list[int]:
        """Derivations of n nodes whose first part has no node, at most one, at most two, and so on."""
        known = self._parts.get((id(parts), n))
        if known is None:
            rest = self._rest(parts)
            first = self._least[id(parts[0])]
            most = n - sum(self._least[id(part)] for part in rest)
            found = [0] * (n + 1)
            for size in range(first, most + 1):
                if ways := self.expression(parts[0], size):
                    found[size] = ways * self._sequence(rest, n - size)
            known = self._parts[id(parts), n] = list(accumulate(found))
        return known

    def _rest(self, parts: Parts) -> Parts:
        """All parts but the first, always the same object."""
        known = self._suffixes.get(id(parts))
        if known is None:
            known = self._suffixes[id(parts)] = [parts, parts[1:]]  # both are kept, so that no other gets the number
        return known[1]

    def draw(self, rule: str, n: int, random: Random) -> Derivation:
        """A derivation of n nodes from a rule, of which there is one; each as likely as its weight."""
        sums = self._alternatives(rule, n)
        number = bisect(sums, random.randrange(sums[-1])) if len(sums) > 1 else 0
        drawn: list[int | Derivation] = [number]
        self._fill(self.grammar.rules[rule][number].expression, n, random, drawn)
        return tuple(drawn)

    def _fill(self, expression: Expression, n: int, random: Random, drawn: list[int | Derivation]) -> None:
        match expression:
            case Op() | Nothing() | Times():
                return
            case Hole(rule):
                drawn.append(self.draw(rule, n, random))
                return
            case Repeat(times, part):
                sums = self._repeats(expression, n)
                number = bisect(sums, random.randrange(sums[-1]))
                drawn.append((number,))
                self._fill(part, n // self.grammar.count_of(times, number), random, drawn)
                return
        parts, left = self._inner[id(expression)], n - own_nodes(expression)
        while len(parts) > 1:
            sums = self._splits(parts, left)
            size = bisect(sums, random.randrange(sums[-1]))
            self._fill(parts[0], size, random, drawn)
            parts, left = self._rest(parts), left - size
        if parts:
            self._fill(parts[0], left, random, drawn)

    def every(self, rule: str, n: int) -> Iterator[Derivation]:
        """All derivations of n nodes from a rule, each once."""
        if self.rule(rule, n):
            for number, one in enumerate(self.grammar.rules[rule]):
                for children in self._fillings(one.expression, n):
                    yield (number, *children)

    def _fillings(self, expression: Expression, n: int) -> Iterator[Derivation]:
        if not self.expression(expression, n):
            return
        match expression:
            case Op() | Nothing() | Times():
                yield ()
            case Hole(rule):
                for child in self.every(rule, n):
                    yield (child,)
            case Repeat(times, part):
                for number in range(len(self.grammar.rules[times.rule])):
                    size, rest = divmod(n, self.grammar.count_of(times, number))
                    if not rest:
                        for children in self._fillings(part, size):
                            yield ((number,), *children)
            case _:
                yield from self._rows(self._inner[id(expression)], n - own_nodes(expression))

    def _rows(self, parts: Parts, n: int) -> Iterator[Derivation]:
        if len(parts) < 2:
            yield from self._fillings(parts[0], n) if parts else [()]
            return
        for size in range(n + 1):
            for first in self._fillings(parts[0], size):
                for others in self._rows(self._rest(parts), n - size):
                    yield (*first, *others)
