"""The cells of a grammar with their choices left open: mixtures that may hold mixtures.

Where a rule can go on in several ways, all of them are written side by side and a node `other:mixture` joins them; what
they choose further inside is open in the same way. So a grammar is one graph for each way to begin, of as many nodes as
its choices need one after another, while the members that lie in it multiply: one level is a row of FaDE's candidates,
all edges of NAS-Bench-201 are DARTS' mixed operations, and rules of rules are cells that hold cells.
"""

from __future__ import annotations

from archgraph._make_graph import make_graph
from archgraph.architecture import Edge
from archgraph.errors import InputError
from archgraph.op_names import MIXTURE
from archgraph.spaces.grammar.building import build, size
from archgraph.spaces.grammar.expressions import (
    Dag,
    Expression,
    Hole,
    Op,
    Parallel,
    Repeat,
    Sequence,
    VertexCell,
    text,
)
from archgraph.spaces.grammar.grammar import Grammar
from archgraph.spaces.open_cells import OpenCells, OpenChoice, Option

MOST_NODES = 4096
"""Of all cells with their choices open."""


def open_cells(grammar: Grammar) -> OpenCells:
    """The cells of a grammar with all choices open that lead to members.

    Args:
        grammar: of cells. Where rules come back to themselves, they do so as often as the grammar's bound on nodes
            allows.

    Raises:
        InputError: there are more than `MOST_NODES` nodes; or a rule chooses which edges of a cell there are, which no
            mixture can stand for.

    Example:
        >>> from archgraph import spaces
        >>> opened = open_cells(spaces.get("grammar:nasbench201").grammar)
        >>> [(choice.rule, len(choice.options), choice.level) for choice in opened.choices][:2]
        [('op', 5, 0), ('op', 5, 0)]
        >>> len(opened.cells), opened.cells[0].num_nodes
        (1, 41)
    """
    start = grammar.start
    options, cells, mixtures, numbers, left = [], [], [], 1, MOST_NODES
    least = grammar.least[start]
    several = len(possible(grammar, start, least)) > 1
    for number in possible(grammar, start, least):
        expression = grammar.rules[start][number].expression
        writer = _Writer(grammar, numbers, left)
        more = grammar.least_of(expression) - least
        ends, inside = writer.expression(expression, [0], least + more, 1 if several else 0)
        cells.append(make_graph([*writer.ops, "output"], [*writer.edges, *((end, len(writer.ops)) for end in ends)]))
        options.append(Option(number, tuple(inside)))
        mixtures.append(writer.mixtures)
        numbers, left = writer.numbers, left - len(writer.ops)
    rules = {rule: [text(one.expression) for one in every] for rule, every in grammar.rules.items()}
    return OpenCells(
        OpenChoice(start, tuple(options), 0, 0 if several else -1),
        cells,
        mixtures,
        rules,
        lambda rule, derivation: make_graph(*build(grammar, derivation, rule)),
        lambda derivation: size(grammar, derivation) <= grammar.most,
    )


def possible(grammar: Grammar, rule: str, least: int) -> list[int]:
    """The alternatives of a rule of which a member can be made.

    Args:
        rule: that is used somewhere.
        least: nodes that the architecture has at least, the rule's fewest among them.
    """
    own = grammar.least[rule]
    every = (grammar.least_of(alternative.expression) for alternative in grammar.rules[rule])
    return [number for number, fewest in enumerate(every) if least - own + fewest <= grammar.most]


class _Writer:
    """Writes one cell; what is written returns its last nodes and the choices of its holes."""

    def __init__(self, grammar: Grammar, numbers: int, left: int) -> None:
        self.grammar, self.numbers, self.left = grammar, numbers, left
        self.ops: list[str] = ["input"]
        self.edges: list[Edge] = []
        self.mixtures: dict[int, int] = {}

    def node(self, name: str, sources: list[int]) -> list[int]:
        if len(self.ops) >= self.left:
            raise InputError(
                f"with all choices open the cells of this grammar have more than {MOST_NODES} nodes; bound them by "
                "`nodes`, or rank cells of a file"
            )
        self.ops.append(name)
        self.edges += [(source, len(self.ops) - 1) for source in sources]
        return [len(self.ops) - 1]

    def mixture(self, sources: list[int], number: int) -> list[int]:
        end = self.node(MIXTURE, sources)
        self.mixtures[end[0]] = number
        return end

    def rule(self, rule: str, sources: list[int], least: int, level: int) -> tuple[list[int], OpenChoice]:
        """A rule with its alternatives side by side."""
        numbers = possible(self.grammar, rule, least)
        several = len(numbers) > 1
        own, self.numbers = (self.numbers, self.numbers + 1) if several else (-1, self.numbers)
        ends, options = [], []
        for number in numbers:
            expression = self.grammar.rules[rule][number].expression
            more = self.grammar.least_of(expression) - self.grammar.least[rule]
            found, inside = self.expression(expression, sources, least + more, level + several)
            ends += found
            options.append(Option(number, tuple(inside)))
        return self.mixture(ends, own) if several else ends, OpenChoice(rule, tuple(options), level, own)

    def expression(
        self, expression: Expression, sources: list[int], least: int, level: int
    ) -> tuple[list[int], list[OpenChoice]]:
        match expression:
            case Op(name):
                return self.node(name, sources), []
            case Hole(rule):
                ends, choice = self.rule(rule, sources, least, level)
                return ends, [choice]
            case Sequence(parts):
                inside: list[OpenChoice] = []
                for part in parts:
                    sources, found = self.expression(part, sources, least, level)
                    inside += found
                return sources, inside
            case Parallel(join, parts, skip):
                written = [self.expression(part, sources, least, level) for part in parts]
                before = sources if skip else []
                return self.node(join, [*before, *(end for ends, _ in written for end in ends)]), _all(written)
            case VertexCell(join, edges):
                vertex, inside = {0: sources}, []
                for target in range(1, expression.vertices):
                    written = [
                        self.expression(part, vertex[source], least, level)
                        for source, to, part in edges
                        if to == target
                    ]
                    vertex[target] = self.node(join, [end for ends, _ in written for end in ends])
                    inside += _all(written)
                return vertex[expression.vertices - 1], inside
            case Repeat():
                return self._repeat(expression, sources, least, level)
            case Dag():
                raise InputError(
                    "a `dag` chooses which edges there are, and no mixture stands for that; write its cells into a "
                    "file and rank those"
                )
        raise AssertionError(expression)

    def _repeat(self, repeat: Repeat, sources: list[int], least: int, level: int) -> tuple[list[int], list[OpenChoice]]:
        """Copies one after another, whose choices are one; how many of them is a mixture of their ends."""
        times, grammar = repeat.times.rule, self.grammar
        counts = [grammar.count_of(repeat.times, number) for number in range(len(grammar.rules[times]))]
        once = grammar.least_of(repeat.part)
        fits = [number for number, count in enumerate(counts) if least + (count - min(counts)) * once <= grammar.most]
        fits.sort(key=counts.__getitem__)  # as their ends are written, and so read by the mixture
        several = len(fits) > 1
        own, self.numbers = (self.numbers, self.numbers + 1) if several else (-1, self.numbers)
        (entry,), nodes, edges = sources, len(self.ops), len(self.edges)
        ((end,), inside) = self.expression(repeat.part, sources, least, level)
        ops, links, size = self.ops[nodes:], self.edges[edges:], len(self.ops) - nodes
        mixed = {node: number for node, number in self.mixtures.items() if node >= nodes}
        ends = {1: end}
        for copy in range(1, max(counts[number] for number in fits)):
            for op in ops:
                self.node(op, [])
            step, before = copy * size, ends[copy]
            self.edges += [(before if s == entry else s + step, t + step) for s, t in links]
            self.mixtures |= {node + step: number for node, number in mixed.items()}
            ends[copy + 1] = end + step
        choice = OpenChoice(times, tuple(Option(number, ()) for number in fits), level, own)
        joined = [ends[counts[number]] for number in fits]
        return self.mixture(joined, own) if several else joined, [choice, *inside]


def _all(written: list[tuple[list[int], list[OpenChoice]]]) -> list[OpenChoice]:
    return [choice for _, inside in written for choice in inside]
