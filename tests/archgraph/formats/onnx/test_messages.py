"""ONNX files as messages."""

from __future__ import annotations

import numpy as np
import pytest
from made_messages import field
from made_onnx import graph, node, numbers, tensor
from onnx import helper

from archgraph import InputError
from archgraph.formats.onnx.messages import MAX_KNOWN, Graph, OnnxTensor, read_model


def parsed(made, **options):
    return read_model(memoryview(helper.make_model(made, **options).SerializeToString()))


def test_a_model_is_read_as_the_onnx_package_wrote_it():
    inner = graph([node("Identity", ["x"], ["z"])], [], {}, ["z"])
    step = node("If", ["c"], ["y"], then_branch=inner, else_branch=inner, n=-3, f=0.5, s="text", many=[1, 2])
    step.attribute.append(helper.make_attribute("none", [], attr_type=7))
    model = parsed(graph([step], [tensor("w", [2, 3]), numbers("i", 1, -1)], {"x": [1, "batch", 4]}))
    assert model.graph.inputs == ("x",)
    assert model.graph.shapes["x"] == (1, None, 4)
    attributes = model.graph.nodes[0].attributes
    assert isinstance(attributes.pop("then_branch"), Graph)
    attributes.pop("else_branch")
    assert attributes == {"n": -3, "f": 0.5, "s": "text", "many": [1, 2], "none": []}
    weight, index = model.graph.tensors
    assert (weight.name, weight.shape, weight.size) == ("w", (2, 3), 6)
    assert index.numbers is not None
    assert index.numbers.tolist() == [1, -1]


@pytest.mark.parametrize("kind", [1, 2, 3, 6, 7, 9, 10, 11, 12, 13])
@pytest.mark.parametrize("raw", [True, False])
def test_small_tensors_keep_their_numbers_in_every_type(kind, raw):
    values = np.array([[0, 1], [1, 0]], helper.tensor_dtype_to_np_dtype(kind))
    made = helper.make_tensor("t", kind, [2, 2], values.tobytes() if raw else values.flatten(), raw=raw)
    found = parsed(graph([], [made])).graph.tensors[0].numbers
    assert found is not None
    assert found.tolist() == values.tolist()


def test_the_numbers_of_a_large_tensor_are_not_loaded():
    found = parsed(graph([], [tensor("w", [MAX_KNOWN + 1])])).graph.tensors[0]
    assert found == OnnxTensor("w", (MAX_KNOWN + 1,), 1)


def test_a_file_of_endless_fields_is_refused(monkeypatch):
    monkeypatch.setattr("archgraph.formats.onnx.messages.MAX_FIELDS", 100)
    with pytest.raises(InputError, match="fields"):
        read_model(memoryview(field(7, field(1, b"") * 200)))


def test_graphs_deep_within_one_another_are_refused():
    message = b""
    for _ in range(100):
        message = field(1, field(5, field(1, "body") + field(6, message)))
    with pytest.raises(InputError, match="deep"):
        read_model(memoryview(field(7, message)))
