"""NAS-Bench-101's network (Ying et al. 2019): three stacks of three cells, a pooling and twice the channels between.

In a cell the vertices that feed the output share its channels, edges from the input are projected by 1x1 convolutions,
and a value with more channels than its reader is cut; `archgraph.networks.closed.nasbench101` tells the rules.
"""

from __future__ import annotations

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.cells import operation_steps
from archgraph.networks.closed.nasbench101 import CELLS, STACKS, STEM, vertex_channels
from archgraph.networks.heads import classifier, conv_norm
from archgraph.networks.steps import RELU, Shape, max_pool
from archgraph.ops import OPS


def network(graph: ArchGraph, image: Shape, classes: int, channels: int = STEM, cells: int = CELLS) -> Blueprint:
    """The network of a cell.

    Args:
        channels: of the stem; 128 in the benchmark.
        cells: in each stack; 3 in the benchmark.
    """
    made = Blueprint(image)
    x = made.add("stem", 0, *conv_norm(image[0], channels, 3), RELU)
    for stack in range(STACKS):
        if stack:
            made.barrier()
            x = made.add(f"pool{stack}", x, max_pool(2, 2, ceil=True))
            channels *= 2
        for number in range(cells):
            made.barrier()
            x = place_cell(made, graph, x, channels, f"stack{stack}_cell{number}_")
    classifier(made, x, classes)
    return made


def place_cell(made: Blueprint, graph: ArchGraph, source: int, outputs: int, prefix: str) -> int:
    """One cell that puts out `outputs` channels.

    Raises:
        CompileError: a node cannot be compiled, or fewer channels than vertices are to be shared.
    """
    edges, last = graph.edges, len(graph.ops) - 1
    channels = vertex_channels(last + 1, edges, made.shapes[source][0], outputs)
    values = {0: source}
    for node, index in enumerate(graph.x.tolist()[1:-1], start=1):
        if channels[node] < 1:
            raise CompileError(f"node {node} ({OPS[index].name}): {outputs} channels are too few to be shared")
        into = [values[s] for s, t in edges if t == node and s]
        if (0, node) in edges:
            into.append(_project(made, graph, source, channels[node], prefix, node))
        joined = made.add(f"{prefix}node{node}_in", into, cut=channels[node])
        try:
            steps = operation_steps(OPS[index], channels[node])
        except CompileError as error:
            raise CompileError(f"node {node} ({OPS[index].name}): {error}") from None
        values[node] = made.add(f"{prefix}node{node}", joined, *steps)
    feeding = [values[s] for s, t in edges if t == last and s]
    ends = [made.add(f"{prefix}concat", feeding, join="concat")] if feeding else []
    if (0, last) in edges:
        ends.append(_project(made, graph, source, outputs, prefix, last))
    return made.add(f"{prefix}out", ends)


def _project(made: Blueprint, graph: ArchGraph, source: int, outputs: int, prefix: str, node: int) -> int:
    return made.add(f"{prefix}project{node}", source, *conv_norm(made.shapes[source][0], outputs), RELU)
