"""A network for spaces that have none: the graph as a cell in three stages (reconstruction).

A stem of 3x3 convolution and norm, then three stages of one cell each; between stages a 2x2 pooling halves the image
and a 1x1 convolution and norm double the channels; then global pooling and a linear layer.
"""

from __future__ import annotations

from archgraph.graph import ArchGraph
from archgraph.networks.builder import B
from archgraph.networks.cells import CellBuilder
from archgraph.networks.heads import classifier, conv_norm, stem
from archgraph.networks.steps import max_pool


def network(made: B, graph: ArchGraph, classes: int, channels: int = 16, cells: int = 1, stages: int = 3) -> B:
    """Write the network of a graph.

    Args:
        channels: of the first stage.
        cells: in each stage.
        stages: number of stages.
    """
    cell = CellBuilder(graph)
    x = stem(made, channels)
    for stage in range(stages):
        if stage:
            made.barrier()
            pool = [max_pool(2, 2)] if min(made.shapes[x][1:]) > 1 else []
            x = made.add(f"reduction{stage}", x, *pool, *conv_norm(made.shapes[x][0], channels * 2**stage))
        for number in range(cells):
            made.barrier()
            x = made.part(cell, f"stage{stage}_cell{number}_", (x,))
    classifier(made, x, classes)
    return made
