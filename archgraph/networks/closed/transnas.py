"""TransNAS-Bench-101's backbones: two 3x3 convolutions of stride 2 to 64 channels, then modules of two cells.

The micro network has five modules, of which the first, third and fifth double the channels and halve the image; the
first cell of a module does so on the edges that leave its input, where a skip becomes a factorised reduction. In the
macro networks a cell is a residual block of two 3x3 convolutions, with a 1x1 convolution and norm as shortcut where
the shape changes. The heads differ by task; counted here is the backbone, which the benchmark calls the encoder.
"""

from __future__ import annotations

from archgraph.graph import ArchGraph
from archgraph.networks.layers import Cost, conv, factorized_reduce
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.spaces.transnas import CELL_OPERATIONS, MODULES, TransNASMicroSpace

STEM, CELLS = 64, 2
_MICRO_MODULES = (3, 0, 3, 0, 3)
_SPACE = TransNASMicroSpace()
_FROM_INPUT = (True, True, False, True, False, False)


def micro_cost(graph: ArchGraph, image: int = 256) -> Cost:
    """The cost of a cell in the backbone; `image` is the side of the input image in pixels."""
    code = _SPACE.encode(graph)
    total, channels, image = _stem(image)
    for module in (MODULES[i] for i in _MICRO_MODULES):
        for stride, wider in ((module.stride, int(module.expansion)), *[(1, 1)] * (CELLS - 1)):
            image //= stride
            for choice, from_input in zip(code, _FROM_INPUT, strict=True):
                inputs = channels if from_input else channels * wider
                reshapes = from_input and (stride > 1 or wider > 1)
                total += _edge(CELL_OPERATIONS[choice], inputs, channels * wider, image, reshapes)
            channels *= wider
    return total


def macro_cost(graph: ArchGraph, image: int = 256) -> Cost:
    """The cost of a network's backbone; `image` is the side of the input image in pixels."""
    total, channels, image = _stem(image)
    for module in (OPS[i] for i in graph.x.tolist()[1:-1]):
        outputs, image = int(channels * module.expansion), image // module.stride
        total += conv(channels, outputs, 3, image) + conv(outputs, outputs, 3, image) * (2 * CELLS - 1)
        if module.stride > 1 or outputs != channels:
            total += conv(channels, outputs, 1, image)
        channels = outputs
    return total


def _stem(image: int) -> tuple[Cost, int, int]:
    """Cost, channels and side of the image behind the stem."""
    return conv(3, STEM // 2, 3, image // 2) + conv(STEM // 2, STEM, 3, image // 4), STEM, image // 4


def _edge(operation: Operation, inputs: int, outputs: int, image: int, reshapes: bool) -> Cost:
    if operation.kind == "conv":
        return conv(inputs, outputs, operation.kernel, image)
    return factorized_reduce(inputs, outputs, image) if operation.kind == "identity" and reshapes else Cost()
