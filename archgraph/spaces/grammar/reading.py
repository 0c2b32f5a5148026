"""Grammars as files say them.

    start: network
    nodes: 64                                   # that an architecture has at most, input and output included
    rules:                                      # name -> alternatives, one of which is taken
      network:
        - [conv3x3-bn-relu, body, globalavgpool]        # a list: one after another
      body:
        - {repeat: block, times: [1, 2, 4]}             # copies, all alike
        - {sequence: [block, down, body], weight: 2}    # drawn as often as two alternatives
      block:
        - {residual: [conv, conv3x3-bn]}                # the sum with what comes in
        - {parallel: [conv, conv, skip], join: concat}  # or sum, product; `skip` is what comes in
      down: [conv3x3-s2-e2-bn-relu, [maxpool3x3-s2, conv1x1-e2-bn]]
      conv: [conv3x3-bn-relu, conv5x5-bn-relu]

What is no name of a rule is an operation: a known one, one whose name says what it is, or one that is described under
`operations` as in a custom space. `{cell: {0->1: op, 0->2: op, 1->2: op}, join: sum}` has an operation on each of these
edges between numbered vertices; `{dag: {vertices: 4, edge: conv3x3-relu, sink: conv3x3-relu}}` is a cell of FaDE's
(`archgraph.spaces.grammar.expressions.Dag`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from archgraph.checks import check_whole, shown
from archgraph.errors import InputError
from archgraph.ops import OPS, STRUCTURE
from archgraph.settings import check_settings
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
    text,
)
from archgraph.spaces.grammar.grammar import Alternative, Grammar
from archgraph.spaces.grammar.shapes import check_shapes
from archgraph.table.descriptions import operation_of

MOST_NODES = 128
MOST_ALTERNATIVES = 36
"""Of a rule: one digit or letter each, in native forms."""
JOINS = ("sum", "concat", "product")
SKIP = "skip"
"""The branch that is what comes in."""
_MOST_RULES, _MOST_BRANCHES, _MOST_VERTICES, _MOST_COPIES = 200, 5, 6, 64
_WORDS = ("sequence", "parallel", "residual", "repeat", "cell", "dag")


def grammar_of(description: Any) -> Grammar:
    """The grammar that plain data describe; registers its operations.

    Raises:
        InputError: the description is malformed, or branches that are joined have different shapes.
    """
    with OPS.kept_if_whole():
        return _grammar(**check_settings("a grammar", _grammar, description))


def _grammar(start: str, nodes: int, rules: Mapping[str, Any], operations: list[Any] | None = None) -> Grammar:
    check_whole(3, MOST_NODES, nodes=nodes)
    for operation in operations or ():
        if not isinstance(operation, Mapping):
            raise InputError(f"an operation is described by its properties, but got {shown(operation)}")
        OPS.register(operation_of(operation.get("name"), {k: v for k, v in operation.items() if k != "name"}))
    if not 1 <= len(rules) <= _MOST_RULES:
        raise InputError(f"a grammar has 1 to {_MOST_RULES} rules, but got {len(rules)}")
    grammar = Grammar(start, _Reader(rules).read(), nodes - 2)
    if all(len(alternatives) == 1 for alternatives in grammar.rules.values()):
        raise InputError("nothing can be chosen in any rule; give one of them a second alternative")
    check_shapes(grammar)
    return grammar


class _Reader:
    """Reads the rules of a description; those of repeats and of the edges of dags have names that files cannot have."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.described = described
        self.rules: dict[str, tuple[Alternative, ...]] = {}
        self.rule = ""

    def read(self) -> dict[str, tuple[Alternative, ...]]:
        for name in self.described:
            if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][\w-]{0,31}", name, re.ASCII):
                raise InputError(f"a rule's name has letters, digits, - and _, at most 32, but got {shown(name)}")
            if name == SKIP:
                raise InputError(f"a rule cannot be called {SKIP}, which is the branch of what comes in; rename it")
        for name, alternatives in self.described.items():
            self.rule = name
            try:
                self.rules[name] = self._alternatives(alternatives)
            except InputError as error:
                raise InputError(f"rule {name}: {error}") from error
        return self.rules

    def _alternatives(self, described: Any) -> tuple[Alternative, ...]:
        if not isinstance(described, list) or not 1 <= len(described) <= MOST_ALTERNATIVES:
            raise InputError(f"it lists 1 to {MOST_ALTERNATIVES} alternatives, but got {shown(described)}")
        made = tuple(map(self._alternative, described))
        seen: set[str] = set()
        for alternative in made:
            if (said := text(alternative.expression)) in seen:
                raise InputError(f"the alternative {said[:64]} stands twice; give it a weight instead")
            seen.add(said)
        return made

    def _alternative(self, described: Any) -> Alternative:
        if isinstance(described, Mapping) and "weight" in described:
            weight = described["weight"]
            check_whole(1, 1 << 16, weight=weight)
            rest = {key: value for key, value in described.items() if key != "weight"}
            return Alternative(self._expression(rest), weight)
        return Alternative(self._expression(described))

    def _expression(self, described: Any) -> Expression:
        if isinstance(described, str):
            return Hole(described) if described in self.described else self._operation(described)
        if isinstance(described, list):
            parts = tuple(map(self._expression, described))
            if not parts:
                raise InputError("a sequence has at least one part")
            return parts[0] if len(parts) == 1 else Sequence(parts)
        words = [word for word in _WORDS if isinstance(described, Mapping) and word in described]
        if len(words) != 1:
            raise InputError(
                f"an alternative is a name, a list of what follows one another, or a mapping with one of "
                f"{', '.join(_WORDS)}, but got {shown(described)}"
            )
        read: Callable[..., Expression] = getattr(self, f"_{words[0]}")
        return read(**check_settings(f"`{words[0]}`", read, described))

    def _operation(self, name: str) -> Op:
        if name in STRUCTURE - {"identity", "zero"} or OPS[name].kind in ("input", "output"):
            raise InputError(f"{name} joins or begins what others write; it is no operation to choose")
        return Op(OPS[name].name)

    def _sequence(self, sequence: list[Any]) -> Expression:
        return self._expression(sequence)

    def _residual(self, residual: Any) -> Expression:
        return Parallel("sum", (self._expression(residual),), skip=True)

    def _parallel(self, parallel: list[Any], join: str = "sum") -> Expression:
        parts = [part for part in parallel if part != SKIP]
        skips = len(parallel) - len(parts)
        if not 2 <= len(parallel) <= _MOST_BRANCHES or skips > 1:
            raise InputError(f"2 to {_MOST_BRANCHES} branches are joined, at most one of them {SKIP}")
        return Parallel(_checked_join(join), tuple(map(self._expression, parts)), bool(skips))

    def _repeat(self, repeat: Any, times: list[int]) -> Expression:
        if not times or len(times) > MOST_ALTERNATIVES or len(set(times)) < len(times):
            raise InputError(f"`times` lists different numbers of copies, at most {MOST_ALTERNATIVES}")
        for count in times:
            check_whole(1, _MOST_COPIES, times=count)
        name = self._unnamed("times")
        self.rules[name] = tuple(Alternative(Times(count)) for count in times)
        return Repeat(Hole(name), self._expression(repeat))

    def _cell(self, cell: Mapping[str, Any], join: str = "sum") -> Expression:
        edges: dict[tuple[int, int], Expression] = {}
        for name, on_edge in cell.items():
            match = re.fullmatch(r"(\d)->(\d)", str(name), re.ASCII)
            if not match or not int(match[1]) < int(match[2]) < _MOST_VERTICES:
                raise InputError(f"an edge is written 0->2, from a lower to a higher vertex, but got {shown(name)}")
            edges[int(match[1]), int(match[2])] = self._on_edge(on_edge)
        last = max((target for _, target in edges), default=0)
        for vertex in range(last + 1):
            enters, leaves = (vertex in {edge[end] for edge in edges} for end in (1, 0))
            if not last or (vertex and not enters) or (vertex < last and not leaves):
                raise InputError(f"vertex {vertex} of the cell lies on no way from 0 to {last}; join it to others")
        return VertexCell(
            _checked_join(join), tuple((*edge, edges[edge]) for edge in sorted(edges, key=lambda e: e[::-1]))
        )

    def _dag(self, dag: Mapping[str, Any]) -> Expression:
        settings = check_settings("`dag`", _vertices_of_dag, dag)
        vertices, sink = settings["vertices"], self._expression(settings["sink"])
        check_whole(1, _MOST_VERTICES - 1, vertices=vertices)
        if not isinstance(sink, Op):
            raise InputError(f"the sink of a dag is one operation, but got {shown(settings['sink'])}")
        name = f"{self.rule} edge"
        made = (Alternative(Nothing()), Alternative(self._on_edge(settings["edge"])))
        known = self.rules.get(name, made)
        if text(known[1].expression) != text(made[1].expression):
            raise InputError("all dags of a rule have the same on their edges; write a rule for each")
        if vertices > 1:  # a single vertex has no edge, and its rule no hole
            self.rules[name] = known
        return Dag(vertices, Hole(name), sink)

    def _on_edge(self, described: Any) -> Expression:
        """One operation, or a rule of such."""
        found = self._expression(described)
        choices = self.described.get(found.rule) if isinstance(found, Hole) else [described]
        if not isinstance(choices, list) or not all(isinstance(c, str) and c not in self.described for c in choices):
            raise InputError(f"an edge holds one operation, or a rule of single operations, but got {shown(described)}")
        return found

    def _unnamed(self, word: str) -> str:
        """A name for a rule that files do not name."""
        number = 1 + sum(name.startswith(f"{self.rule} {word}") for name in self.rules)
        return f"{self.rule} {word}" if number == 1 else f"{self.rule} {word} {number}"


def _vertices_of_dag(vertices: int, edge: Any, sink: Any) -> None:
    """The settings of a `dag`."""


def _checked_join(join: str) -> str:
    if join not in JOINS:
        raise InputError(f"`join` is one of {', '.join(JOINS)}, but got {shown(join)}")
    return join
