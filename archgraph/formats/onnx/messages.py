"""What an ONNX file says: a model, its graphs and functions, their nodes and tensors, from the protobuf messages.

The numbers of fields are those of onnx.proto. A file is read where it lies: the numbers of a weight are never loaded,
only those of small tensors, which say axes, shapes and limits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.formats.containers.protobuf import fields, varints
from archgraph.formats.traced.architecture import MAX_STEPS

MAX_FIELDS = 1 << 20  # of a file, all messages together
MAX_KNOWN = 1 << 10  # elements up to which a tensor's numbers are read
MAX_LISTS = 1 << 22  # bytes of the lists of numbers in attributes, of a file together
MAX_TEXTS = 1 << 25  # bytes of the names in a file together
MAX_DEPTH = 32  # graphs within nodes within graphs
MAX_RANK = 32
FLOATS = frozenset((1, 10, 11, 16))
"""The types float, float16, double and bfloat16."""
QUANTISED = frozenset((2, 3, *range(17, 32)))
"""Types that only stand for numbers: integers of 8 bits and fewer, floats of 8 bits and fewer."""
_KIND = b"pkg.torch.export.graph_signature.InputSpec.kind"
_CLASSES, _PATHS = b"pkg.torch.onnx.class_hierarchy", b"pkg.torch.onnx.name_scopes"
ONE_OPERATION = ("MultiheadAttention", "LocalResponseNorm")
"""Modules of torch that are one operation, though their files hold what it is made of."""
_NUMPY = {
    **{1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8"},
    **{12: "<u4", 13: "<u8"},
}
_TYPED = {1: 4, 11: 10, 7: 7, 13: 11, 12: 11}  # the field of the numbers of a type, where they are not raw; else 5


@dataclass(frozen=True)
class OnnxTensor:
    """A tensor of the file.

    Args:
        name: its name, empty where it is an attribute's value.
        shape: its dimensions.
        type: number of its element type.
        numbers: its numbers, where they are few and in the file.
    """

    name: str
    shape: tuple[int, ...]
    type: int
    numbers: NDArray[Any] | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Node:
    """A call of an operator or function; `module` is the class and the path of the module it belongs to, where torch's
    exporter says that this is one of `ONE_OPERATION`."""

    operator: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    overload: str = ""
    module: tuple[str, str] | None = None


@dataclass(frozen=True)
class Reference:
    """An attribute of a function's node that is an attribute of the function's call."""

    name: str


@dataclass(frozen=True)
class Graph:
    """A graph: `inputs`, `shapes` and `kinds` are of its values' names; a dimension that is not known is None, and what
    torch's exporter says that a tensor was, as PARAMETER or BUFFER, is a kind."""

    nodes: tuple[Node, ...]
    tensors: tuple[OnnxTensor, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: dict[str, tuple[int | None, ...]]
    kinds: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Function:
    """A model's own operator; `attributes` are those with a default."""

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass(frozen=True)
class OnnxModel:
    """A file: its graph, and its functions by (domain, name, overload)."""

    graph: Graph
    functions: dict[tuple[str, str, str], Function]


def read_model(data: memoryview) -> OnnxModel:
    """The model that the bytes of a file hold.

    Raises:
        InputError: they hold none, are damaged, or say too much.
    """
    return _Parser().model(data)


class _Parser:
    """The parser of one file; it counts what is made of it, so that a small file stays small."""

    def __init__(self) -> None:
        self._left = {"fields": MAX_FIELDS, "bytes in lists": MAX_LISTS, "bytes in names": MAX_TEXTS}

    def _spend(self, kind: str, amount: int = 1) -> None:
        self._left[kind] -= amount
        if self._left[kind] < 0:
            most = {"fields": MAX_FIELDS, "bytes in lists": MAX_LISTS, "bytes in names": MAX_TEXTS}[kind]
            raise InputError(f"the file has more than {most} {kind}")

    def model(self, data: memoryview) -> OnnxModel:
        content = self._grouped(data)
        graphs = [value for value in content.get(7, []) if isinstance(value, memoryview)]
        if len(graphs) != 1:
            raise InputError("not an ONNX model: it has no graph")
        functions = dict(self._function(value) for value in content.get(25, []))
        return OnnxModel(self._graph(graphs[0], 0), functions)

    def _grouped(self, message: Any) -> dict[int, list[Any]]:
        """The values of each field of a message."""
        found: dict[int, list[Any]] = {}
        for number, value in _fields(_message(message)):
            self._spend("fields")
            found.setdefault(number, []).append(value)
        return found

    def _texts(self, content: dict[int, list[Any]], number: int) -> tuple[str, ...]:
        return tuple(map(self._decoded, content.get(number, [])))

    def _text(self, content: dict[int, list[Any]], number: int) -> str:
        """The first text of a field, empty where there is none."""
        return self._decoded(content[number][0]) if number in content else ""

    def _decoded(self, value: Any) -> str:
        self._spend("bytes in names", len(_message(value)))
        try:
            return bytes(value).decode()
        except UnicodeDecodeError as error:
            raise InputError("not an ONNX model: a name is no text") from error

    def _function(self, value: Any) -> tuple[tuple[str, str, str], Function]:
        content = self._grouped(value)
        nodes = tuple(self._node(value, 1) for value in content.get(7, []))
        defaults = dict(self._attribute(value, 1) for value in content.get(11, []))
        found = Function(nodes, self._texts(content, 4), self._texts(content, 5), defaults)
        return (domain(self._text(content, 10)), self._text(content, 1), self._text(content, 13)), found

    def _graph(self, value: Any, depth: int) -> Graph:
        if depth > MAX_DEPTH:
            raise InputError(f"graphs lie within one another more than {MAX_DEPTH} deep")
        content = self._grouped(value)
        if len(content.get(1, [])) > MAX_STEPS:
            raise InputError(f"a graph has {len(content[1])} nodes; at most {MAX_STEPS} are read")
        tensors = [self._tensor(value) for value in content.get(5, [])]
        tensors += [self._sparse(value) for value in content.get(15, [])]
        inputs, outputs, known = ([self._value(value) for value in content.get(i, [])] for i in (11, 12, 13))
        return Graph(
            tuple(self._node(value, depth) for value in content.get(1, [])),
            tuple(tensors),
            tuple(name for name, _ in inputs),
            tuple(name for name, _ in outputs),
            {name: shape for name, shape in (*known, *outputs, *inputs) if shape is not None},
            dict(filter(None, map(self._kind, content.get(13, [])))),
        )

    def _kind(self, value: Any) -> tuple[str, str] | None:
        """Name of a value and what torch's exporter says that it was, where it says so."""
        small = len(_message(value)) < 1 << 16
        content = self._grouped(value) if small and _KIND in bytes(value) else {}
        entries = map(self._grouped, content.get(4, []))
        said = {self._text(entry, 1): self._text(entry, 2) for entry in entries}
        kind = said.get(_KIND.decode())
        return None if kind is None else (self._text(content, 1), kind)

    def _value(self, value: Any) -> tuple[str, tuple[int | None, ...] | None]:
        """Name and shape of an input, an output or a value in between."""
        content = self._grouped(value)
        for kind in content.get(2, []):
            for tensor in self._grouped(kind).get(1, []):
                for shape in self._grouped(tensor).get(2, []):
                    sizes = [self._grouped(size).get(1, [None])[0] for size in self._grouped(shape).get(1, [])]
                    if len(sizes) > MAX_RANK:
                        return self._text(content, 1), None
                    known = [size if isinstance(size, int) and 0 <= size < 1 << 40 else None for size in sizes]
                    return self._text(content, 1), tuple(known)
        return self._text(content, 1), None

    def _node(self, value: Any, depth: int) -> Node:
        content = self._grouped(value)
        attributes = dict(self._attribute(value, depth) for value in content.get(5, []))
        names = self._texts(content, 1), self._texts(content, 2)
        called = self._text(content, 4), domain(self._text(content, 7))
        return Node(*called, *names, attributes, self._text(content, 8), self._module(content.get(9, [])))

    def _module(self, said: list[Any]) -> tuple[str, str] | None:
        """Class and path of the innermost module that is one operation, of what the exporter says of a node."""
        small = [bytes(entry) for entry in said if len(_message(entry)) < 1 << 12]
        if not any(_CLASSES in entry and any(f".{one}'".encode() in entry for one in ONE_OPERATION) for entry in small):
            return None
        entries = [self._grouped(memoryview(entry)) for entry in small if _CLASSES in entry or _PATHS in entry]
        texts = {self._text(entry, 1): re.findall("'([^']*)'", self._text(entry, 2)) for entry in entries}
        classes, paths = (texts.get(key.decode(), []) for key in (_CLASSES, _PATHS))
        for name, path in reversed(list(zip(classes, paths, strict=False))):
            if (last := name.rpartition(".")[2]) in ONE_OPERATION:
                return last, path
        return None

    def _attribute(self, value: Any, depth: int) -> tuple[str, Any]:
        """Name and value: a number, a text, a tensor, a graph, or a list of numbers or texts."""
        content = self._grouped(value)
        return self._text(content, 1), self._attribute_value(content, depth)

    def _attribute_value(self, content: dict[int, list[Any]], depth: int) -> Any:
        kind = _whole(content, 20, 0)
        if self._text(content, 21):
            return Reference(self._text(content, 21))
        if 6 in content:
            return self._graph(content[6][0], depth + 1)
        if 5 in content:
            return self._tensor(content[5][0])
        if 22 in content:
            return self._sparse(content[22][0])
        self._spend("bytes in lists", _length(content, 7) + _length(content, 8))
        if 8 in content or kind == 7:
            return [_signed(number) for number in _numbers(content, 8)]
        if 7 in content or kind == 6:
            found = _floats(content, 7)
            return OnnxTensor("", (len(found),), 1) if self._text(content, 1) == "value_floats" else found
        if 9 in content or kind == 8:
            return list(self._texts(content, 9))
        if 4 in content or kind == 3:
            return self._text(content, 4)
        if 2 in content:
            return float(_single(content[2][0]))
        return _signed(content.get(3, [0])[0])

    def _tensor(self, value: Any) -> OnnxTensor:
        content = self._grouped(value)
        shape, kind = _dimensions(content, 1), _whole(content, 2, 1)
        return OnnxTensor(self._text(content, 8), shape, kind, _few(content, shape, kind))

    def _sparse(self, value: Any) -> OnnxTensor:
        """A sparse tensor counts as the dense one it stands for."""
        content = self._grouped(value)
        values = self._tensor((content.get(1) or [memoryview(b"")])[0])
        return OnnxTensor(values.name, _dimensions(content, 3), values.type)


def _fields(message: memoryview) -> Iterator[tuple[int, Any]]:
    try:
        yield from fields(message)
    except InputError as error:
        raise InputError(f"not an ONNX model, or a damaged one: {error}") from error


def _dimensions(content: dict[int, list[Any]], number: int) -> tuple[int, ...]:
    if _length(content, number) <= 10 * MAX_RANK:
        shape = tuple(_signed(size) for size in _numbers(content, number))
        if len(shape) <= MAX_RANK and all(0 <= size < 1 << 40 for size in shape):
            return shape
    raise InputError("a weight has no possible shape")


def domain(name: str) -> str:
    """The name of a set of operators; the standard's own has two."""
    return "" if name == "ai.onnx" else name


def _few(content: dict[int, list[Any]], shape: Sequence[int], kind: int) -> NDArray[Any] | None:
    """The numbers of a small tensor that has them in the file; None where it has not."""
    count = math.prod(shape)
    if count > MAX_KNOWN or kind not in _NUMPY or content.get(14, [0])[0]:
        return None
    if 9 in content:
        raw = _message(content[9][0])
        whole = len(raw) == count * np.dtype(_NUMPY[kind]).itemsize
        return np.frombuffer(bytes(raw), _NUMPY[kind]).reshape(shape) if whole else None
    if _length(content, _TYPED.get(kind, 5)) > 10 * count:
        return None
    if kind in (1, 11):
        given: list[Any] = _floats(content, _TYPED[kind])
    else:
        given = [_signed(number) for number in _numbers(content, _TYPED.get(kind, 5))]
    if len(given) != count:
        return None
    if kind == 10:
        return np.array(given, np.int64).astype("<u2").view("<f2").reshape(shape)
    return np.array(given, np.float64 if kind in (1, 11) else np.int64).astype(_NUMPY[kind]).reshape(shape)


def _length(content: dict[int, list[Any]], number: int) -> int:
    """Bytes of a list of numbers; one that is not packed counts one each."""
    return sum(len(v) if isinstance(v, bytes | memoryview) else 1 for v in content.get(number, []))


def _message(value: Any) -> Any:
    if not isinstance(value, bytes | memoryview):
        raise InputError("not an ONNX model: a number stands where a message should")
    return value


def _whole(content: dict[int, list[Any]], number: int, default: int) -> int:
    value = content.get(number, [default])[0]
    return value if isinstance(value, int) else default


def _numbers(content: dict[int, list[Any]], number: int) -> list[int]:
    """Whole numbers, packed or not."""
    found: list[int] = []
    for value in content.get(number, []):
        if isinstance(value, float):
            raise InputError("not an ONNX model: a float stands where a whole number should")
        found += [value] if isinstance(value, int) else varints(value)
    return found


def _floats(content: dict[int, list[Any]], number: int) -> list[float]:
    """Floats of single precision (double in a field of doubles), packed or not."""
    found: list[float] = []
    for value in content.get(number, []):
        if isinstance(value, bytes | memoryview):
            kind = "<f8" if number == 10 else "<f4"
            whole = len(value) - len(value) % np.dtype(kind).itemsize
            found += np.frombuffer(value[:whole], kind).tolist()
        else:
            found.append(_single(value))
    return found


def _single(value: Any) -> float:
    if isinstance(value, bytes | memoryview):
        raise InputError("not an ONNX model: a message stands where a number should")
    return float(value)


def _signed(value: Any) -> int:
    """A varint as the int64 it stands for."""
    if not isinstance(value, int):
        raise InputError("not an ONNX model: a whole number is needed")
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
