"""DARTS' network for CIFAR (Liu et al. 2019): a stem, cells in sequence with two reductions, pooling, linear layer.

The graph holds a normal and a reduction cell; its vertices may also hold mixed operations (`mixed_graph`), so that
DARTS' own search network is one graph. Left out are the auxiliary head and drop-path, which are of the training.
"""

from __future__ import annotations

from dataclasses import replace

from archgraph.architecture import Edge
from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.cells import MIXTURE, Cell, factorized_reduce, place_operation
from archgraph.networks.heads import classifier, conv_norm, relu_conv_norm
from archgraph.networks.steps import Shape, norm
from archgraph.operation import Operation
from archgraph.spaces.darts import INPUTS, OPERATIONS, VERTICES


def network(
    graph: ArchGraph, image: Shape, classes: int, channels: int = 36, layers: int = 20, stem: int = 3
) -> Blueprint:
    """The network of a genotype, or of a graph with mixed operations.

    Args:
        channels: initial channels; 36 in DARTS' evaluation, 16 in its search, 32 in NAS-Bench-301.
        layers: cells; 20 in DARTS' evaluation, 8 in its search and in NAS-Bench-301.
        stem: channels of the stem over `channels`.
    """
    cells = {kind: _Cell(graph, kind) for kind in INPUTS}
    made = Blueprint(image)
    before = last = made.add("stem", 0, *conv_norm(image[0], stem * channels, 3))
    reduced = False
    for number in range(layers):
        reduces = number in (layers // 3, 2 * layers // 3)
        channels *= 1 + reduces
        prefix = f"cell{number}_"
        made.barrier()
        first = _enter(made, f"{prefix}enter0", before, channels, reduced)
        second = _enter(made, f"{prefix}enter1", last, channels, False)
        before, last = last, cells["reduce" if reduces else "normal"](made, first, second, prefix)
        reduced = reduces
    classifier(made, last, classes)
    return made


def mixed_graph() -> ArchGraph:
    """DARTS' search network as one graph: on every edge all operations and nothing, weighted by a softmax."""
    ops: list[str] = ["input"]
    edges: list[Edge] = []
    ends = []
    for inputs in INPUTS.values():
        node = [len(ops), len(ops) + 1]
        edges += [(0, i) for i in node]
        ops += [operation.name for operation in inputs]
        for _ in range(VERTICES):
            mixed = []
            for source in node:
                start = len(ops)
                ops += ["zero", *(operation.name for operation in OPERATIONS.values()), MIXTURE]
                mixed.append(len(ops) - 1)
                edges += [edge for i in range(start, mixed[-1]) for edge in ((source, i), (i, mixed[-1]))]
            edges += [(i, len(ops)) for i in mixed]
            node.append(len(ops))
            ops.append("sum")
        edges += [(i, len(ops)) for i in node[2:]]
        ends.append(len(ops))
        ops.append("concat")
    return ArchGraph([*ops, "output"], [*edges, *((end, len(ops)) for end in ends)])


def _enter(made: Blueprint, name: str, source: int, channels: int, reduced: bool) -> int:
    """A cell's input brought to its channels, and to its image's size behind a reduction cell."""
    if reduced:
        return factorized_reduce(made, name, source, channels)
    return made.add(name, source, *relu_conv_norm(made.shapes[source][0], channels))


class _Cell:
    """One of the two cells of a graph."""

    def __init__(self, graph: ArchGraph, kind: str) -> None:
        names = list(graph.ops)
        try:
            self.inputs = [names.index(operation.name) for operation in INPUTS[kind]]
        except ValueError:
            raise CompileError(f"not a DARTS graph: its {kind} cell has no inputs {INPUTS[kind][0].name}") from None
        inside = set(self.inputs)
        for s, t in graph.edges:
            if s in inside and t < len(names) - 1:
                inside.add(t)
        self.nodes = sorted(inside - set(self.inputs))
        # In a search with mixed operations the norms have neither scale nor shift, and poolings have one, too.
        self.mixed = MIXTURE in names
        self.halving = kind == "reduce"
        self.cell = Cell(graph, self._place)

    def __call__(self, made: Blueprint, first: int, second: int, prefix: str) -> int:
        self.entered = {first, second}
        given = {f"node{node}": layer for node, layer in zip(self.inputs, (first, second), strict=True)}
        return self.cell(made, 0, prefix, self.nodes, **given)

    def _place(self, made: Blueprint, name: str, operation: Operation, source: int) -> int:
        if self.halving and source in self.entered:
            operation = replace(operation, stride=2, name=f"{operation.name}-s2")
        placed = place_operation(made, name, operation, source, affine=not self.mixed)
        if self.mixed and operation.kind in ("max_pool", "avg_pool"):
            return made.add(f"{name}_norm", placed, norm(made.shapes[placed][0], affine=False))
        return placed
