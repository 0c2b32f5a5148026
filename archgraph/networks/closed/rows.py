"""FaDE's network of rows: a 3x3 convolution, a cell and a pooling each; then a linear head on all pixels.

Known from the authors' code are the poolings and channels of two, three and four rows (channels as parts of F), the
convolution at each row's start, and the linear head. A reconstruction: F is free, and convolutions have a bias.
"""

from __future__ import annotations

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.networks.layers import Cost, conv, linear
from archgraph.spaces.rows import ROW

ROWS = {2: ((4, 4), (4, 1)), 3: ((4, 2, 2), (4, 2, 1)), 4: ((2, 2, 2, 2), (8, 4, 2, 1))}
"""Number of rows -> (the pooling behind each, what F is divided by to give the channels of each)."""


def network_cost(graph: ArchGraph, classes: int = 10, image: int = 32, features: int = 64) -> Cost:
    """The cost of an architecture of two, three or four rows.

    Args:
        graph: a member of a space `dag:...x2`, `x3` or `x4`.
        classes: outputs of the linear head.
        image: side of the input image in pixels.
        features: F, the channels of the last row.

    Raises:
        InputError: the architecture has another number of rows, for which no network is published.
    """
    convs = [0]
    for name in graph.ops[1:-1]:
        if name == ROW.name:
            convs.append(0)
        convs[-1] += name.startswith("conv")
    if len(convs) not in ROWS:
        raise InputError(f"FaDE's network has 2, 3 or 4 rows, but got {len(convs)}; use a space such as dag:1-5x3")
    total, channels = Cost(), 3
    for count, pool, divisor in zip(convs, *ROWS[len(convs)], strict=True):
        outputs = features // divisor
        total += _conv(channels, outputs, image) + _conv(outputs, outputs, image) * count
        channels, image = outputs, image // pool
    return total + linear(channels * image**2, classes)


def _conv(inputs: int, outputs: int, image: int) -> Cost:
    return conv(inputs, outputs, 3, image, norm=False) + Cost(outputs)
