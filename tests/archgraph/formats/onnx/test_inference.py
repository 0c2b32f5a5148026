"""What is known of an ONNX node's output without running it."""

from __future__ import annotations

import numpy as np
import pytest

from archgraph.formats.onnx.inference import infer
from archgraph.formats.onnx.known import Known


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes"),
    [
        ("Conv", [Known((1, 3, 8, 8))], {}),
        ("Transpose", [Known((2, 3))], {"perm": [0, 9]}),
        ("Reshape", [Known((2, 3)), Known((None,))], {}),
        ("Slice", [Known((2, 3)), *[Known.of(np.array([0]))] * 4], {}),
        ("Expand", [Known.of(np.zeros(1)), Known.of(np.array([1 << 40]))], {}),
        ("ConstantOfShape", [Known.of(np.array([1 << 30] * 9))], {}),
        ("Range", [Known.of(np.array(v)) for v in (0, 1 << 40, 1)], {}),
        ("Frobnicate", [Known((2, 3))], {}),
    ],
)
def test_what_contradicts_a_definition_or_is_huge_has_no_known_numbers(operator, inputs, attributes):
    assert infer(operator, inputs, attributes).numbers is None
