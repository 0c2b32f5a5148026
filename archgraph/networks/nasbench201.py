"""NAS-Bench-201's network (Dong and Yang 2020): three stages of five cells with residual blocks of stride 2 between."""

from __future__ import annotations

from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.cells import Cell
from archgraph.networks.closed.nasbench201 import CELLS, STAGES, STEM
from archgraph.networks.heads import classifier, conv_norm, relu_conv_norm
from archgraph.networks.steps import RELU, Shape, avg_pool, conv, norm


def network(graph: ArchGraph, image: Shape, classes: int, channels: int = STEM, cells: int = CELLS) -> Blueprint:
    """The network of a cell.

    Args:
        channels: of the first stage; 16 in the benchmark.
        cells: in each stage; 5 in the benchmark.
    """
    made, cell = Blueprint(image), Cell(graph)
    x = made.add("stem", 0, *conv_norm(image[0], channels, 3))
    for stage in range(STAGES):
        if stage:
            x = residual_block(made, f"reduction{stage}", x, 2 * channels)
            channels *= 2
        for number in range(cells):
            made.barrier()
            x = cell(made, x, f"stage{stage}_cell{number}_")
    return finish(made, x, classes)


def residual_block(made: Blueprint, name: str, source: int, outputs: int) -> int:
    """Two pre-activated convolutions, the first of stride 2, beside an average pooling and a 1x1 convolution."""
    inputs = made.shapes[source][0]
    made.barrier()
    main = made.add(f"{name}_a", source, *relu_conv_norm(inputs, outputs, 3, 2))
    main = made.add(f"{name}_b", main, *relu_conv_norm(outputs, outputs, 3))
    shortcut = made.add(f"{name}_shortcut", source, avg_pool(2, 2, ceil=True), conv(inputs, outputs))
    return made.add(f"{name}_sum", [shortcut, main])


def finish(made: Blueprint, source: int, classes: int) -> Blueprint:
    """Norm, ReLU, pooling and linear layer."""
    classifier(made, source, classes, norm(made.shapes[source][0]), RELU)
    return made
