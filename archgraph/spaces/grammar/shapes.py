"""What rules do to shapes, checked once for a grammar, so that no derivation joins values of different shapes.

An operation multiplies the channels by a ratio and divides the sides by a stride, both of which its name says. Odd
windows are padded, so that sides come to the ceiling of their quotient whatever the order of strides; even ones cut an
image into patches, round down, and may stand in no branch. All derivations of branches that are joined must do the
same: then every derivation fits, whatever the size of the image.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.spaces.grammar.expressions import (
    Dag,
    Expression,
    Hole,
    Op,
    Parallel,
    Repeat,
    Sequence,
    VertexCell,
    inner,
    text,
    walk,
)
from archgraph.spaces.grammar.grammar import Grammar

HEAD = "globalavgpool"
"""The operation that ends whole networks: positions are averaged, and a linear layer follows."""
Effect = tuple[Fraction, int]
"""Channels out over channels in; sides in over sides out, 0 where one position is left."""
Effects = frozenset[Effect]
KEEPS: Effect = (Fraction(1), 1)
_SCALED = ("conv", "linear")
"""Kinds whose `expansion` is channels out over channels in."""
_POSITIONS = ("tokenmixing", "tokenmlp")
"""Names of linear layers over positions begin so."""
_MANY = 64  # different effects of a rule, from which on they are not told apart


def ratio_of(name: str) -> Fraction:
    """Channels out over channels in of an operation."""
    operation = OPS[name]
    scales = operation.kind in _SCALED and not name.startswith(_POSITIONS)
    return Fraction(str(operation.expansion)) if scales else Fraction(1)


def effect_of(name: str) -> Effect:
    """What an operation does to shapes."""
    return ratio_of(name), 0 if name == HEAD else OPS[name].stride


def is_whole(grammar: Grammar) -> bool:
    """Whether its architectures are whole networks, from the image to the classes; others are cells."""
    return HEAD in grammar.last[grammar.start]


def check_shapes(grammar: Grammar) -> None:
    """Check that all branches that are joined have one shape.

    Raises:
        InputError: some do not; or a cell changes shapes, a network ends otherwise in some derivations, or does not
            begin with a convolution or linear layer.
    """
    effects = _effects(grammar)
    for rule, alternatives in grammar.rules.items():
        for alternative in alternatives:
            for part in walk(alternative.expression):
                try:
                    _check(part, effects, grammar)
                except InputError as error:
                    raise InputError(f"rule {rule}: {error}") from None
    start, found = grammar.start, effects[grammar.start]
    if not is_whole(grammar):
        if found != {KEEPS}:
            raise InputError(
                f"a cell keeps channels and sides in every derivation, but {start} {_said(found)}; a whole network "
                f"ends with {HEAD}"
            )
        return
    if grammar.last[start] != {HEAD}:
        other = min(grammar.last[start] - {HEAD})
        raise InputError(f"a network ends with {HEAD} in every derivation, but some end with {other}")
    for name in sorted(_begins(grammar, Hole(start), frozenset())):
        if name not in OPS or OPS[name].kind not in _SCALED or name.startswith(_POSITIONS):
            raise InputError(
                "a network begins with a convolution or linear layer, which brings the image to its channels, but "
                f"a derivation begins with {name[:64]}"
            )


def _effects(grammar: Grammar) -> Mapping[str, Effects]:
    """What the derivations of each rule do; where that is very different, some of it."""
    known: dict[str, Effects] = {rule: frozenset() for rule in grammar.rules}
    while True:
        new = {
            rule: frozenset(sorted(known[rule].union(*(_of(one.expression, known, grammar) for one in every)))[:_MANY])
            if len(known[rule]) < _MANY
            else known[rule]
            for rule, every in grammar.rules.items()
        }
        if new == known:
            return known
        known = new


def _of(expression: Expression, known: Mapping[str, Effects], grammar: Grammar) -> Effects:
    """What the derivations of an expression do, where that of the rules is known."""
    match expression:
        case Op(name):
            return frozenset([effect_of(name)])
        case Hole(rule):
            return known[rule]
        case VertexCell() | Dag():
            return frozenset([KEEPS])
        case Repeat(times, part):
            counts = [grammar.count_of(times, number) for number in range(len(grammar.rules[times.rule]))]
            return frozenset((r**count, s**count) for r, s in _of(part, known, grammar) for count in counts)
        case Parallel(join="concat", parts=parts, skip=skip):
            ways = product(*_branches(parts, skip, known, grammar))
            return frozenset((sum((r for r, _ in way), start=Fraction(0)), way[0][1]) for way in ways)
        case Parallel(parts=parts):
            return _of(parts[0], known, grammar)
        case Sequence(parts):
            found: Effects = frozenset([KEEPS])
            for part in parts:
                ways = product(found, _of(part, known, grammar))
                found = frozenset(sorted((a * c, b * d) for (a, b), (c, d) in ways)[:_MANY])
            return found
    return frozenset()


def _branches(
    parts: tuple[Expression, ...], skip: bool, known: Mapping[str, Effects], grammar: Grammar
) -> list[Effects]:
    return [_of(part, known, grammar) for part in parts] + ([frozenset([KEEPS])] if skip else [])


def _check(part: Expression, known: Mapping[str, Effects], grammar: Grammar) -> None:
    """Check what one expression joins, and that nothing follows the end of a network."""
    before_others = part.parts[:-1] if isinstance(part, Sequence) else inner(part)
    if any(HEAD in _operations(grammar, one, set()) for one in before_others):
        raise InputError(f"{HEAD} ends a network, and nothing follows it")
    match part:
        case Parallel(join, parts, skip):
            branches = _branches(parts, skip, known, grammar)
            sides = {stride for branch in branches for _, stride in branch}
            ratios = {ratio for branch in branches for ratio, _ in branch}
            if len(sides) > 1 or (len(ratios) > 1 and join != "concat"):
                said = " and another ".join(dict.fromkeys(map(_said, branches)))
                raise InputError(f"branches of {text(part)[:64]} differ in shape: one {said}")
            for name in sorted(set().union(*(_operations(grammar, one, set()) for one in parts))):
                if OPS[name].kind in _SCALED and OPS[name].kernel % 2 == 0:
                    raise InputError(f"{name} cuts an image into patches, which a branch cannot; move it before")
        case VertexCell() | Dag():
            on_edges = [*inner(part), *([part.sink] if isinstance(part, Dag) else [])]
            for one in on_edges:
                if _of(one, known, grammar) - {KEEPS}:
                    raise InputError(f"edges of a cell keep channels and sides, but {text(one)[:64]} does not")


def _said(effects: Effects) -> str:
    if len(effects) != 1:
        return "does now this, now that"
    ((ratio, stride),) = effects
    return f"has {ratio} times the channels and sides through {stride}" if stride else "leaves one position"


def _operations(grammar: Grammar, expression: Expression, seen: set[str]) -> set[str]:
    """The operations that an expression's derivations can hold, joins aside."""
    found: set[str] = set()
    for part in walk(expression):
        if isinstance(part, Op):
            found.add(part.name)
        elif isinstance(part, Hole) and part.rule not in seen:
            seen.add(part.rule)
            for one in grammar.rules[part.rule]:
                found |= _operations(grammar, one.expression, seen)
    return found


def _begins(grammar: Grammar, expression: Expression, above: frozenset[str]) -> set[str]:
    """Operations with which an expression can begin; the text of what begins with several at once."""
    match expression:
        case Op(name):
            return {name}
        case Sequence(parts):
            return _begins(grammar, parts[0], above)
        case Repeat(part=part):
            return _begins(grammar, part, above)
        case Hole(rule) if rule in above:
            return set()
        case Hole(rule):
            below = above | {rule}
            return set().union(*(_begins(grammar, one.expression, below) for one in grammar.rules[rule]))
    return {text(expression)}
