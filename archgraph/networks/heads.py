"""Stems and heads that several networks share."""

from __future__ import annotations

from archgraph.networks.builder import NetworkBuilder
from archgraph.networks.steps import FLATTEN, GLOBAL_POOL, RELU, Step, conv, linear, norm


def conv_norm(inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> list[Step]:
    """Convolution and norm."""
    return [conv(inputs, outputs, kernel, stride), norm(outputs)]


def relu_conv_norm(inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> list[Step]:
    """ReLU, convolution and norm."""
    return [RELU, *conv_norm(inputs, outputs, kernel, stride)]


def stem(network: NetworkBuilder, channels: int, *after: Step) -> int:
    """A 3x3 convolution of the image and a norm, called `stem`; `after` comes last."""
    return network.part(_stem, "stem", (0,), channels, *after)


def classifier(network: NetworkBuilder, source: int, classes: int, *before: Step) -> int:
    """Global average pooling and a linear layer, called `head`; `before`, called `last`, comes first.

    With 0 classes there is no more than that.
    """
    network.barrier()
    return network.part(_classifier, "head", (source,), classes, *before)


def _stem(network: NetworkBuilder, name: str, source: int, channels: int, *after: Step) -> int:
    return network.add(name, source, *conv_norm(network.shapes[source][0], channels, 3), *after)


def _classifier(network: NetworkBuilder, name: str, source: int, classes: int, *before: Step) -> int:
    source = network.add("last", source, *before)
    if not classes:
        return source
    return network.add(name, source, GLOBAL_POOL, FLATTEN, linear(network.shapes[source][0], classes))
