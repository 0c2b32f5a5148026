"""The numbers of an ONNX node's output, where they follow from few others: shapes, axes, places."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.formats.onnx.known import UNKNOWN, Known, NodeCall
from archgraph.formats.onnx.messages import MAX_KNOWN, MAX_RANK, OnnxTensor
from archgraph.formats.onnx.shapes import cuts, squeezed, unsqueezed

_MOST = 1 << 16
"""Numbers that one node is computed from."""
_Numbers = NDArray[Any]


def numbers_of(operator: str, inputs: Sequence[Known | None], attributes: Mapping[str, Any]) -> _Numbers | None:
    """The numbers of the first output of a node; None where they do not follow, or are many.

    Raises:
        ValueError: too little is known; other errors where the node contradicts the operator's definition.
    """
    if operator in ("Shape", "Size"):
        return _counts(operator, inputs, attributes)
    if operator == "Constant":
        return _constant(attributes)
    given = [None if known is None else known.numbers for known in inputs]
    if not given or any(known is not None and known.numbers is None for known in inputs):
        return None
    plain: list[_Numbers] = [numbers for numbers in given if numbers is not None]
    if sum(numbers.size for numbers in plain) > _MOST:
        return None
    if operator in _MOVES:
        found = _MOVES[operator](plain, NodeCall(inputs, attributes))
    elif operator in _FUNCTIONS and not any(map(_holds_unknown, plain)):
        if math.prod(np.broadcast_shapes(*(numbers.shape for numbers in plain))) > MAX_KNOWN:
            return None
        with np.errstate(all="ignore"):
            found = _FUNCTIONS[operator](*plain)
    else:
        return None
    return found if found is not None and found.size <= MAX_KNOWN else None


def _holds_unknown(numbers: _Numbers) -> bool:
    return numbers.dtype == np.int64 and bool((numbers == UNKNOWN).any())


def _counts(operator: str, inputs: Sequence[Known | None], attributes: Mapping[str, Any]) -> _Numbers | None:
    shape = inputs[0].shape if inputs and inputs[0] is not None else None
    if shape is None:
        return None
    if operator == "Size":
        return None if None in shape else np.array(math.prod(size for size in shape if size is not None))
    part = shape[attributes.get("start", 0) : attributes.get("end", len(shape))]
    return np.array([UNKNOWN if size is None else size for size in part], np.int64)


def _constant(attributes: Mapping[str, Any]) -> _Numbers | None:
    for name, value in attributes.items():
        if name in ("value_int", "value_ints"):
            return np.array(value, np.int64)
        if name == "value_float":
            return np.array(value, np.float32)
        if isinstance(value, OnnxTensor):
            return value.numbers
    return None


def _cast(plain: list[_Numbers], call: NodeCall) -> _Numbers:
    kind = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_, 11: np.float64}[call.whole("to", 1)]
    if kind is not np.int64 and _holds_unknown(plain[0]):
        raise ValueError("not known")
    with np.errstate(all="ignore"):
        return plain[0].astype(kind)


def _expand(plain: list[_Numbers], call: NodeCall) -> _Numbers | None:
    sizes = [int(size) for size in plain[1].reshape(-1)]
    wanted = np.broadcast_shapes(plain[0].shape, sizes) if min(sizes, default=0) >= 0 else None
    return np.broadcast_to(plain[0], wanted) if wanted is not None and math.prod(wanted) <= MAX_KNOWN else None


def _fill(plain: list[_Numbers], call: NodeCall) -> _Numbers | None:
    sizes = [int(size) for size in plain[0].reshape(-1)]
    if min(sizes, default=0) < 0 or math.prod(sizes) > MAX_KNOWN or len(sizes) > MAX_RANK:
        return None
    value = call.attributes.get("value")
    numbers = value.numbers if isinstance(value, OnnxTensor) else np.zeros(1, np.float32)
    return None if numbers is None else np.full(sizes, numbers.reshape(-1)[0])


def _range(start: _Numbers, limit: _Numbers, delta: _Numbers) -> _Numbers:
    count = math.ceil((limit.item() - start.item()) / delta.item())
    if count > MAX_KNOWN:
        raise ValueError("too many")
    return start + delta * np.arange(max(0, count))


_MOVES: dict[str, Callable[[list[_Numbers], NodeCall], _Numbers | None]] = {
    "Identity": lambda plain, call: plain[0],
    "Cast": _cast,
    "Gather": lambda plain, call: np.take(plain[0], plain[1].astype(np.int64), axis=call.whole("axis", 0)),
    "Concat": lambda plain, call: np.concatenate(plain, axis=call.whole("axis", 0)),
    "Squeeze": lambda plain, call: plain[0].reshape([size or 0 for size in squeezed(call) or ()]),
    "Unsqueeze": lambda plain, call: plain[0].reshape([size or 0 for size in unsqueezed(call) or ()]),
    "Reshape": lambda plain, call: plain[0].reshape([int(size) for size in plain[1]]),
    "Slice": lambda plain, call: _slice(plain[0], call),
    "Expand": _expand,
    "ConstantOfShape": _fill,
    "Transpose": lambda plain, call: plain[0].transpose(call.attributes.get("perm")),
}


def _slice(data: _Numbers, call: NodeCall) -> _Numbers:
    where = [slice(None)] * data.ndim
    for axis, start, end, step in cuts(call):
        where[axis] = slice(start, end, step)
    return data[tuple(where)]


def _divided(a: _Numbers, b: _Numbers) -> _Numbers:
    if a.dtype.kind in "iu":
        return np.trunc(a / b).astype(a.dtype)  # the standard rounds towards zero
    return a / b


_FUNCTIONS: dict[str, Callable[..., _Numbers]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": _divided,
    "Mod": np.mod,
    "Equal": np.equal,
    "Less": np.less,
    "LessOrEqual": np.less_equal,
    "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal,
    "And": np.logical_and,
    "Or": np.logical_or,
    "Not": np.logical_not,
    "Where": np.where,
    "Max": lambda *a: np.maximum.reduce(np.broadcast_arrays(*a)),
    "Min": lambda *a: np.minimum.reduce(np.broadcast_arrays(*a)),
    "Neg": np.negative,
    "Abs": np.abs,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Sqrt": np.sqrt,
    "Range": _range,
    "ReduceProd": lambda a, *_: np.prod(a, keepdims=True),
}
