"""Which tensors of an ONNX file are weights."""

from __future__ import annotations

import pytest
from made_onnx import graph, node, read, tensor, write

from archgraph import InputError
from archgraph.formats.onnx.reader import read_onnx

ROW = {"x": [1, 8, 64]}


def test_the_scalars_of_a_norm_that_is_written_out_are_no_weights(tmp_path):
    steps = [
        node("ReduceMean", ["x"], ["m"], axes=[-1]),
        node("Sub", ["x", "m"], ["d"]),
        node("Pow", ["d", "two"], ["p"]),
        node("ReduceMean", ["p"], ["v"], axes=[-1]),
        node("Add", ["v", "eps"], ["e"]),
        node("Sqrt", ["e"], ["s"]),
        node("Div", ["d", "s"], ["n"]),
        node("Mul", ["n", "g"], ["z"]),
        node("Add", ["z", "b"], ["y"]),
    ]
    known = [tensor("two", [1]), tensor("eps", [1]), tensor("g", [64]), tensor("b", [64])]
    ops, params = read(tmp_path, steps, known, ROW, opset=13)
    assert params == 128
    assert "globalavgpool" not in ops


@pytest.mark.parametrize(
    ("step", "known", "params"),
    [
        (node("Clip", ["x", "low", "high"], ["y"]), [tensor("low", [1]), tensor("high", [1])], 0),
        (node("Max", ["x", "low"], ["y"]), [tensor("low", [1])], 0),
        (node("Mul", ["x", "half"], ["y"]), [tensor("half", [])], 0),
        (node("Mul", ["x", "gain"], ["y"]), [tensor("gain", [1])], 1),
        (node("Mul", ["x", "blocks.0.gain"], ["y"]), [tensor("blocks.0.gain", [])], 1),
        (node("Mul", ["x", "val_3"], ["y"]), [tensor("val_3", [1])], 0),
        (node("PRelu", ["x", "slope"], ["y"]), [tensor("slope", [])], 1),
        (
            node("BatchNormalization", ["x", "g", "b", "m", "v"], ["y"]),
            [tensor(name, [8]) for name in "gbmv"],
            16,
        ),
        (node("Resize", ["x", "", "scales"], ["y"]), [tensor("scales", [3], value=2)], 0),
    ],
)
def test_what_limits_or_measures_others_is_no_weight(tmp_path, step, known, params):
    assert read(tmp_path, [step], known, ROW)[1] == params


def test_a_weight_that_does_not_reach_the_output_is_refused(tmp_path):
    steps = [node("MatMul", ["x", "w"], ["y"]), node("MatMul", ["x", "v"], ["z"])]
    made = graph(steps, [tensor("w", [64, 4]), tensor("v", [64, 3])], ROW)
    with pytest.raises(InputError, match=r"its weights hold 448 numbers, but 256 of them reach the output"):
        read_onnx(write(tmp_path / "net.onnx", made))
