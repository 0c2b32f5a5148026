"""NAS-Bench-101's network (Ying et al. 2019): three stacks of three cells, a pooling and twice the channels between.

A 3x3 convolution leads to 128 channels. In a cell the vertices that feed the output share its channels
(`archgraph.networks.channels`), and a value with more channels than its reader is cut. Edges from the input are
projected by 1x1 convolutions, and the one from input to output is added. The split depends on the order of the
vertices, so isomorphic cells can differ by a few parameters, as they do in the benchmark.
"""

from __future__ import annotations

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import operation_steps
from archgraph.networks.channels import vertex_channels
from archgraph.networks.heads import classifier, conv_norm, stem
from archgraph.networks.steps import RELU, max_pool
from archgraph.operation import Operation
from archgraph.ops import OPS

STEM, STACKS, CELLS = 128, 3, 3


def network(made: B, graph: ArchGraph, classes: int, channels: int = STEM, cells: int = CELLS) -> B:
    """Write the network of a cell.

    Args:
        channels: of the stem; 128 in the benchmark.
        cells: in each stack; 3 in the benchmark.
    """
    writer = NASBench101Cell(graph)
    x = stem(made, channels, RELU)
    for stack in range(STACKS):
        if stack:
            made.barrier()
            x = made.add(f"pool{stack}", x, max_pool(2, 2, ceil=True))
            channels *= 2
        for number in range(cells):
            made.barrier()
            x = made.part(writer, f"stack{stack}_cell{number}_", (x,), channels)
    classifier(made, x, classes)
    return made


def cell(made: NetworkBuilder, graph: ArchGraph, channels: int) -> int:
    """Write a cell by itself, which puts out as many channels as it reads."""
    return NASBench101Cell(graph)(made, "", 0, channels)


class NASBench101Cell:
    """Writes a cell, with the benchmark's projections and channel splitting, into a network."""

    def __init__(self, graph: ArchGraph) -> None:
        self.operations, self.edges = [OPS[i] for i in graph.x.tolist()], graph.edges
        self.into: list[list[int]] = [[] for _ in self.operations]
        for s, t in self.edges:
            self.into[t].append(s)

    def __call__(self, made: NetworkBuilder, prefix: str, source: int, outputs: int) -> int:
        """Write the cell, which puts out `outputs` channels, and return the number of its last layer.

        Raises:
            CompileError: a node cannot be compiled, or fewer channels than vertices are to be shared; the text names
                the node.
        """
        last = len(self.operations) - 1
        channels = vertex_channels(last + 1, self.edges, made.shapes[source][0], outputs)
        values: dict[int, int] = {}
        for node in range(1, last):
            operation = self.operations[node]
            if channels[node] < 1:
                raise CompileError(f"node {node} ({operation.name}): {outputs} channels are too few to be shared")
            read = [values[s] for s in self.into[node] if s]
            if 0 in self.into[node]:
                read.append(made.part(_projection, f"{prefix}project{node}", (source,), channels[node]))
            joined = made.add(f"{prefix}node{node}_in", read, cut=channels[node])
            try:
                values[node] = made.part(_operation, f"{prefix}node{node}", (joined,), operation)
            except CompileError as error:
                raise CompileError(f"node {node} ({operation.name}): {error}") from None
        feeding = [values[s] for s in self.into[last] if s]
        ends = [made.add(f"{prefix}concat", feeding, join="concat")] if feeding else []
        if 0 in self.into[last]:
            ends.append(made.part(_projection, f"{prefix}project{last}", (source,), outputs))
        return made.add(f"{prefix}out", ends)


def _projection(made: NetworkBuilder, name: str, source: int, outputs: int) -> int:
    return made.add(name, source, *conv_norm(made.shapes[source][0], outputs), RELU)


def _operation(made: NetworkBuilder, name: str, source: int, operation: Operation) -> int:
    return made.add(name, source, *operation_steps(operation, made.shapes[source][0]))
