"""FaDE's network of rows (Neumeyer et al. 2024): a 3x3 convolution, a cell and a pooling each; then a linear layer.

Known from the authors' code are the poolings and channels of two, three and four rows (channels as parts of F), the
convolution at each row's start, and the linear layer on all pixels. A reconstruction: F is free, convolutions have a
bias, and other numbers of rows share out channels and poolings alike (`Skeleton.fade`).
"""

from __future__ import annotations

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.builder import B
from archgraph.networks.macro_skeleton import write_path
from archgraph.networks.skeleton import Skeleton
from archgraph.ops import OPS
from archgraph.spaces.rows import ROW


def network(made: B, graph: ArchGraph, classes: int, width: int = 64) -> B:
    """Write the network of an architecture of one row or more; `width` are the channels of the last row (F)."""
    cells = split(graph)
    return write_path(made, Skeleton.fade(made.shapes[0], classes, len(cells), width), cells)


def split(graph: ArchGraph) -> list[ArchGraph]:
    """The cells of an architecture of rows, whatever their operations.

    Raises:
        CompileError: an edge leaps over the end of a row.
    """
    names, x, edge_index = graph.ops, graph.x, graph.edge_index
    cells, start, sources = [], 0, edge_index[0]
    for end in [i for i, name in enumerate(names) if name in (ROW.name, "output")]:
        edges = edge_index[:, (sources >= start) & (sources < end)] - start
        if edges.max() > end - start:
            raise CompileError(f"node {end} ({names[end]}): an edge leaps over the end of a row")
        operations = x[start : end + 1].clone()
        operations[0], operations[-1] = OPS.index("input"), OPS.index("output")
        cells.append(ArchGraph(x=operations, edge_index=edges))  # a part of an architecture between two cuts is one
        start = end
    return cells
