"""Numbers of shapes, axes and places that follow from an ONNX graph without running it."""

from __future__ import annotations

import numpy as np

from archgraph.formats.onnx.inference import infer
from archgraph.formats.onnx.known import UNKNOWN, Known


def test_the_numbers_of_a_shape_are_followed_past_a_dimension_that_is_not_known():
    sizes = infer("Shape", [Known((None, 3, 8))], {})
    assert sizes.numbers.tolist() == [UNKNOWN, 3, 8]
    last = infer("Gather", [sizes, Known.of(np.array([2]))], {})
    assert infer("Mul", [last, Known.of(np.array([2]))], {}).numbers.tolist() == [16]
    first = infer("Gather", [sizes, Known.of(np.array([0]))], {})
    assert infer("Mul", [first, Known.of(np.array([2]))], {}).numbers is None
    target = infer("Concat", [first, Known.of(np.array([24]))], {"axis": 0})
    assert infer("Reshape", [Known((None, 3, 8)), target], {}).shape == (None, 24)
