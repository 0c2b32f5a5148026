"""From a graph back to its derivations.

A part of an architecture with one way in and one way out is what lies behind a node u up to a node v that cannot be
reached around u. Which rules derive such a part does not depend on what surrounds it, so it is found once for each
(rule, u, v), as in Cocke, Younger and Kasami's parsing of strings: a sequence is cut at the nodes through which all
ways from u to v lead, the branches of a join end at the nodes that lead to it, and the vertices of a cell are tried in
every order that its edges allow. All derivations together are a forest of polynomial size; the first of them in
lexicographic order stands for the architecture, however its nodes are numbered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product

from archgraph.architecture import Edge
from archgraph.errors import GraphError
from archgraph.spaces.grammar.counting import Counts
from archgraph.spaces.grammar.expressions import (
    Dag,
    Derivation,
    Expression,
    Hole,
    Op,
    Parallel,
    Repeat,
    VertexCell,
)
from archgraph.spaces.grammar.expressions import Sequence as Row


@dataclass(frozen=True, slots=True)
class Filling:
    """What fills a hole: the part of the graph behind `start` up to `end`; or no node, with a derivation of its own."""

    rule: str
    start: int = 0
    end: int = 0
    fixed: Derivation | None = None


Way = tuple[Filling, ...]
"""What fills the holes of an expression, in order."""


class Forest:
    """All derivations of a graph.

    Args:
        grammar: with its counts, which say what sizes there are.
        ops: operation names in topological order.
        edges: pairs (source, target), source < target.
    """

    def __init__(self, counts: Counts, ops: Sequence[str], edges: Sequence[Edge]) -> None:
        self.grammar, self.counts, self.ops = counts.grammar, counts, ops
        self.output = len(ops) - 1
        self.into: list[list[int]] = [[] for _ in ops]
        self.out: list[list[int]] = [[] for _ in ops]
        for source, target in edges:
            self.into[target].append(source)
            self.out[source].append(target)
        self._around()
        self._ways: dict[tuple[str, int, int], list[tuple[int, Way]]] = {}
        self._of: dict[tuple[int, int, int], list[Way]] = {}
        self._rows: dict[tuple[int, int, int, int], list[Way]] = {}
        self._first: dict[Filling, Derivation] = {}
        self._cuts: dict[tuple[int, int], tuple[list[int], list[int]]] = {}

    def _around(self) -> None:
        """For each node the last one through which all ways to it lead, and what is before and behind it, as bits."""
        self.gate = [0] * len(self.ops)
        self.before, self.behind = [1] * len(self.ops), [0] * len(self.ops)
        for node in range(1, len(self.ops)):
            first, *others = self.into[node]
            for other in others:
                while first != other:
                    if first > other:
                        first = self.gate[first]
                    else:
                        other = self.gate[other]
            self.gate[node] = first
            self.before[node] = 1 << node
            for source in self.into[node]:
                self.before[node] |= self.before[source]
        for node in range(len(self.ops) - 1, -1, -1):
            for target in self.out[node]:
                self.behind[node] |= 1 << target | self.behind[target]

    @property
    def root(self) -> Filling:
        """The whole architecture."""
        last = self.into[self.output]
        return Filling(self.grammar.start, 0, self.output if self.grammar.is_open or len(last) > 1 else last[0])

    def first(self, part: Filling) -> Derivation:
        """The first derivation of a part in lexicographic order.

        Raises:
            GraphError: it has none.
        """
        if part.fixed is not None:
            return part.fixed
        known = self._first.get(part)
        if known is None:
            ways = self.ways(part)
            if not ways:
                raise GraphError(f"it cannot be derived from {part.rule}")
            known = self._first[part] = min((number, *map(self.first, way)) for number, way in ways)
        return known

    def ways(self, part: Filling) -> list[tuple[int, Way]]:
        """The alternatives of its rule that derive a part, each with what then fills its holes."""
        key = (part.rule, part.start, part.end)
        known = self._ways.get(key)
        if known is None:
            known = self._ways[key] = [
                (number, way)
                for number, one in enumerate(self.grammar.rules[part.rule])
                for way in self._expression(one.expression, part.start, part.end)
            ]
        return known

    def cuts(self, start: int, end: int) -> tuple[list[int], list[int]]:
        """The nodes from `start` to `end` through which all ways between lead, and how many lie behind it up to each.

        None where some ways to `end` lead around `start`.
        """
        known = self._cuts.get((start, end))
        if known is None:
            found = [end]
            while found[-1] > start:
                found.append(self.gate[found[-1]])
            found = found[::-1] if found[-1] == start else []
            known = found, [0, *((self.behind[start] & self.before[node]).bit_count() for node in found[1:])]
            self._cuts[start, end] = known
        return known

    def _expression(self, expression: Expression, start: int, end: int) -> list[Way]:
        """How an expression derives what lies behind `start` up to `end`; each way once, in a fixed order."""
        key = (id(expression), start, end)
        known = self._of.get(key)
        if known is None:
            fits = end == self.output or self._fits(expression, start, end)
            known = self._of[key] = self._found(expression, start, end) if fits else []
        return known

    def _fits(self, expression: Expression, start: int, end: int) -> bool:
        """Whether an expression can end so and have so many nodes."""
        nodes = (self.behind[start] & self.before[end]).bit_count()
        return self.ops[end] in self.grammar.ends[id(expression)] and bool(self.counts.fits(expression) >> nodes & 1)

    def _found(self, expression: Expression, start: int, end: int) -> list[Way]:
        match expression:
            case Op(name) if end != self.output:
                return [()] if self.ops[end] == name and self.into[end] == [start] else []
            case Hole(rule):
                part = Filling(rule, start, end)
                return [(part,)] if self.ways(part) else []
            case Row(parts):
                cuts, behind = self.cuts(start, end)
                return self._row(parts, 0, cuts, behind, 0) if len(cuts) > len(parts) else []
            case Dag():
                return list(dict.fromkeys(self._dag(expression, start))) if end == self.output else []
        if end == self.output:  # what is no dag ends with one node before the output
            (last, *others) = self.into[end]
            return [] if others or last <= start else self._expression(expression, start, last)
        match expression:
            case Parallel(parts=parts, skip=skip):
                return list(dict.fromkeys(self._parallel(parts, skip, start, end)))
            case Repeat():
                return list(self._repeat(expression, start, end))
            case VertexCell():
                return list(dict.fromkeys(self._cell(expression, start, end)))
        return []

    def _row(
        self, parts: tuple[Expression, ...], number: int, cuts: list[int], behind: list[int], at: int
    ) -> list[Way]:
        """How `parts[number:]` derive what lies behind cut `at`."""
        part = parts[number]
        if number == len(parts) - 1:
            return self._expression(part, cuts[at], cuts[-1])
        key = (id(parts), number, cuts[at], cuts[-1])
        known = self._rows.get(key)
        if known is None:
            known = []
            own, left = self.counts.fits(part), self.counts.rests(parts)[number + 1]
            ends, nodes, closed = self.grammar.ends[id(part)], behind[-1], cuts[-1] != self.output
            for cut in range(at + 1, len(cuts) - len(parts) + number + 1):
                if (
                    self.ops[cuts[cut]] in ends
                    and own >> (behind[cut] - behind[at]) & 1
                    and (not closed or left >> (nodes - behind[cut]) & 1)
                    and (firsts := self._expression(part, cuts[at], cuts[cut]))
                ):
                    rests = self._row(parts, number + 1, cuts, behind, cut)
                    known += [one + rest for one in firsts for rest in rests]
            self._rows[key] = known
        return known

    def _parallel(self, parts: tuple[Expression, ...], skip: bool, start: int, end: int) -> Iterator[Way]:
        ends = [node for node in self.into[end] if node != start]
        if (
            len(ends) != len(parts)
            or (len(ends) < len(self.into[end])) != skip
            or not all(self.cuts(start, node)[0] for node in ends)
        ):
            return
        inside = [self.behind[start] & self.before[node] for node in ends]
        if any(one & other for number, one in enumerate(inside) for other in inside[:number]):
            return
        for order in permutations(ends):
            each = [self._expression(part, start, node) for part, node in zip(parts, order, strict=True)]
            yield from (sum(way, ()) for way in product(*each))

    def _repeat(self, repeat: Repeat, start: int, end: int) -> Iterator[Way]:
        cuts, _ = self.cuts(start, end)
        for number in range(len(self.grammar.rules[repeat.times.rule])):
            count = self.grammar.count_of(repeat.times, number)
            step, rest = divmod(len(cuts) - 1, count)
            if rest or step < 1:
                continue
            copies = [self._expression(repeat.part, cuts[i], cuts[i + step]) for i in range(0, len(cuts) - 1, step)]
            alike = [{tuple(map(self.first, way)) for way in copy} for copy in copies[1:]]
            for way in copies[0]:
                if all(tuple(map(self.first, way)) in copy for copy in alike):
                    yield (Filling(repeat.times.rule, fixed=(number,)), *way)

    def _cell(self, cell: VertexCell, start: int, end: int) -> Iterator[Way]:
        nodes = _members(self.behind[start] & self.before[end])
        vertices = [node for node in nodes if self.ops[node] == cell.join]
        on_edge = {node: (self.into[node][0], self.out[node][0]) for node in nodes if self.ops[node] != cell.join}
        if len(vertices) != cell.vertices - 1 or len(on_edge) != len(cell.edges):
            return
        if not self._only_between(on_edge, {start, *vertices}, vertices):
            return
        for order in self._orders([start, *vertices], list(on_edge.values()), fixed=2):
            number = {node: place for place, node in enumerate(order)}
            placed = {(number[s], number[t]): node for node, (s, t) in on_edge.items()}
            if placed.keys() == {(s, t) for s, t, _ in cell.edges} and order[-1] == end:
                each = [self._expression(part, order[s], placed[s, t]) for s, t, part in cell.edges]
                yield from (sum(way, ()) for way in product(*each))

    def _dag(self, dag: Dag, start: int) -> Iterator[Way]:
        output = self.output
        nodes = _members(self.behind[start] & self.before[output])[:-1]
        vertices = [node for node in nodes if self.ops[node] == "sum"]
        on_edge = {node: (self.into[node][0], self.out[node][0]) for node in nodes if self.ops[node] != "sum"}
        if len(vertices) != dag.vertices or any(start == source for source, _ in on_edge.values()):
            return
        if not self._only_between(on_edge, {start, *vertices}, [*vertices, output], entry=start):
            return
        leave, enter = ({edge[end] for edge in on_edge.values() if edge[1] != output} for end in (0, 1))
        sinks = {node: source for node, (source, target) in on_edge.items() if target == output}
        if sorted(sinks.values()) != sorted(set(vertices) - leave) or any(self.ops[n] != dag.sink.name for n in sinks):
            return
        if any((start in self.into[node]) == (node in enter) for node in vertices):
            return
        inner = {node: edge for node, edge in on_edge.items() if node not in sinks}
        for order in self._orders(vertices, list(inner.values())):
            number = {node: place for place, node in enumerate(order)}
            placed = {(number[s], number[t]): node for node, (s, t) in inner.items()}
            if len(placed) == len(inner):
                yield tuple(
                    Filling(dag.edge.rule, order[s], placed[s, t])
                    if (s, t) in placed
                    else Filling(dag.edge.rule, fixed=(0,))
                    for s, t in dag.pairs
                )

    def _only_between(
        self, on_edge: dict[int, Edge], sources: set[int], targets: Sequence[int], entry: int = -1
    ) -> bool:
        """Whether other nodes have one way in and out, between vertices, and vertices read nothing but such nodes."""
        alone = all(len(self.into[n]) == len(self.out[n]) == 1 for n in on_edge)
        between = all(s in sources and t in targets for s, t in on_edge.values())
        return alone and between and all(n in on_edge or n == entry for t in targets for n in self.into[t])

    def _orders(self, vertices: list[int], edges: list[Edge], fixed: int = 0) -> Iterator[tuple[int, ...]]:
        """All topological orders of vertices; where `fixed`, the first and the last stay where they are."""
        if len(set(edges)) < len(edges):
            return
        ends = (vertices[:1], vertices[-1:]) if fixed else ([], [])
        for order in permutations(vertices[1:-1] if fixed else vertices):
            whole = (*ends[0], *order, *ends[1])
            place = {node: number for number, node in enumerate(whole)}
            if all(place[s] < place[t] for s, t in edges):
                yield whole


def _members(bits: int) -> list[int]:
    """The numbers of the bits that are set, in order."""
    return [number for number in range(bits.bit_length()) if bits >> number & 1]
