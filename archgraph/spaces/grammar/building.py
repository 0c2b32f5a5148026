"""From a derivation to its graph."""

from __future__ import annotations

from collections.abc import Iterator

from archgraph.architecture import Edge
from archgraph.canonical import RawGraph
from archgraph.spaces.grammar.expressions import (
    Dag,
    Derivation,
    Expression,
    Hole,
    Op,
    Parallel,
    Repeat,
    Sequence,
    VertexCell,
    inner,
)
from archgraph.spaces.grammar.grammar import Grammar, own_nodes

Nodes = list[int]


def build(grammar: Grammar, derivation: Derivation, rule: str = "") -> RawGraph:
    """Operations in topological order and edges of what a derivation describes.

    Args:
        grammar: whose it is.
        derivation: of a rule.
        rule: that rule; default the grammar's start.
    """
    writer = _Writer(grammar)
    ends = writer.rule(rule or grammar.start, derivation, [0])
    return [*writer.ops, "output"], [*writer.edges, *((end, len(writer.ops)) for end in ends)]


class _Writer:
    """Writes nodes behind others; what is written returns its last nodes, of which a `Dag` alone has several."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.ops: list[str] = ["input"]
        self.edges: list[Edge] = []

    def node(self, name: str, sources: Nodes) -> Nodes:
        """One node."""
        number = len(self.ops)
        self.ops.append(name)
        self.edges += [(source, number) for source in sources]
        return [number]

    def rule(self, rule: str, derivation: Derivation, sources: Nodes) -> Nodes:
        """What a rule derives."""
        number, *children = derivation
        return self.expression(self.grammar.rules[rule][number].expression, iter(children), sources)

    def expression(self, expression: Expression, children: Iterator[Derivation], sources: Nodes) -> Nodes:
        """An expression, whose holes take the next children."""
        match expression:
            case Op(name):
                return self.node(name, sources)
            case Hole(rule):
                return self.rule(rule, next(children), sources)
            case Sequence(parts):
                for part in parts:
                    sources = self.expression(part, children, sources)
                return sources
            case Parallel(join, parts, skip):
                found = [end for part in parts for end in self.expression(part, children, sources)]
                return self.node(join, [*(sources if skip else []), *found])
            case Repeat(times, part):
                count = self.grammar.count_of(times, next(children)[0])
                (entry,), nodes, edges = sources, len(self.ops), len(self.edges)
                (end,) = self.expression(part, children, sources)
                ops, links, size = self.ops[nodes:], self.edges[edges:], len(self.ops) - nodes
                for step in range(size, count * size, size):
                    self.ops += ops
                    self.edges += [(end if s == entry else s + step, t + step) for s, t in links]
                    end += size
                return [end]
            case VertexCell(join, edges):
                vertex = {0: sources}
                for target in range(1, expression.vertices):
                    into = [
                        end
                        for source, to, part in edges
                        if to == target
                        for end in self.expression(part, children, vertex[source])
                    ]
                    vertex[target] = self.node(join, into)
                return vertex[expression.vertices - 1]
            case Dag():
                return self._dag(expression, children, sources)
        return sources

    def _dag(self, dag: Dag, children: Iterator[Derivation], sources: Nodes) -> Nodes:
        present = {pair: child for pair in dag.pairs if (child := next(children))[0]}
        vertex: list[Nodes] = []
        for target in range(dag.vertices):
            into = [
                end
                for source in range(target)
                if (source, target) in present
                for end in self.rule(dag.edge.rule, present[source, target], vertex[source])
            ]
            vertex.append(self.node("sum", into or sources))
        sinks = [v for v in range(dag.vertices) if all(source != v for source, _ in present)]
        return [end for v in sinks for end in self.node(dag.sink.name, vertex[v])]


def size(grammar: Grammar, derivation: Derivation, rule: str = "") -> int:
    """Nodes that a derivation writes, a dag's sinks counted as one; as `own_nodes`."""
    number, *children = derivation
    return _size(grammar, grammar.rules[rule or grammar.start][number].expression, iter(children))


def _size(grammar: Grammar, expression: Expression, children: Iterator[Derivation]) -> int:
    match expression:
        case Hole(rule):
            return size(grammar, next(children), rule)
        case Repeat(times, part):
            count = grammar.count_of(times, next(children)[0])
            return count * _size(grammar, part, children)
    return own_nodes(expression) + sum(_size(grammar, part, children) for part in inner(expression))
