"""Shapes that follow from an ONNX graph without running it, held against the onnx package's."""

from __future__ import annotations

import onnx
import pytest
from made_onnx import graph, node, numbers, tensor
from onnx import helper

from archgraph.formats.onnx.inference import infer
from archgraph.formats.onnx.known import Known
from archgraph.formats.onnx.messages import read_model
from archgraph.formats.onnx.shapes import broadcast

CASES = [
    ([node("Conv", ["x", "w"], ["y"], strides=[2, 2], pads=[1, 1, 1, 1])], [2, 3, 33, 32], [tensor("w", [8, 3, 3, 3])]),
    (
        [node("Conv", ["x", "w"], ["y"], auto_pad="SAME_UPPER", strides=[2, 2])],
        [2, 3, 33, 32],
        [tensor("w", [8, 3, 3, 3])],
    ),
    ([node("ConvTranspose", ["x", "w"], ["y"], group=3)], [2, 3, 8, 8], [tensor("w", [3, 2, 3, 3])]),
    ([node("MaxPool", ["x"], ["y"], kernel_shape=[3, 2], ceil_mode=1, strides=[2, 2])], [2, 3, 32, 31], []),
    ([node("GlobalAveragePool", ["x"], ["y"])], [2, 3, 8, 8], []),
    ([node("MatMul", ["x", "w"], ["y"])], [5, 4, 8], [tensor("w", [8, 3])]),
    ([node("MatMul", ["x", "w"], ["y"])], [8], [tensor("w", [8, 3])]),
    ([node("Gemm", ["x", "w"], ["y"], transB=1)], [4, 8], [tensor("w", [3, 8])]),
    ([node("Transpose", ["x"], ["y"], perm=[0, 2, 1])], [4, 8, 2], []),
    ([node("Reshape", ["x", "s"], ["y"])], [4, 8, 2], [numbers("s", 0, -1)]),
    ([node("Flatten", ["x"], ["y"], axis=2)], [4, 8, 2], []),
    ([node("Squeeze", ["x", "s"], ["y"])], [4, 1, 2, 1], [numbers("s", -1)]),
    ([node("Unsqueeze", ["x", "s"], ["y"])], [4, 2], [numbers("s", 0, 3)]),
    ([node("Concat", ["x", "w"], ["y"], axis=-1)], [4, 2], [tensor("w", [4, 5])]),
    (
        [node("Slice", ["x", "a", "b", "c", "d"], ["y"])],
        [9, 8],
        [*(numbers(n, v) for n, v in zip("abcd", (7, 0, 0, -2), strict=True))],
    ),
    ([node("Gather", ["x", "s"], ["y"], axis=1)], [9, 8, 2], [numbers("s", 1, 3, 5)]),
    ([node("GatherElements", ["x", "s"], ["y"])], [9], [numbers("s", 1, 3, 5)]),
    ([node("Expand", ["x", "s"], ["y"])], [1, 8], [numbers("s", 4, 1)]),
    ([node("ReduceMean", ["x"], ["y"], axes=[-1], keepdims=0)], [4, 8], []),
    ([node("ReduceSum", ["x", "s"], ["y"])], [4, 8], [numbers("s", 0)]),
    ([node("Add", ["x", "w"], ["y"])], [4, 1, 8], [tensor("w", [3, 1])]),
    ([node("LayerNormalization", ["x", "w"], ["y"])], [4, 8], [tensor("w", [8])]),
]


@pytest.mark.parametrize(("steps", "shape", "known"), CASES)
def test_a_shape_is_the_one_that_the_onnx_package_infers(steps, shape, known):
    made = graph(steps, known, {"x": shape})
    imports = [helper.make_opsetid("", 17)]
    inferred = onnx.shape_inference.infer_shapes(helper.make_model(made, opset_imports=imports), strict_mode=True)
    right = [size.dim_value for size in inferred.graph.output[0].type.tensor_type.shape.dim]
    model = read_model(memoryview(helper.make_model(made, opset_imports=imports).SerializeToString()))
    values = {"x": Known(tuple(shape))} | {
        t.name: Known(t.shape) if t.numbers is None else Known.of(t.numbers) for t in model.graph.tensors
    }
    call = model.graph.nodes[0]
    found = infer(call.operator, [values[name] for name in call.inputs], call.attributes).shape
    assert found is not None
    assert len(found) == len(right)
    assert all(mine in (None, size) for mine, size in zip(found, right, strict=True))
    assert call.operator in ("ConvTranspose",) or list(found) == right


def test_shapes_are_broadcast_as_numpy_does():
    assert broadcast((4, 1, None), (3, 1)) == (4, 3, None)
    assert broadcast((4,), None) is None
