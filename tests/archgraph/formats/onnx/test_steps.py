"""What an ONNX model computes, whatever way it is written in."""

from __future__ import annotations

import pytest
from made_onnx import BOOL, FLOAT16, IMAGE, INT8, INT64, UINT8, graph, node, numbers, read, tensor, write
from onnx import helper

from archgraph import InputError
from archgraph.formats.onnx.reader import read_onnx

CONV = [16, 3, 3, 3]
SIZES = CONV[0] * 27


def conv(weight="w", source="x", out="y", **attributes):
    return node("Conv", [source, weight], [out], **attributes)


def test_a_weight_that_is_a_constant_node_is_one_as_an_initialiser_is(tmp_path):
    given = node("Constant", [], ["w"], value=tensor("", CONV))
    assert read(tmp_path, [given, conv(strides=[2, 2])]) == (("conv3x3-s2-e5.33",), SIZES)
    assert read(tmp_path, [conv(strides=[2, 2])], [tensor("w", CONV)]) == (("conv3x3-s2-e5.33",), SIZES)


def test_a_bias_that_is_a_list_of_floats_counts(tmp_path):
    given = node("Constant", [], ["b"], value_floats=[0.5] * 16)
    steps = [given, node("Conv", ["x", "w", "b"], ["y"])]
    assert read(tmp_path, steps, [tensor("w", CONV)]) == (("conv3x3-e5.33",), SIZES + 16)


@pytest.mark.parametrize(
    "steps",
    [
        [node("Cast", ["v"], ["w"], to=1)],
        [node("Transpose", ["v"], ["t"], perm=[3, 0, 1, 2]), node("Transpose", ["t"], ["w"], perm=[1, 2, 3, 0])],
        [node("Reshape", ["v", "flat"], ["f"]), node("Reshape", ["f", "shape"], ["w"])],
        [node("Identity", ["v"], ["w"])],
        [node("Unsqueeze", ["v", "zero"], ["u"]), node("Squeeze", ["u", "zero"], ["w"])],
        [node("Split", ["v"], ["a", "b"], axis=0), node("Concat", ["a", "b"], ["w"], axis=0)],
    ],
)
def test_a_weight_is_seen_through_whatever_only_moves_or_casts_it(tmp_path, steps):
    known = [tensor("v", CONV), numbers("flat", -1), numbers("shape", *CONV), numbers("zero", 0)]
    ops, params = read(tmp_path, [*steps, conv(kernel_shape=[3, 3])], known)
    assert ops[0].startswith("conv3x3")
    assert params == SIZES
    if steps[0].op_type != "Split":
        assert ops == ("conv3x3-e5.33",)


def test_a_computed_weight_counts_all_that_it_is_computed_from(tmp_path):
    """Weight normalisation: a direction and a length for each filter."""
    steps = [
        node("ReduceL2", ["v"], ["norm"], axes=[1, 2, 3], keepdims=1),
        node("Div", ["v", "norm"], ["unit"]),
        node("Mul", ["unit", "length"], ["w"]),
    ]
    known = [tensor("v", CONV), tensor("length", [16, 1, 1, 1])]
    assert read(tmp_path, [*steps, conv()], known) == (("conv3x3-e5.33",), SIZES + 16)


def test_quantised_weights_count_as_the_weights_they_stand_for(tmp_path):
    known = [tensor("w8", CONV, INT8), tensor("b32", [16], 6), tensor("s", []), tensor("z", [], INT8)]
    steps = [
        node("QuantizeLinear", ["x", "s", "z"], ["xq"]),
        node("DequantizeLinear", ["xq", "s", "z"], ["xd"]),
        node("DequantizeLinear", ["w8", "s", "z"], ["w"]),
        node("DequantizeLinear", ["b32", "s"], ["b"]),
        node("Conv", ["xd", "w", "b"], ["y"]),
    ]
    assert read(tmp_path, steps, known) == (("conv3x3-e5.33",), SIZES + 16)


def test_a_convolution_of_integers_with_everything_in_one_operator_counts_its_weight_and_bias(tmp_path):
    known = [
        tensor("w8", CONV, INT8),
        tensor("b32", [16], 6),
        tensor("s", []),
        tensor("c", [16]),
        tensor("z", [], INT8),
    ]
    steps = [
        node("QuantizeLinear", ["x", "s", "z"], ["xq"]),
        node("QLinearConv", ["xq", "s", "z", "w8", "c", "z", "s", "z", "b32"], ["yq"], strides=[2, 2]),
        node("DequantizeLinear", ["yq", "s", "z"], ["y"]),
    ]
    assert read(tmp_path, steps, known) == (("conv3x3-s2-e5.33",), SIZES + 16)


def test_a_weight_that_is_quantised_in_the_graph_counts_once(tmp_path):
    steps = [node("QuantizeLinear", ["v", "s", "z"], ["q"]), node("DequantizeLinear", ["q", "s", "z"], ["w"]), conv()]
    known = [tensor("v", CONV), tensor("s", [16]), tensor("z", [16], INT8)]
    assert read(tmp_path, steps, known) == (("conv3x3-e5.33",), SIZES)


def test_a_weight_that_is_dequantised_by_hand_counts_without_its_scale(tmp_path):
    known = [tensor("w8", CONV, INT8), tensor("scale", [16, 1, 1, 1])]
    steps = [node("Cast", ["w8"], ["c"], to=1), node("Mul", ["c", "scale"], ["w"]), conv()]
    assert read(tmp_path, steps, known) == (("conv3x3-e5.33",), SIZES)


def test_dynamic_quantisation_is_a_linear_layer(tmp_path):
    known = [tensor("w8", [64, 128], UINT8), tensor("wz", [], UINT8), tensor("ws", [1])]
    steps = [
        node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
        node("MatMulInteger", ["xq", "w8", "xz", "wz"], ["m"]),
        node("Cast", ["m"], ["c"], to=1),
        node("Mul", ["xs", "ws"], ["scale"]),
        node("Mul", ["c", "scale"], ["y"]),
    ]
    ops, params = read(tmp_path, steps, known, {"x": [8, 64]})
    assert ops[0] == "linear-e2"
    assert params == 64 * 128


def test_weights_of_few_bits_are_counted_unpacked(tmp_path):
    known = [tensor("q", [128, 2, 16], UINT8), tensor("s", [256])]
    step = node("MatMulNBits", ["x", "q", "s"], ["y"], domain="com.microsoft", K=64, N=128, bits=4, block_size=32)
    assert read(tmp_path, [step], known, {"x": [1, 8, 64]}) == (("linear-e2",), 64 * 128)


def test_both_branches_of_an_if_are_part_of_the_network(tmp_path):
    branches = {
        name: graph([node("Conv", ["x", f"{name}w"], [name])], [tensor(f"{name}w", CONV)], {}, [name])
        for name in ("a", "b")
    }
    step = node("If", ["c"], ["y"], then_branch=branches["a"], else_branch=branches["b"])
    made = graph([step], [], {"x": IMAGE, "c": []})
    made.input[1].type.tensor_type.elem_type = BOOL
    table = read_onnx(write(tmp_path / "net.onnx", made))
    assert table[0].ops[1:-1] == ("conv3x3-e5.33", "conv3x3-e5.33", "where")
    assert table[0].edges == [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3), (3, 4)]
    assert table.metrics["params"].tolist() == [2 * SIZES]


def test_an_if_whose_condition_is_known_is_its_branch(tmp_path):
    relu, conv_ = (
        graph([node(*step, [out])], [], {}, [out]) for *step, out in (("Relu", ["x"], "a"), ("Conv", ["x", "w"], "b"))
    )
    step = node("If", ["c"], ["y"], then_branch=conv_, else_branch=relu)
    assert read(tmp_path, [step], [tensor("c", [], BOOL, 1), tensor("w", CONV)]) == (("conv3x3-e5.33",), SIZES)


def loop(body, count):
    known = [] if count is None else [helper.make_tensor("n", INT64, [], [count])]
    inputs = {"x": IMAGE} if count is not None else {"x": IMAGE, "n": []}
    return graph([node("Loop", ["n", "", "x"], ["y"], body=body)], [*known, tensor("w", [3, 3, 3, 3])], inputs)


def body():
    steps = [node("Conv", ["s", "w"], ["t"], pads=[1, 1, 1, 1]), node("Identity", ["go"], ["on"])]
    return graph(steps, [], {"i": [], "go": [], "s": IMAGE}, ["on", "t"])


def test_the_body_of_a_loop_runs_as_often_as_it_says_with_the_same_weight(tmp_path):
    table = read_onnx(write(tmp_path / "net.onnx", loop(body(), 3)))
    assert table[0].ops[1:-1] == ("conv3x3",) * 3
    assert table.metrics["params"].tolist() == [81]


def test_a_loop_that_the_data_end_is_refused(tmp_path):
    with pytest.raises(InputError, match="Loop runs as often as the data say"):
        read_onnx(write(tmp_path / "net.onnx", loop(body(), None)))


@pytest.mark.parametrize("count", [1 << 40, 1 << 62])
def test_a_loop_without_end_is_refused(tmp_path, count):
    with pytest.raises(InputError, match="more than"):
        read_onnx(write(tmp_path / "net.onnx", loop(body(), count)))


def test_other_bodies_are_refused_and_never_dropped(tmp_path):
    inner = graph([node("Identity", ["s"], ["t"])], [], {"s": [3]}, ["t"])
    with pytest.raises(InputError, match="Scan has a body"):
        read(tmp_path, [node("Scan", ["x"], ["y"], body=inner, num_scan_inputs=1)])


def test_a_models_own_functions_are_opened_with_their_attributes(tmp_path):
    step = helper.make_node("Conv", ["a", "w"], ["h"])
    reference = helper.make_attribute("strides", [1, 1])
    reference.ClearField("ints")
    reference.ref_attr_name = "step"
    step.attribute.append(reference)
    opsets = [helper.make_opsetid("", 17)]
    block = helper.make_function(
        "local", "Block", ["a", "w"], ["o"], [step, helper.make_node("Relu", ["h"], ["o"])], opsets, attributes=["step"]
    )
    calls = [
        node("Block", ["x", "w"], ["h"], domain="local", step=[2, 2]),
        node("Block", ["h", "w2"], ["y"], domain="local", step=[1, 1]),
    ]
    made = graph(calls, [tensor("w", CONV), tensor("w2", [16, 16, 3, 3])])
    table = read_onnx(write(tmp_path / "net.onnx", made, [block]))
    assert table[0].ops[1:-1] == ("conv3x3-s2-e5.33-relu", "conv3x3-relu")
    assert table.metrics["params"].tolist() == [SIZES + 16 * 16 * 9]


def test_functions_that_call_themselves_or_double_without_end_are_refused(tmp_path):
    opsets = [helper.make_opsetid("local", 1), helper.make_opsetid("", 17)]
    turn = helper.make_function("local", "F", ["a"], ["b"], [node("F", ["a"], ["b"], domain="local")], opsets)
    made = graph([node("F", ["x"], ["y"], domain="local")])
    with pytest.raises(InputError, match="deep"):
        read_onnx(write(tmp_path / "turn.onnx", made, [turn]))
    twice = [
        helper.make_function(
            *("local", f"D{i}", ["a"], ["c"]),
            [node(f"D{i + 1}", ["a"], ["b"], domain="local"), node(f"D{i + 1}", ["b"], ["c"], domain="local")],
            opsets,
        )
        for i in range(30)
    ]
    made = graph([node("D0", ["x"], ["y"], domain="local")])
    with pytest.raises(InputError, match="more than"):
        read_onnx(write(tmp_path / "twice.onnx", made, twice))


def test_products_with_a_softmax_between_them_are_attention_with_its_heads(tmp_path):
    """Queries and keys of four heads; the scores are scaled and masked."""
    steps = [
        node("Transpose", ["x"], ["k"], perm=[0, 1, 3, 2]),
        node("MatMul", ["x", "k"], ["s"]),
        node("Mul", ["s", "scale"], ["t"]),
        node("Softmax", ["t"], ["p"], axis=-1),
        node("MatMul", ["p", "x"], ["y"]),
    ]
    assert read(tmp_path, steps, [tensor("scale", [])], {"x": [1, 4, 8, 16]}) == (("permute", "attention-h4"), 0)


def test_what_asks_for_the_size_that_there_is_does_nothing(tmp_path):
    steps = [node("Expand", ["x", "one"], ["a"]), node("Reshape", ["a", "same"], ["b"]), node("Relu", ["b"], ["y"])]
    assert read(tmp_path, steps, [numbers("one", 1), numbers("same", 0, 0, 0, -1)]) == (("relu",), 0)


def test_a_constant_that_takes_the_type_of_another_value_depends_on_none(tmp_path):
    steps = [node("CastLike", ["b", "x"], ["c"]), node("Conv", ["x", "w", "c"], ["y"])]
    assert read(tmp_path, steps, [tensor("w", CONV), tensor("b", [16])]) == (("conv3x3-e5.33",), SIZES + 16)


def test_the_bias_of_a_matrix_product_is_part_of_the_layer(tmp_path):
    steps = [node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "b"], ["y"])]
    known = [tensor("w", [64, 128]), tensor("b", [128])]
    assert read(tmp_path, steps, known, {"x": [1, 8, 64]}) == (("linear-e2",), 64 * 128 + 128)


def test_an_addition_that_is_no_bias_stays(tmp_path):
    """Positions are added to every token: not one number a channel."""
    steps = [node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "b"], ["y"])]
    known = [tensor("w", [64, 128]), tensor("b", [8, 128])]
    assert read(tmp_path, steps, known, {"x": [1, 8, 64]}) == (("linear-e2", "sum"), 64 * 128 + 8 * 128)


def test_a_layer_on_positions_stands_after_the_input(tmp_path):
    known = [tensor("w", [1, 64]), tensor("b", [64]), numbers("axis", 1)]
    steps = [
        node("Constant", [], ["start"], value_int=0),
        node("Constant", [], ["stop"], value_int=8),
        node("Constant", [], ["step"], value_int=1),
        node("Range", ["start", "stop", "step"], ["r"]),
        node("Cast", ["r"], ["f"], to=1),
        node("Unsqueeze", ["f", "axis"], ["p"]),
        node("MatMul", ["p", "w"], ["h"]),
        node("Add", ["h", "b"], ["e"]),
        node("Add", ["x", "e"], ["y"]),
    ]
    assert read(tmp_path, steps, known, {"x": [1, 8, 64]}) == (("linear-e64", "sum"), 64 + 64)


def test_a_weight_by_its_spectral_norm_is_no_layer_on_what_it_is_divided_by(tmp_path):
    steps = [
        node("MatMul", ["u", "w"], ["uw"]),
        node("MatMul", ["uw", "v"], ["norm"]),
        node("Div", ["w", "norm"], ["unit"]),
        node("MatMul", ["x", "unit"], ["y"]),
    ]
    known = [tensor("w", [64, 32]), tensor("u", [1, 64]), tensor("v", [32, 1])]
    assert read(tmp_path, steps, known, {"x": [1, 8, 64]})[0] == ("linear-e0.5",)


@pytest.mark.parametrize(
    ("equation", "sides", "word"),
    [
        ("bhc,hkc->bhk", [4, 8, 16], "linear-e0.5"),
        ("bhc,ck->bhk", [16, 16], "linear"),
        ("b h c, c k -> b h k", [16, 32], "linear-e2"),
        ("bhc,hc->bh", [4, 16], "linear-e0.0625"),
        ("bhc,hc->bhc", [4, 16], "matmul"),
        ("...c,ck->...k", [16, 32], "matmul"),
        ("bhc", [16, 16], "matmul"),
    ],
)
def test_a_sum_over_axes_of_a_weight_is_a_linear_layer(tmp_path, equation, sides, word):
    steps = [node("Einsum", ["x", "w"], ["y"], equation=equation)]
    assert read(tmp_path, steps, [tensor("w", sides)], {"x": [1, 4, 16]})[0] == (word,)


def test_a_tied_weight_counts_once(tmp_path):
    steps = [node("MatMul", ["x", "w"], ["h"]), node("MatMul", ["h", "w"], ["y"])]
    assert read(tmp_path, steps, [tensor("w", [64, 64])], {"x": [8, 64]}) == (("linear", "linear"), 64 * 64)


def test_shapes_that_depend_on_the_batch_make_no_operation(tmp_path):
    steps = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["n"]),
        node("Concat", ["n", "rest"], ["t"], axis=0),
        node("Reshape", ["x", "t"], ["f"]),
        node("MatMul", ["f", "w"], ["y"]),
    ]
    known = [numbers("zero", 0), numbers("rest", -1), tensor("w", [3072, 10])]
    ops, params = read(tmp_path, steps, known, {"x": ["batch", 3, 32, 32]})
    assert ops == ("reshape", "linear-e0.0033")
    assert params == 30720


def test_a_half_precision_weight_is_a_weight(tmp_path):
    assert read(tmp_path, [conv()], [tensor("w", CONV, FLOAT16)]) == (("conv3x3-e5.33",), SIZES)


def test_a_sparse_weight_counts_as_the_dense_one(tmp_path):
    made = graph([conv()])
    values = tensor("w", [2])
    made.sparse_initializer.append(helper.make_sparse_tensor(values, numbers("", 0, 5), CONV))
    table = read_onnx(write(tmp_path / "net.onnx", made))
    assert table.metrics["params"].tolist() == [SIZES]
