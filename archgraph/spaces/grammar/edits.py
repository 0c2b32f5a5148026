"""Changes of derivations: to neighbours, by a sub-tree drawn anew, and by one taken from another derivation.

One edit puts another alternative in the place of one. What fills the holes that both alternatives have stays; the other
holes of the new one are filled with the simplest that their rules derive, and those of the old one must have held just
that. So whatever an edit does, an edit undoes.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from archgraph.spaces.grammar.building import size
from archgraph.spaces.grammar.counting import Counts
from archgraph.spaces.grammar.expressions import Derivation
from archgraph.spaces.grammar.parsing import Filling, Forest

TreePath = tuple[int, ...]
"""From the root of a derivation to a part of it, the place of a child at each step."""


class Edits:
    """Changes of the derivations of a grammar.

    Args:
        counts: of the grammar.
    """

    def __init__(self, counts: Counts) -> None:
        self.counts, self.grammar = counts, counts.grammar
        self._simplest: dict[str, Derivation] = {}

    def simplest(self, rule: str) -> Derivation:
        """The first of a rule's derivations of the fewest nodes."""
        known = self._simplest.get(rule)
        if known is None:
            known = self._simplest[rule] = min(self._smallest(rule, self.grammar.least[rule]))
        return known

    def _smallest(self, rule: str, least: int) -> Iterator[Derivation]:
        for number, one in enumerate(self.grammar.rules[rule]):
            if self.grammar.least_of(one.expression) == least:
                yield (number, *map(self.simplest, one.holes))
                return

    def neighbors(self, forest: Forest) -> list[Derivation]:
        """Derivations one edit away from any of a graph's derivations, each once; some are of one graph."""
        known: dict[Filling, list[Derivation]] = {}
        found = self._of_part(forest, forest.root, known)
        return [one for one in found if size(self.grammar, one) <= self.grammar.most]

    def _of_part(self, forest: Forest, part: Filling, known: dict[Filling, list[Derivation]]) -> list[Derivation]:
        if part in known:
            return known[part]
        found: dict[Derivation, None] = {}
        if part.fixed is not None:
            found |= dict.fromkeys(self._switched(part.rule, part.fixed))
        else:
            for number, way in forest.ways(part):
                children = tuple(map(forest.first, way))
                for place, child in enumerate(way):
                    for other in self._of_part(forest, child, known):
                        found[number, *children[:place], other, *children[place + 1 :]] = None
                found |= dict.fromkeys(self._switched(part.rule, (number, *children)))
        known[part] = list(found)
        return known[part]

    def _switched(self, rule: str, derivation: Derivation) -> Iterator[Derivation]:
        """With another alternative at the root."""
        number, *children = derivation
        alternatives = self.grammar.rules[rule]
        held = dict(zip(alternatives[number].keys, children, strict=True))
        rules = dict(zip(alternatives[number].keys, alternatives[number].holes, strict=True))
        for other, alternative in enumerate(alternatives):
            gone = rules.keys() - set(alternative.keys)
            if other == number or any(held[key] != self.simplest(rules[key]) for key in gone):
                continue
            filled = zip(alternative.keys, alternative.holes, strict=True)
            yield (other, *(held[key] if key in held else self.simplest(below) for key, below in filled))

    def regrown(self, derivation: Derivation, random: Random) -> Derivation:
        """With a sub-tree drawn anew, of about as many nodes where it can be, by the weights of the grammar.

        The sub-tree is drawn evenly among those whose rules choose. Of its sizes that fit, one is drawn that differs
        by at most a half.
        """
        spots = [(path, rule) for path, rule, _ in self.parts(derivation) if len(self.grammar.rules[rule]) > 1]
        path, rule = spots[random.randrange(len(spots))]
        old = at(derivation, path)
        now = size(self.grammar, old, rule)
        sizes = [n for n in range(now // 2, now + now // 2 + 2) if self.counts.rule(rule, n)]
        random.shuffle(sizes)
        for n in sizes:
            changed = put(derivation, path, self.counts.draw(rule, n, random))
            if size(self.grammar, changed) <= self.grammar.most:
                return changed
        return derivation

    def crossed(self, first: Derivation, second: Derivation, random: Random) -> Derivation:
        """The first with a sub-tree of the second in the place of one that its rule derived too, drawn evenly.

        Sub-trees are those whose rules choose, but for the whole; without any that fit, the second itself.
        """
        given: dict[str, list[Derivation]] = {}
        for path, rule, child in self.parts(second):
            if path:
                given.setdefault(rule, []).append(child)
        spots = [
            (path, other)
            for path, rule, child in self.parts(first)
            if path and len(self.grammar.rules[rule]) > 1
            for other in dict.fromkeys(given.get(rule, ()))
            if other != child
        ]
        random.shuffle(spots)
        for path, other in spots:
            child = put(first, path, other)
            if size(self.grammar, child) <= self.grammar.most:
                return child
        return second

    def parts(self, derivation: Derivation) -> Iterator[tuple[TreePath, str, Derivation]]:
        """All sub-trees with where they are and the rules that derive them, outer before inner."""
        waiting: list[tuple[TreePath, str, Derivation]] = [((), self.grammar.start, derivation)]
        while waiting:
            path, rule, found = waiting.pop()
            yield path, rule, found
            below = self.grammar.rules[rule][found[0]].holes
            waiting += [((*path, i), name, child) for i, (name, child) in enumerate(zip(below, found[1:], strict=True))]


def at(derivation: Derivation, path: TreePath) -> Derivation:
    """The sub-tree at a path."""
    for place in path:
        derivation = derivation[place + 1]
    return derivation


def put(derivation: Derivation, path: TreePath, part: Derivation) -> Derivation:
    """A derivation with another sub-tree at a path."""
    if not path:
        return part
    place = path[0] + 1
    return (*derivation[:place], put(derivation[place], path[1:], part), *derivation[place + 1 :])
