"""FaDE's network of rows (Neumeyer et al. 2024): a 3x3 convolution, a cell and a pooling each; then a linear layer."""

from __future__ import annotations

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.macro_skeleton import network_of
from archgraph.networks.skeleton import Skeleton
from archgraph.networks.steps import Shape
from archgraph.spaces.rows import ROW


def network(graph: ArchGraph, image: Shape, classes: int, width: int = 64) -> Blueprint:
    """The network of an architecture of one row or more; `width` are the channels of the last row (F)."""
    cells = split(graph)
    return network_of(Skeleton.fade(image, classes, len(cells), width), cells)


def split(graph: ArchGraph) -> list[ArchGraph]:
    """The cells of an architecture of rows, whatever their operations.

    Raises:
        CompileError: an edge leaps over the end of a row.
    """
    ends = [i for i, name in enumerate(graph.ops) if name in (ROW.name, "output")]
    cells, start = [], 0
    for end in ends:
        edges = [(s - start, t - start) for s, t in graph.edges if start <= s < end]
        if any(t > end - start for _, t in edges):
            raise CompileError(f"node {end} ({graph.ops[end]}): an edge leaps over the end of a row")
        cells.append(ArchGraph(["input", *graph.ops[start + 1 : end], "output"], edges))
        start = end
    return cells
