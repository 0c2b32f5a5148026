"""ONNX models that are damaged as models, not as bytes: names, numbers and messages in the places of others.

Bytes that are flipped mostly end in the parser of the wire format. These files are whole, and what is wrong is met
further on: by what infers shapes, opens functions and runs bodies.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from made_onnx import BOOL, IMAGE, INT8, INT64, graph, node, numbers, tensor
from onnx import ModelProto, helper

from archgraph.formats.onnx import shapes, values, words

OPERATORS = sorted(
    {*shapes._SHAPES, *shapes._ELEMENTWISE, *values._MOVES, *values._FUNCTIONS, *words._WORDS}
    | {
        *words.WEIGHTS,
        *words._ATTENTION,
        "Constant",
        "If",
        "Loop",
        "Scan",
        "Shape",
        "Size",
        "ReduceMean",
        "Clip",
        "Opened",
    }
)
ATTRIBUTES = (
    *("axis", "axes", "kernel_shape", "strides", "pads", "dilations", "group", "perm", "transA", "transB", "keepdims"),
    *("auto_pad", "ceil_mode", "num_heads", "value", "value_ints", "to", "shape", "allowzero", "body", "then_branch"),
)
_WHOLE = (-(1 << 63), -(1 << 31), -2, -1, 0, 1, 2, 3, 7, 1 << 10, 1 << 20, 1 << 31, 1 << 40, (1 << 63) - 1)
_REAL = (-1.0, 0.0, 0.5, 6.0, 1e30, float("inf"), float("nan"))
_TEXTS = ("", "x", "y", "SAME_UPPER", "VALID", "é" * 40, "a" * 3000, "ai.onnx", "com.microsoft", "local", "\x00")
_LARGEST = 1 << 18  # bytes of a model that still grows


def models() -> list[ModelProto]:
    """Small models that together use what the reader knows: bodies, functions, shapes, quantised weights."""
    domains = [
        helper.make_opsetid(domain, version) for domain, version in {"": 17, "com.microsoft": 1, "local": 1}.items()
    ]
    function = helper.make_function(
        "local",
        "Opened",
        ["a", "w"],
        ["c"],
        [node("Conv", ["a", "w"], ["b"], pads=[1, 1, 1, 1]), node("Relu", ["b"], ["c"])],
        [helper.make_opsetid("", 17)],
    )
    every = [_layers(), _bodies(), _shapes(), _attention()]
    return [helper.make_model(made, opset_imports=domains, functions=[function]) for made in every]


def _layers() -> Any:
    scale = helper.make_tensor("s", 1, [], [0.1])
    return graph(
        [
            node("DequantizeLinear", ["q", "s"], ["w"]),
            node("Conv", ["x", "w"], ["a"], strides=[2, 2], kernel_shape=[3, 3], group=1),
            node("BatchNormalization", ["a", "g", "g", "g", "g"], ["b"]),
            node("Clip", ["b", "low", ""], ["c"]),
            node("MaxPool", ["c"], ["d"], kernel_shape=[2, 2], auto_pad="SAME_UPPER"),
            node("Opened", ["d", "v"], ["e"], domain="local"),
            node("ConvTranspose", ["e", "v"], ["f"], kernel_shape=[3, 3]),
            node("ReduceMean", ["f"], ["h"], axes=[2, 3], keepdims=0),
            node("Gemm", ["h", "m", "n"], ["y"], transB=1),
        ],
        [
            *(tensor("q", [4, 3, 3, 3], INT8), scale, tensor("g", [4]), helper.make_tensor("low", 1, [], [0.0])),
            *(tensor("v", [4, 4, 3, 3]), tensor("m", [10, 4]), tensor("n", [10])),
        ],
    )


def _bodies() -> Any:
    yes = graph([node("Conv", ["x", "w"], ["t"])], inputs={}, outputs=["t"])
    no = graph([node("Conv", ["x", "u"], ["o"])], [tensor("u", [3, 3, 1, 1])], {}, ["o"])
    body = helper.make_graph(
        [node("Identity", ["go"], ["on"]), node("Conv", ["h", "w"], ["i"]), node("Relu", ["i"], ["k"])],
        "body",
        [helper.make_tensor_value_info(n, k, s) for n, k, s in (("i0", INT64, []), ("go", BOOL, []), ("h", 1, IMAGE))],
        [helper.make_tensor_value_info(n, k, s) for n, k, s in (("on", BOOL, []), ("i", 1, IMAGE), ("k", 1, IMAGE))],
    )
    return graph(
        [
            node("ReduceMax", ["x"], ["r"], keepdims=0),
            node("Greater", ["r", "zero"], ["c"]),
            node("If", ["c"], ["a"], then_branch=yes, else_branch=no),
            node("Loop", ["three", "", "a"], ["b", "rows"], body=body),
            node("Add", ["b", "a"], ["y"]),
        ],
        [
            *(tensor("w", [3, 3, 1, 1]), helper.make_tensor("zero", 1, [], [0.0])),
            helper.make_tensor("three", INT64, [], [3]),
        ],
    )


def _shapes() -> Any:
    return graph(
        [
            node("Shape", ["x"], ["s"]),
            node("Gather", ["s", "first"], ["n"], axis=0),
            node("Slice", ["s", "first", "two"], ["head"]),
            node("Concat", ["n", "rest"], ["sizes"], axis=0),
            node("Reshape", ["x", "sizes"], ["a"]),
            node("Transpose", ["a"], ["b"], perm=[1, 0]),
            node("Unsqueeze", ["b", "first"], ["c"]),
            node("Squeeze", ["c", "first"], ["d"]),
            node("ConstantOfShape", ["head"], ["zeros"]),
            node("Range", ["start", "end", "one"], ["places"]),
            node("Expand", ["d", "two"], ["e"]),
            node("Tile", ["e", "repeats"], ["f"]),
            node("Pad", ["f", "pads"], ["p"]),
            node("Split", ["p"], ["h", "i"], axis=0),
            node("Concat", ["h", "i"], ["j"], axis=-1),
            node("Flatten", ["j"], ["k"], axis=1),
            node("TopK", ["k", "one1"], ["l", "where"], axis=-1),
            node("Cast", ["l"], ["m"], to=1),
            node("MatMul", ["m", "w"], ["y"]),
        ],
        [
            *(numbers("first", 0), numbers("two", 2), numbers("rest", -1), numbers("repeats", 1, 1)),
            *(numbers("pads", 0, 0, 0, 0), numbers("one1", 1), tensor("w", [1, 7])),
            *(helper.make_tensor(name, INT64, [], [value]) for name, value in (("start", 0), ("end", 5), ("one", 1))),
        ],
    )


def _attention() -> Any:
    return graph(
        [
            node("Gather", ["table", "x"], ["e"]),
            node("LayerNormalization", ["e", "g", "g"], ["n"]),
            *(node("MatMul", ["n", f"w{name}"], [name]) for name in "qkv"),
            node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
            node("MatMul", ["q", "kt"], ["scores"]),
            node("Div", ["scores", "root"], ["scaled"]),
            node("Softmax", ["scaled"], ["p"], axis=-1),
            node("MatMul", ["p", "v"], ["o"]),
            node("MultiHeadAttention", ["o", "k", "v"], ["z"], num_heads=2, domain="com.microsoft"),
            node("Einsum", ["z", "wq"], ["y"], equation="bij,jk->bik"),
        ],
        [
            *(tensor("table", [9, 8]), tensor("g", [8]), helper.make_tensor("root", 1, [], [8**0.5])),
            *(tensor(f"w{name}", [8, 8]) for name in "qkv"),
        ],
        {"x": [1, 5]},
    )


def damaged(valid: Sequence[ModelProto]) -> Any:
    """Models with other names, numbers and messages in some places, as `survives` takes them."""

    def make(rng: random.Random) -> bytes:
        model = ModelProto()
        model.CopyFrom(rng.choice(valid))
        for _ in range(rng.choice((1, 1, 2, 3, 8))):
            _damage(model, rng)
        return model.SerializeToString()

    return make


def _is_repeated(field: FieldDescriptor) -> bool:
    """Whether a field holds several values; protobuf says so in another way before version 6."""
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED


def _messages(message: Message) -> Iterator[Message]:
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if _is_repeated(field) else (value,):
                yield from _messages(part)


def _damage(model: ModelProto, rng: random.Random) -> None:
    every = list(_messages(model))
    message = rng.choice(every)
    there = [field for field, _ in message.ListFields()]
    fields = there if there and rng.random() < 0.8 else list(message.DESCRIPTOR.fields)
    field = rng.choice(fields)
    if field.message_type is not None:
        alike = [m for m in every if m.DESCRIPTOR.full_name == field.message_type.full_name]
        _place(message, field, rng.choice(alike) if alike and model.ByteSize() < _LARGEST else None, rng)
    else:
        _place(message, field, _value(field, model, rng), rng)


def _place(message: Message, field: FieldDescriptor, value: Any, rng: random.Random) -> None:
    """Have a value in a field, or take one out of it."""
    held: Any = getattr(message, field.name)
    if not _is_repeated(field):
        if value is None or rng.random() < 0.15:
            message.ClearField(field.name)
        elif field.message_type is not None:
            copied = value.SerializeToString()
            getattr(message, field.name).ParseFromString(copied)
        else:
            setattr(message, field.name, value)
        return
    way = rng.randrange(4)
    if way == 0 and len(held):
        del held[rng.randrange(len(held))]
    elif way == 1 and len(held) > 1:
        order = list(range(len(held)))
        rng.shuffle(order)
        moved = [
            held[i] if field.message_type is None else type(held[i]).FromString(held[i].SerializeToString())
            for i in order
        ]
        del held[:]
        held.extend(moved)
    elif value is not None and field.message_type is not None:
        held.add().ParseFromString(value.SerializeToString())
    elif value is not None and len(held) and way == 2:
        held[rng.randrange(len(held))] = value
    elif value is not None:
        held.append(value)


def _value(field: FieldDescriptor, model: ModelProto, rng: random.Random) -> Any:
    """A value of a field's type."""
    if field.cpp_type in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return rng.choice(_REAL)
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return rng.choice([value.number for value in field.enum_type.values])
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        names = [n for part in model.graph.node for n in (*part.input, *part.output)] or ["x"]
        text = rng.choice(
            (rng.choice(OPERATORS), rng.choice(ATTRIBUTES), rng.choice(names), rng.choice(names), rng.choice(_TEXTS))
        )
        return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
    value = rng.choice(_WHOLE)
    bits = 32 if field.cpp_type in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32) else 64
    if field.cpp_type in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64):
        return value % (1 << bits)
    return int(np.clip(value, -(1 << bits - 1), (1 << bits - 1) - 1))
