"""NAS-Bench-201's network (Dong and Yang 2020): three stages of five cells with residual blocks of stride 2 between.

A 3x3 convolution to 16 channels leads into stages of 16, 32 and 64 channels. Between them stands a residual block of
stride 2 whose shortcut is a pooling and a 1x1 convolution without norm; a norm precedes the final pooling.
"""

from __future__ import annotations

from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import CellBuilder
from archgraph.networks.heads import classifier, relu_conv_norm, stem
from archgraph.networks.steps import RELU, avg_pool, conv, norm

STEM, STAGES, CELLS = 16, 3, 5


def network(made: B, graph: ArchGraph, classes: int, channels: int = STEM, cells: int = CELLS) -> B:
    """Write the network of a cell.

    Args:
        channels: of the first stage; 16 in the benchmark.
        cells: in each stage; 5 in the benchmark.
    """
    cell = CellBuilder(graph)
    x = stem(made, channels)
    for stage in range(STAGES):
        if stage:
            channels *= 2
            x = made.part(residual_block, f"reduction{stage}", (x,), channels)
        for number in range(cells):
            made.barrier()
            x = made.part(cell, f"stage{stage}_cell{number}_", (x,))
    classifier(made, x, classes, norm(made.shapes[x][0]), RELU)
    return made


def residual_block(made: NetworkBuilder, name: str, source: int, outputs: int) -> int:
    """Two pre-activated convolutions, the first of stride 2, beside an average pooling and a 1x1 convolution."""
    inputs = made.shapes[source][0]
    made.barrier()
    main = made.add(f"{name}_a", source, *relu_conv_norm(inputs, outputs, 3, 2))
    main = made.add(f"{name}_b", main, *relu_conv_norm(outputs, outputs, 3))
    shortcut = made.add(f"{name}_shortcut", source, avg_pool(2, 2, ceil=True), conv(inputs, outputs))
    return made.add(f"{name}_sum", [shortcut, main])
