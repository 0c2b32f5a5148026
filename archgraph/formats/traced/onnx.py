"""ONNX files as architectures, without the onnx package: the graph is read from the protobuf message itself.

Field numbers are those of onnx.proto: a model's graph is 7; a graph has nodes 1, initializers 5, inputs 11 and outputs
12; a node has inputs 1, outputs 2, an operator 4 and attributes 5; an attribute has a name 1 and a value 2 (float), 3
(integer), 5 (tensor) or 8 (integers); a tensor has dimensions 1, a type 2 and a name 8.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from archgraph.errors import InputError
from archgraph.formats.containers.protobuf import Value, fields, varints
from archgraph.formats.traced.architecture import MAX_STEPS, TracedStep, to_architecture
from archgraph.formats.traced.operators import function_word
from archgraph.table.table import ArchTable

MAX_FILE = 1 << 31  # bytes; protobuf itself allows no more
_FLOATS = frozenset((1, 10, 11, 16))  # the types float, float16, double and bfloat16
_SHAPE_OPERATORS = frozenset(("Shape", "Size"))
_NAMES = {
    "gemm": "linear",
    "matmul": "linear",
    "globalaveragepool": "adaptive_avg_pool",
    "globalmaxpool": "adaptive_max_pool",
    "averagepool": "avg_pool",
    "maxpool": "max_pool",
    "batchnormalization": "batchnorm",
    "layernormalization": "layernorm",
    "instancenormalization": "instancenorm",
    "groupnormalization": "groupnorm",
    "lrn": "localresponsenorm",
    "convtranspose": "convtranspose",
    "reducemean": "adaptive_avg_pool",
    "swish": "silu",
    "clip": "hardtanh",
}
"""ONNX's operators under the names that torch's functions have."""

Shapes = dict[str, tuple[int, ...]]


def read_onnx(*paths: Path | str) -> ArchTable:
    """The networks in ONNX files; the id is the file's name, the metric `params` counts weights (no running means).

    Raises:
        InputError: a file is missing, damaged, or holds no graph from an input to an output.
    """
    graphs, params = [], []
    for path in map(Path, paths):
        try:
            if path.stat().st_size > MAX_FILE:
                raise InputError("an ONNX file has at most 2 GiB")
            graph, count = to_architecture(_steps(_graph(path.read_bytes())))
        except FileNotFoundError:
            raise InputError(f"no file {path}; check the name") from None
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from error
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        graphs.append(graph)
        params.append(count)
    return ArchTable.from_graphs(graphs, ids=[Path(path).stem for path in paths], metrics={"params": params})


def _graph(model: bytes) -> dict[int, list[Value]]:
    graphs = [value for number, value in fields(model) if number == 7 and isinstance(value, bytes)]
    if len(graphs) != 1:
        raise InputError("not an ONNX model: it has no graph")
    return _grouped(graphs[0])


def _grouped(message: bytes) -> dict[int, list[Value]]:
    """The values of each field of a message."""
    found: dict[int, list[Value]] = {}
    for number, value in fields(message):
        found.setdefault(number, []).append(value)
    return found


def _steps(graph: dict[int, list[Value]]) -> list[TracedStep]:
    tensors = [_tensor(value) for value in graph.get(5, [])]
    shapes: Shapes = {name: shape for name, shape, _ in tensors}
    whole = {name for name, _, is_float in tensors if not is_float}
    nodes = [_grouped(_message(value)) for value in graph.get(1, [])]
    if len(nodes) + len(shapes) > MAX_STEPS:
        raise InputError(f"the network has {len(nodes)} nodes; at most {MAX_STEPS} are taken")
    running = {name for node in nodes if _text(node, 4) == "BatchNormalization" for name in _texts(node, 1)[3:5]}
    steps = [TracedStep(n, "constant", params=0 if n in running | whole else math.prod(s)) for n, s in shapes.items()]
    inputs = [_text(_grouped(_message(value)), 1) for value in graph.get(11, [])]
    steps += [TracedStep(name, "input") for name in inputs if name not in shapes]
    known = {step.key for step in steps}
    for number, node in enumerate(nodes):
        sources = tuple(name for name in _texts(node, 1) if name)
        operator, outputs = _text(node, 4), _texts(node, 2)
        if missing := [name for name in sources if name not in known]:
            raise InputError(f"node {number} ({operator[:32]}) reads {missing[0][:64]!r} before anything makes it")
        if operator == "Constant":
            steps.append(TracedStep((number,), "constant"))
        elif operator in _SHAPE_OPERATORS:
            steps.append(TracedStep((number,), "shape", sources=sources))
        else:
            steps.append(TracedStep((number,), "step", _word(operator, node, shapes), sources))
        steps += [TracedStep(name, "step", sources=((number,),)) for name in outputs if name]
        known.update(outputs)
    ends = [_text(_grouped(_message(value)), 1) for value in graph.get(12, [])]
    if missing := [name for name in ends if name not in known]:
        raise InputError(f"nothing makes the output {missing[0][:64]!r}")
    return [*steps, TracedStep(("output",), "output", sources=tuple(ends))]


def _word(operator: str, node: dict[int, list[Value]], shapes: Shapes) -> str:
    attributes = dict(_attribute(_message(value)) for value in node.get(5, []))
    weight = next((shapes[name] for name in _texts(node, 1) if len(shapes.get(name, ())) > 1), None)
    name = _NAMES.get(operator.lower(), operator.lower())
    if name == "linear" and weight is not None and not attributes.get("transB"):
        weight = weight[::-1]
    options = {
        "kernel_size": attributes.get("kernel_shape"),
        "stride": attributes.get("strides"),
        "dilation": attributes.get("dilations"),
        "groups": attributes.get("group", 1),
    }
    if name.startswith("adaptive"):
        options = {"output_size": 1}
    return function_word(name, options, weight)


def _attribute(message: bytes) -> tuple[str, Any]:
    """Name and value; of the kinds of values only numbers are needed."""
    content = _grouped(message)
    numbers = [
        number for value in content.get(8, []) for number in (varints(value) if isinstance(value, bytes) else [value])
    ]
    single = [*content.get(3, []), *content.get(2, []), None]
    return _text(content, 1), numbers or single[0]


def _tensor(value: Value) -> tuple[str, tuple[int, ...], bool]:
    """Name and shape of an initializer, and whether it holds floats."""
    content = _grouped(_message(value))
    shape: list[Any] = [n for v in content.get(1, []) for n in (varints(v) if isinstance(v, bytes) else [v])]
    if len(shape) > 32 or not all(isinstance(n, int) and 0 <= n < 1 << 40 for n in shape):
        raise InputError("a weight has no possible shape")
    return _text(content, 8), tuple(shape), content.get(2, [1])[0] in _FLOATS


def _message(value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise InputError("not an ONNX model: a number stands where a message should")
    return value


def _texts(content: dict[int, list[Value]], number: int) -> list[str]:
    try:
        return [_message(value).decode() for value in content.get(number, [])]
    except UnicodeDecodeError as error:
        raise InputError("not an ONNX model: a name is no text") from error


def _text(content: dict[int, list[Value]], number: int) -> str:
    return (_texts(content, number) or [""])[0]
