"""Nodes of ONNX under their names here."""

from __future__ import annotations

import pytest
from made_onnx import node, numbers, read, tensor


@pytest.mark.parametrize(
    ("weight", "attributes", "name"),
    [
        ([16, 3, 9], {"strides": [2]}, "conv1d9-s2-e5.33"),
        ([16, 3, 3, 3, 3], {}, "conv3d3x3x3-e5.33"),
        ([6, 1, 5, 5], {"group": 3}, "conv5x5-dw-e2"),
        ([6, 3, 1, 7], {"dilations": [1, 2]}, "conv1x7-d2-e2"),
    ],
)
def test_a_convolution_says_its_dimensions(tmp_path, weight, attributes, name):
    shape = [1, 3, *(32 for _ in weight[2:])]
    assert read(tmp_path, [node("Conv", ["x", "w"], ["y"], **attributes)], [tensor("w", weight)], {"x": shape})[0] == (
        name,
    )


@pytest.mark.parametrize(
    ("operator", "attributes", "name"),
    [
        ("AveragePool", {"kernel_shape": [3, 3]}, "avgpool3x3"),
        ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}, "maxpool2x2-s2"),
        ("MaxPool", {"kernel_shape": [2], "strides": [2]}, "maxpool1d2-s2"),
        ("GlobalAveragePool", {}, "globalavgpool"),
        ("ReduceMean", {"axes": [2, 3]}, "globalavgpool"),
        ("ReduceMean", {"axes": [-1, -2]}, "globalavgpool"),
        ("ReduceMax", {"axes": [2, 3], "keepdims": 0}, "globalmaxpool"),
        ("ReduceMean", {"axes": [1]}, "reducemean"),
        ("ReduceMean", {"axes": [3]}, "reducemean"),
        ("ReduceMean", {}, "reducemean"),
        ("ReduceMax", {"axes": [1]}, "reducemax"),
        ("Transpose", {"perm": [0, 2, 3, 1]}, "permute"),
        ("Flatten", {}, "reshape"),
        ("HardSwish", {}, "hardswish"),
        ("LRN", {"size": 5}, "lrn"),
    ],
)
def test_a_pooling_is_named_by_its_window_or_axes(tmp_path, operator, attributes, name):
    shape = [1, 3, *(32 for _ in attributes.get("kernel_shape", "ab"))]
    assert read(tmp_path, [node(operator, ["x"], ["y"], **attributes)], [], {"x": shape}, opset=14)[0] == (name,)


def test_axes_that_are_an_input_are_read_as_those_that_are_an_attribute(tmp_path):
    step = node("ReduceMean", ["x", "axes"], ["y"], keepdims=0)
    assert read(tmp_path, [step], [numbers("axes", 2, 3)], opset=18)[0] == ("globalavgpool",)
    assert read(tmp_path, [step], [numbers("axes", 1)], opset=18)[0] == ("reducemean",)


@pytest.mark.parametrize(
    ("step", "shape", "weight", "name"),
    [
        (node("Gemm", ["x", "w"], ["y"]), [1, 64], [64, 128], "linear-e2"),
        (node("Gemm", ["x", "w"], ["y"], transB=1), [1, 64], [128, 64], "linear-e2"),
        (node("MatMul", ["w", "x"], ["y"]), [64, 8], [128, 64], "linear-e2"),
        (node("MatMul", ["x", "w"], ["y"]), [4, 8, 64], [4, 64, 128], "linear-e2"),
        (node("MatMul", ["x", "w"], ["y"]), [8, 64], [4, 64, 128], "linear-e8"),
        (node("Gather", ["w", "x"], ["y"]), [1, 8], [100, 64], "embedding"),
    ],
)
def test_a_matrix_with_a_constant_is_a_linear_layer_or_a_table(tmp_path, step, shape, weight, name):
    assert read(tmp_path, [step], [tensor("w", weight)], {"x": shape}) == (
        (name,),
        weight[0] * weight[1] * (weight[2:] or [1])[0],
    )


@pytest.mark.parametrize(("low", "high", "name"), [(0, 6, "relu6"), (-1, 1, "hardtanh"), (0, 5, "clip")])
def test_a_clip_is_named_by_its_limits(tmp_path, low, high, name):
    known = [tensor("low", [], value=low), tensor("high", [], value=high)]
    assert read(tmp_path, [node("Clip", ["x", "low", "high"], ["y"])], known)[0] == (name,)


def test_attention_says_its_heads(tmp_path):
    step = node("MultiHeadAttention", ["x", "x", "x"], ["y"], domain="com.microsoft", num_heads=8)
    assert read(tmp_path, [step], [], {"x": [1, 8, 64]})[0] == ("attention-h8",)


def test_an_operator_of_elsewhere_keeps_its_name(tmp_path):
    assert read(tmp_path, [node("MyOwn", ["x"], ["y"], domain="local")])[0] == ("other:myown",)


def test_numbers_that_are_no_weights_make_no_layer_of_matrices(tmp_path):
    made = tensor("val_1", [4, 8, 8])
    steps = [node("Cos", ["val_1"], ["c"]), node("MatMul", ["x", "c"], ["y"])]
    assert read(tmp_path, steps, [made], {"x": [4, 8, 8]})[0] == ("matmul",)
