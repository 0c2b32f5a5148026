"""Small ONNX files, made with the onnx package for the tests of the reader, which does without it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper

from archgraph.formats.onnx.reader import read_onnx

FLOAT, UINT8, INT8, INT32, INT64, BOOL, FLOAT16 = 1, 2, 3, 6, 7, 9, 10
IMAGE = [1, 3, 32, 32]
node = helper.make_node


def tensor(name: str, shape: Sequence[int], kind: int = FLOAT, value: float = 0) -> onnx.TensorProto:
    """A tensor that is `value` everywhere."""
    data = np.full(shape, value, helper.tensor_dtype_to_np_dtype(kind)).tobytes()
    return helper.make_tensor(name, kind, shape, data, raw=True)


def numbers(name: str, *values: int, kind: int = INT64) -> onnx.TensorProto:
    """A list of numbers."""
    return helper.make_tensor(name, kind, [len(values)], values)


def graph(
    nodes: Sequence[Any],
    tensors: Sequence[Any] = (),
    inputs: dict[str, Sequence[int | str]] | None = None,
    outputs: Sequence[str] = ("y",),
    name: str = "g",
) -> onnx.GraphProto:
    """A graph; inputs are floats of the given shapes."""
    given = {"x": IMAGE} if inputs is None else inputs
    return helper.make_graph(
        list(nodes),
        name,
        [helper.make_tensor_value_info(key, FLOAT, shape) for key, shape in given.items()],
        [helper.make_tensor_value_info(key, FLOAT, None) for key in outputs],
        list(tensors),
    )


def write(path: Path, made: onnx.GraphProto, functions: Sequence[Any] = (), opset: int = 17) -> Path:
    """A file of one graph."""
    domains = {"": opset, "com.microsoft": 1, "local": 1}
    imports = [helper.make_opsetid(domain, version) for domain, version in domains.items()]
    onnx.save(helper.make_model(made, opset_imports=imports, functions=list(functions)), path)
    return path


def read(path: Path, *arguments: Any, opset: int = 17) -> tuple[tuple[str, ...], int]:
    """Operations, without input and output, and parameters of the network in a file that is made of a graph."""
    folder = path / "net.onnx" if path.is_dir() else path
    table = read_onnx(write(folder, graph(*arguments), opset=opset))
    return table[0].ops[1:-1], int(table.metrics["params"][0])
