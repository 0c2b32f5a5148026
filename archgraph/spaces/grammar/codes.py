"""Derivations as texts and as codes of fixed length.

The native form is the numbers of all alternatives that were chosen, outer before inner, a digit or letter each. In a
code every rule has positions of its own: the first holds what it chose where it was first used, and so on (Lourenço,
Pereira and Costa, "SGE: a structured representation for grammatical evolution", 2015). So a choice of one rule moves
those of others as little as can be. There are as many positions as a derivation can use; those that it does not use
hold 0 and have no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.spaces.base import Choice
from archgraph.spaces.grammar.building import size
from archgraph.spaces.grammar.expressions import Derivation, Expression, Hole, Repeat, Times, inner, text
from archgraph.spaces.grammar.grammar import Grammar, own_nodes

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
Most = NDArray[np.float64]
"""For each rule that chooses and each number of nodes the most uses, -inf where there is no derivation, [rules, n]."""


def native(grammar: Grammar, derivation: Derivation, rule: str = "") -> str:
    """The native form of a derivation."""
    number, *children = derivation
    name = rule or grammar.start
    alternative = grammar.rules[name][number]
    own = _DIGITS[number] if len(grammar.rules[name]) > 1 else ""
    return own + "".join(native(grammar, one, below) for one, below in zip(children, alternative.holes, strict=True))


def from_native(grammar: Grammar, form: str) -> Derivation:
    """The derivation with a native form.

    Raises:
        InputError: the form is malformed, or describes more nodes than there may be.
    """
    digits = iter(form)

    def choose(rule: str) -> int:
        digit = next(digits, "")
        number = _DIGITS.find(digit) if digit else -1
        if not 0 <= number < len(grammar.rules[rule]):
            most = _DIGITS[len(grammar.rules[rule]) - 1]
            raise InputError(
                f"{form[:64]!r} is no native form of this grammar: {rule} is chosen by 0 to {most}, but there stands "
                f"{digit or 'nothing'!r}"
            )
        return number

    found = derived(grammar, choose)
    if found is None:
        raise InputError(f"{form[:64]!r} describes more than the {grammar.most + 2} nodes that this grammar allows")
    if next(digits, ""):
        raise InputError(f"{form[:64]!r} is no native form of this grammar: it goes on behind the last choice")
    return found


def derived(grammar: Grammar, choose: Callable[[str], int]) -> Derivation | None:
    """The derivation that chooses so; None where it has too many nodes.

    Args:
        grammar: from whose start it is derived.
        choose: asked at each use of a rule with several alternatives, outer before inner, for the number of one.
    """
    least = grammar.least[grammar.start]  # nodes that there are at least, whatever is chosen from here on

    def derive(rule: str) -> Derivation:
        nonlocal least
        number = choose(rule) if len(grammar.rules[rule]) > 1 else 0
        alternative = grammar.rules[rule][number]
        least += grammar.least_of(alternative.expression) - grammar.least[rule]
        if least > grammar.most:
            raise _TooLargeError
        return (number, *map(derive, alternative.holes))

    try:
        found = derive(grammar.start)
    except _TooLargeError:
        return None
    return found if size(grammar, found) <= grammar.most else None


class _TooLargeError(Exception):
    pass


class StructuredCodes:
    """Codes of the derivations of a grammar.

    Args:
        grammar: the grammar.

    Attributes:
        choices: name of each position, a rule and the number of its use, and what its alternatives write.
    """

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.choices: dict[str, tuple[Choice, ...]] = {}
        self._first: dict[str, int] = {}
        uses = most_uses(grammar)
        for rule, alternatives in grammar.rules.items():
            if uses.get(rule):
                self._first[rule] = len(self.choices)
                said = tuple(_said(one.expression) for one in alternatives)
                names = [rule] if uses[rule] == 1 else [f"{rule} {number}" for number in range(1, uses[rule] + 1)]
                self.choices |= dict.fromkeys(names, said)
        self._uses = uses

    def code(self, derivation: Derivation) -> list[int]:
        """The code of a derivation, [positions]."""
        found, used = [0] * len(self.choices), dict(self._first)
        waiting = [(self.grammar.start, derivation)]
        while waiting:
            rule, (number, *children) = waiting.pop()
            if rule in used:
                found[used[rule]] = number
                used[rule] += 1
            below = self.grammar.rules[rule][number].holes
            waiting += reversed(list(zip(below, children, strict=True)))
        return found

    def derivation(self, code: Sequence[int]) -> Derivation | None:
        """The derivation of a code; None where it has too many nodes."""
        left = {rule: iter(code[first : first + self._uses[rule]]) for rule, first in self._first.items()}
        try:
            return derived(self.grammar, lambda rule: next(left[rule]))
        except (StopIteration, RuntimeError):  # more uses of a rule than any architecture has
            return None


def _said(expression: Expression) -> Choice:
    return expression.count if isinstance(expression, Times) else text(expression)


def most_uses(grammar: Grammar) -> dict[str, int]:
    """Of each rule with several alternatives how often an architecture can use it.

    A rule's uses in derivations of n nodes are added up over what follows one another and maximised over alternatives
    and over the ways to share out the nodes, until nothing changes any more.
    """
    chosen = [rule for rule, alternatives in grammar.rules.items() if len(alternatives) > 1]
    row = {rule: number for number, rule in enumerate(chosen)}
    shape = (len(chosen), grammar.most + 1)
    known = {rule: np.full(shape, -np.inf) for rule in grammar.rules}
    users: dict[str, set[str]] = {rule: set() for rule in grammar.rules}
    for rule, alternatives in grammar.rules.items():
        for below in {below for one in alternatives for below in one.holes}:
            users[below].add(rule)
    waiting = list(grammar.rules)
    while waiting:
        rule = waiting.pop()
        found = np.maximum.reduce([_uses(one.expression, known, grammar, shape) for one in grammar.rules[rule]])
        if rule in row:
            found[row[rule]] += 1
        if not np.array_equal(found, known[rule]):
            known[rule] = found
            waiting += sorted(users[rule].difference(waiting))
    most = known[grammar.start].max(axis=1)
    return {rule: int(most[number]) for rule, number in row.items() if most[number] > 0}


def _uses(expression: Expression, known: Mapping[str, Most], grammar: Grammar, shape: tuple[int, int]) -> Most:
    match expression:
        case Hole(rule):
            return known[rule]
        case Repeat(times, part):
            once, found = _uses(part, known, grammar, shape), np.full(shape, -np.inf)
            for number in range(len(grammar.rules[times.rule])):
                count = grammar.count_of(times, number)
                fits = once[:, : (shape[1] - 1) // count + 1]
                found[:, : fits.shape[1] * count : count] = np.maximum(found[:, : fits.shape[1] * count : count], fits)
            return found + known[times.rule][:, :1]
    found = np.full(shape, -np.inf)
    found[:, own_nodes(expression) : own_nodes(expression) + 1] = 0
    for part in inner(expression):
        found = _together(found, _uses(part, known, grammar, shape))
    return found


def _together(first: Most, second: Most) -> Most:
    """Uses in two parts by the number of their nodes together."""
    found = np.full_like(first, -np.inf)
    most = first.shape[1]
    for n in np.flatnonzero((first > -np.inf).any(axis=0)).tolist():
        found[:, n:] = np.maximum(found[:, n:], first[:, n : n + 1] + second[:, : most - n])
    return found
