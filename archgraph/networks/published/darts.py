"""DARTS' network for CIFAR (Liu et al. 2019): a stem, cells in sequence with two reductions, pooling, linear layer.

The stem has three times the initial channels. Cells one third and two thirds down are reduction cells, which double
the channels. A cell first brings both its inputs to its channels by a 1x1 convolution (a factorised reduction for
input 0 behind a reduction cell) and puts out four times its channels. A skip of stride 2 is a factorised reduction.
The graph holds a normal and a reduction cell; its vertices may also hold mixed operations (`mixed_graph`), so that
DARTS' own search network is one graph. Left out are the auxiliary head and drop-path, which are of the training.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from archgraph.architecture import Edge
from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks import heads
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import CellBuilder, add_operation, factorized_reduce
from archgraph.networks.heads import classifier, relu_conv_norm
from archgraph.networks.steps import norm
from archgraph.op_names import MIXTURE
from archgraph.operation import Operation
from archgraph.spaces.darts import INPUTS, OPERATIONS, VERTICES


def network(made: B, graph: ArchGraph, classes: int, channels: int = 36, layers: int = 20, stem: int = 3) -> B:
    """Write the network of a genotype, or of a graph with mixed operations.

    Args:
        channels: initial channels; 36 in DARTS' evaluation, 16 in its search, 32 in NAS-Bench-301.
        layers: cells; 20 in DARTS' evaluation, 8 in its search and in NAS-Bench-301.
        stem: channels of the stem over `channels`.
    """
    cells = {kind: _GenotypeCell(graph, kind) for kind in INPUTS}
    before = last = heads.stem(made, stem * channels)
    reduced = False
    for number in range(layers):
        reduces = number in (layers // 3, 2 * layers // 3)
        channels *= 1 + reduces
        prefix = f"cell{number}_"
        made.barrier()
        first = made.part(_enter, f"{prefix}enter0", (before,), channels, reduced)
        second = made.part(_enter, f"{prefix}enter1", (last,), channels, False)
        before, last = last, made.part(cells["reduce" if reduces else "normal"], prefix, (first, second))
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


def _enter(made: NetworkBuilder, name: str, source: int, channels: int, reduced: bool) -> int:
    """A cell's input brought to its channels, and to its image's size behind a reduction cell."""
    if reduced:
        return factorized_reduce(made, name, source, channels)
    return made.add(name, source, *relu_conv_norm(made.shapes[source][0], channels))


class _GenotypeCell:
    """Writes one of the two cells of a graph into a network."""

    def __init__(self, graph: ArchGraph, kind: str) -> None:
        names = graph.ops
        self.read = [i for i, operation in enumerate(INPUTS[kind]) if operation.name in names]
        if not self.read:
            raise CompileError(f"not a DARTS graph: its {kind} cell has no inputs {INPUTS[kind][0].name}")
        inputs = [names.index(INPUTS[kind][i].name) for i in self.read]
        inside = set(inputs)
        for s, t in graph.edges:
            if s in inside and t < len(names) - 1:
                inside.add(t)
        # In a search with mixed operations the norms have neither scale nor shift, and poolings have one, too.
        self.mixed = MIXTURE in names
        self.halving = kind == "reduce"
        self.cell = CellBuilder(graph, self._add, sorted(inside - set(inputs)), tuple(inputs))

    def __call__(self, made: NetworkBuilder, prefix: str, first: int, second: int) -> int:
        self.entered = {first, second}
        return self.cell(made, prefix, *((first, second)[i] for i in self.read))

    def _add(self, made: NetworkBuilder, name: str, source: int, operation: Operation) -> int:
        if self.halving and source in self.entered:
            operation = _halving(operation)
        added = add_operation(made, name, source, operation, affine=not self.mixed)
        if self.mixed and operation.kind in ("max_pool", "avg_pool"):
            return made.add(f"{name}_norm", added, norm(made.shapes[added][0], affine=False))
        return added


@cache
def _halving(operation: Operation) -> Operation:
    """The operation with stride 2."""
    return replace(operation, stride=2, name=f"{operation.name}-s2")
