"""A network around any cell that is trained in little time: convolution, pooling and cell, three times over.

Each stage is a 3x3 convolution with norm, a max pooling, a ReLU, and its cells; then come global pooling and a linear
layer. The first pooling shrinks the image at once, after a single convolution of many channels, and widths grow from
stage to stage by less than a factor of 2, so that parameters are spent where multiply-adds are few. A reconstruction
after the networks of DAWNBench's fast trainings on CIFAR-10 (Page, "How to train your ResNet", 2018), which alternate
such convolutions and poolings with residual blocks.
"""

from __future__ import annotations

from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, NetworkBuilder
from archgraph.networks.cells import CellBuilder
from archgraph.networks.heads import classifier, conv_norm
from archgraph.networks.steps import RELU, max_pool

STAGES = 3


def network(
    made: B, graph: ArchGraph, classes: int, channels: int = 32, width: int = 64, cells: int = 1, pool: int = 4
) -> B:
    """Write the network of a cell.

    Args:
        channels: of the first stage.
        width: channels of the last stage; those between grow evenly.
        cells: in each stage.
        pool: factor by which the first stage shrinks the image; each of the others halves it.
    """
    cell, x = CellBuilder(graph), 0
    for stage in range(STAGES):
        own = round(channels * (width / channels) ** (stage / (STAGES - 1)))
        made.barrier()
        x = made.part(_entry, f"stage{stage}_entry", (x,), own, pool if stage == 0 else 2)
        for number in range(cells):
            made.barrier()
            x = made.part(cell, f"stage{stage}_cell{number}_", (x,))
    classifier(made, x, classes)
    return made


def _entry(made: NetworkBuilder, name: str, source: int, channels: int, pool: int) -> int:
    """A convolution, and a pooling where the image is large enough."""
    inputs, *sides = made.shapes[source]
    pool = min(pool, *sides)
    return made.add(name, source, *conv_norm(inputs, channels, 3), *([max_pool(pool, pool)] if pool > 1 else []), RELU)
