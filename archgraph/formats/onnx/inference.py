"""What is known of an ONNX node's output before the network runs: its shape, and its numbers where they are few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archgraph.formats.onnx.known import NOT_KNOWN, Known, NodeCall
from archgraph.formats.onnx.messages import MAX_RANK
from archgraph.formats.onnx.shapes import shape_of
from archgraph.formats.onnx.values import numbers_of


def infer(operator: str, inputs: Sequence[Known | None], attributes: Mapping[str, Any]) -> Known:
    """What is known of the first output of a node.

    Args:
        operator: of the standard's set.
        inputs: None where an optional one is left out.
        attributes: of the node.
    """
    try:
        numbers = numbers_of(operator, inputs, attributes)
        if numbers is not None:
            return Known.of(numbers)
        shape = shape_of(operator, NodeCall(inputs, attributes))
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return NOT_KNOWN  # the node contradicts the operator's definition, or too little is known
    return Known(shape if shape is None or len(shape) <= MAX_RANK else None)
