"""Stems and heads that several networks share."""

from __future__ import annotations

from archgraph.networks.blueprint import Blueprint
from archgraph.networks.steps import FLATTEN, GLOBAL_POOL, RELU, Step, conv, linear, norm


def conv_norm(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> list[Step]:
    """Convolution and norm."""
    return [conv(inputs, outputs, kernel, stride, groups=groups), norm(outputs)]


def relu_conv_norm(inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> list[Step]:
    """ReLU, convolution and norm."""
    return [RELU, *conv_norm(inputs, outputs, kernel, stride)]


def classifier(blueprint: Blueprint, source: int, classes: int, *before: Step) -> int:
    """Global average pooling and a linear layer; `before` comes first."""
    blueprint.barrier()
    source = blueprint.add("last", source, *before)
    return blueprint.add("head", source, GLOBAL_POOL, FLATTEN, linear(blueprint.shapes[source][0], classes))
