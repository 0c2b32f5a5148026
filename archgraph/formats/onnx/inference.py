"""What is known of an ONNX value before the network runs: its shape, and its numbers where they are few.

Shapes follow from the operators' definitions, as far as the readers of a graph need them: windows, axes, the sizes of
computed weights. What does not follow is unknown, never guessed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.formats.onnx.messages import MAX_KNOWN, MAX_RANK, OnnxTensor

Sizes = tuple[int | None, ...]
UNKNOWN = int(np.iinfo(np.int64).min)
"""Stands for a dimension that is not known among the numbers of a shape."""
_MOST = 1 << 16
"""Numbers that one node is computed from."""


@dataclass(frozen=True)
class Known:
    """What is known of a value.

    Args:
        shape: its dimensions, None for those that are not known; None where not even their number is.
        numbers: its numbers.
    """

    shape: Sizes | None = None
    numbers: NDArray[Any] | None = None

    @property
    def rank(self) -> int | None:
        """Number of dimensions."""
        return None if self.shape is None else len(self.shape)

    @classmethod
    def of(cls, numbers: NDArray[Any]) -> Known:
        """A value whose numbers are known."""
        return cls(numbers.shape, numbers)

    def completed(self, said: Sizes) -> Known:
        """With what a file says of its shape, where that is not known."""
        if self.shape is None:
            return Known(said)
        if self.numbers is not None or len(self.shape) != len(said):
            return self
        return Known(tuple(other if size is None else size for size, other in zip(self.shape, said, strict=True)))


NOT_KNOWN = Known()
"""Of a value of which nothing is known."""


def infer(operator: str, inputs: Sequence[Known | None], attributes: Mapping[str, Any]) -> Known:
    """What is known of the first output of a node.

    Args:
        operator: of the standard's set.
        inputs: None where an optional one is left out.
        attributes: of the node.
    """
    try:
        numbers = _numbers(operator, inputs, attributes)
        if numbers is not None:
            return Known.of(numbers)
        shape = _shape(operator, _Call(inputs, attributes))
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return NOT_KNOWN  # the node contradicts the operator's definition, or too little is known
    return Known(shape if shape is None or len(shape) <= MAX_RANK else None)


class _Call:
    """A node's inputs and attributes; what older versions have as an attribute and newer as an input is found."""

    def __init__(self, inputs: Sequence[Known | None], attributes: Mapping[str, Any]) -> None:
        self.inputs, self.attributes = inputs, attributes

    def shape(self, i: int = 0) -> Sizes | None:
        found = self.inputs[i] if i < len(self.inputs) else None
        return None if found is None else found.shape

    def rank(self, i: int = 0) -> int:
        return len(_sure(self.shape(i)))

    def whole(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    def numbers(self, name: str, i: int) -> list[int] | None:
        """Whole numbers, of an attribute or of input i; None where they are not given.

        Raises:
            ValueError: they are given, but not known.
        """
        if name in self.attributes:
            return [int(v) for v in self.attributes[name]]
        found = self.inputs[i] if i < len(self.inputs) else None
        if found is None:
            return None
        if found.numbers is None:
            raise ValueError(name)
        return [int(v) for v in found.numbers.reshape(-1).tolist()]


def _sure(shape: Sizes | None) -> Sizes:
    if shape is None:
        raise ValueError("a shape is not known")
    return shape


def broadcast(*shapes: Sizes | None) -> Sizes | None:
    """The shape of an elementwise function of values of these shapes."""
    if any(shape is None for shape in shapes):
        return None
    rank = max(len(_sure(shape)) for shape in shapes)
    columns = zip(*((1,) * (rank - len(_sure(shape))) + _sure(shape) for shape in shapes), strict=True)
    return tuple(_joint(column) for column in columns)


def _joint(sizes: Sequence[int | None]) -> int | None:
    large = [size for size in sizes if size is not None and size != 1]
    return large[0] if large else None if None in sizes else 1


def _shape(operator: str, call: _Call) -> Sizes | None:
    if operator in _SHAPES:
        return _SHAPES[operator](call)
    if operator.startswith("Reduce") or operator in ("ArgMax", "ArgMin"):
        return _reduced(call)
    if operator in _ELEMENTWISE:
        return broadcast(*(known.shape for known in call.inputs if known is not None))
    return None


def _same(call: _Call) -> Sizes | None:
    return call.shape()


def _windowed(weighted: bool) -> Callable[[_Call], Sizes | None]:
    """A convolution or pooling."""

    def find(call: _Call) -> Sizes | None:
        x = call.shape()
        weight = _sure(call.shape(1)) if weighted else ()
        sides = call.attributes.get("kernel_shape") or weight[2:]
        if x is None:
            return (None,) * (2 + len(sides))
        channels = weight[0] if weighted else x[1]
        ones, zeros = [1] * len(sides), [0] * 2 * len(sides)
        strides, dilations, pads = (
            call.attributes.get(name, default)
            for name, default in (("strides", ones), ("dilations", ones), ("pads", zeros))
        )
        same = call.attributes.get("auto_pad", "NOTSET").startswith("SAME")
        spatial: list[int | None] = []
        for i, (size, side) in enumerate(zip(x[2:], sides, strict=True)):
            if size is None or side is None:
                spatial.append(None)
            elif same:
                spatial.append(-(-size // strides[i]))
            else:
                room = size + pads[i] + pads[len(sides) + i] - dilations[i] * (side - 1) - 1
                rounded = -(-room // strides[i]) if call.whole("ceil_mode", 0) else room // strides[i]
                spatial.append(rounded + 1)
        return (x[0], channels, *spatial)

    return find


def _transposed_convolution(call: _Call) -> Sizes | None:
    weight = _sure(call.shape(1))
    batch = _sure(call.shape())[0] if call.shape() else None
    channels = None if weight[1] is None else weight[1] * call.whole("group", 1)
    return (batch, channels, *(None for _ in weight[2:]))


def _matmul(call: _Call) -> Sizes | None:
    a, b = _sure(call.shape()), _sure(call.shape(1))
    batch = _sure(broadcast(a[:-2], b[:-2]))
    return (*batch, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _gemm(call: _Call) -> Sizes | None:
    a, b = _sure(call.shape()), _sure(call.shape(1))
    return (a[1] if call.whole("transA", 0) else a[0], b[0] if call.whole("transB", 0) else b[1])


def _transposed(call: _Call) -> Sizes | None:
    shape = _sure(call.shape())
    order = call.attributes.get("perm") or range(len(shape))[::-1]
    return tuple(shape[i] for i in order)


def _reshaped(call: _Call) -> Sizes | None:
    shape = call.inputs[1] if len(call.inputs) > 1 else None
    if "shape" not in call.attributes and shape is not None and shape.numbers is None:
        rank = _sure(shape.shape)[0]
        return None if rank is None or rank > MAX_RANK else (None,) * rank
    wanted = call.numbers("shape", 1) or []
    old = call.shape()
    found: list[int | None] = []
    for i, size in enumerate(wanted):
        if size == 0 and not call.whole("allowzero", 0):
            found.append(old[i] if old is not None else None)
        else:
            found.append(None if size in (-1, UNKNOWN) else size)
    if wanted.count(-1) == 1 and UNKNOWN not in wanted and old is not None and None not in old:
        rest = math.prod(size for size in found if size is not None)
        if found.count(None) == 1 and rest:
            found[wanted.index(-1)] = math.prod(size for size in old if size is not None) // rest
    return tuple(found)


def _flattened(call: _Call) -> Sizes | None:
    shape = call.shape()
    if shape is None:
        return None, None
    axis = call.whole("axis", 1) % (len(shape) + 1)
    return tuple(None if None in part else math.prod(part) for part in (shape[:axis], shape[axis:]))  # type: ignore[arg-type]


def _squeezed(call: _Call) -> Sizes | None:
    shape, axes = _sure(call.shape()), call.numbers("axes", 1)
    if axes is None:
        return None if None in shape else tuple(size for size in shape if size != 1)
    dropped = {axis % len(shape) for axis in axes}
    return tuple(size for i, size in enumerate(shape) if i not in dropped)


def _unsqueezed(call: _Call) -> Sizes | None:
    shape, axes = _sure(call.shape()), call.numbers("axes", 1) or []
    rank = len(shape) + len(axes)
    new, old = {axis % rank for axis in axes}, iter(shape)
    if len(new) < len(axes):
        raise ValueError("an axis is named twice")
    return tuple(1 if i in new else next(old) for i in range(rank))


def _concatenated(call: _Call) -> Sizes | None:
    shapes = [_sure(call.shape(i)) for i in range(len(call.inputs))]
    axis = call.whole("axis", 1) % len(shapes[0])
    along = [shape[axis] for shape in shapes]
    total = None if None in along else sum(size for size in along if size is not None)
    return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])


def _part(call: _Call) -> Sizes | None:
    """One of the outputs of Split, whose size along the axis is not followed."""
    shape, axis = _sure(call.shape()), call.whole("axis", 0)
    return tuple(None if i == axis % len(shape) else size for i, size in enumerate(shape))


def _cuts(call: _Call) -> list[tuple[int, int, int, int]]:
    """Axis, start, end and step of each cut that Slice makes."""
    starts, ends = call.numbers("starts", 1) or [], call.numbers("ends", 2) or []
    axes, steps = call.numbers("axes", 3) or list(range(len(starts))), call.numbers("steps", 4) or [1] * len(starts)
    return list(zip(axes, starts, ends, steps, strict=True))


def _sliced(call: _Call) -> Sizes | None:
    shape = list(_sure(call.shape()))
    for axis, start, end, step in _cuts(call):
        size = shape[axis]
        shape[axis] = None if size is None or UNKNOWN in (start, end) else len(range(size)[start:end:step])
    return tuple(shape)


def _gathered(call: _Call) -> Sizes | None:
    shape, index = _sure(call.shape()), _sure(call.shape(1))
    axis = call.whole("axis", 0) % len(shape)
    return (*shape[:axis], *index, *shape[axis + 1 :])


def _expanded(call: _Call) -> Sizes | None:
    wanted = call.numbers("shape", 1) or []
    return broadcast(call.shape(), tuple(None if size == UNKNOWN else size for size in wanted))


def _filled(call: _Call) -> Sizes | None:
    return tuple(None if size == UNKNOWN else size for size in call.numbers("shape", 0) or [])


def _of_rank(change: int = 0) -> Callable[[_Call], Sizes | None]:
    """A value of as many dimensions as the first input, and `change` more, none of which is followed."""
    return lambda call: (None,) * (call.rank() + change)


def _reduced(call: _Call) -> Sizes | None:
    shape = _sure(call.shape())
    axes = [call.whole("axis", 0)] if "axis" in call.attributes else call.numbers("axes", 1)
    keep = bool(call.whole("keepdims", 1))
    if not axes:
        whole = call.whole("noop_with_empty_axes", 0)
        return shape if whole else (1,) * len(shape) if keep else ()
    gone = {axis % len(shape) for axis in axes}
    return tuple(1 if i in gone else size for i, size in enumerate(shape) if keep or i not in gone)


def _pooled(call: _Call) -> Sizes | None:
    shape = _sure(call.shape())
    return (*shape[:2], *(1 for _ in shape[2:]))


def _resized(call: _Call) -> Sizes | None:
    shape = _sure(call.shape())
    return (*shape[:2], *(None for _ in shape[2:]))


_ELEMENTWISE = frozenset(
    (
        *("Add", "Sub", "Mul", "Div", "Pow", "Mod", "Where", "Equal", "Less", "LessOrEqual", "Greater"),
        *("GreaterOrEqual", "And", "Or", "Xor", "Max", "Min", "Mean", "Sum", "BitShift", "PRelu"),
    )
)
_SHAPES: dict[str, Callable[[_Call], Sizes | None]] = {
    **dict.fromkeys(
        (
            *("Identity", "Cast", "CastLike", "Dropout", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"),
            *("Relu", "LeakyRelu", "ThresholdedRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Elu", "Selu", "Celu"),
            *("Gelu", "Mish", "Swish", "Softplus", "Softsign", "Softmax", "LogSoftmax", "Tanh", "Clip", "Shrink"),
            *("BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization"),
            *("RMSNormalization", "LRN", "MeanVarianceNormalization", "LpNormalization", "CumSum", "ScatterND"),
            *("ScatterElements", "Scatter", "Erf", "Sqrt", "Exp", "Log", "Abs", "Neg", "Reciprocal", "Sign", "Floor"),
            *("Ceil", "Round", "Sin", "Cos", "Tan", "Not", "IsNaN", "IsInf", "Trilu", "SimplifiedLayerNormalization"),
            *("SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "FastGelu", "BiasGelu", "QuickGelu"),
        ),
        _same,
    ),
    **dict.fromkeys(("Conv", "FusedConv", "ConvInteger"), _windowed(weighted=True)),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), _windowed(weighted=False)),
    "ConvTranspose": _transposed_convolution,
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"), _pooled),
    **dict.fromkeys(("MatMul", "MatMulInteger"), _matmul),
    "Gemm": _gemm,
    "Transpose": _transposed,
    "Reshape": _reshaped,
    "Flatten": _flattened,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Concat": _concatenated,
    "Split": _part,
    "Slice": _sliced,
    "Gather": _gathered,
    "GatherElements": lambda call: call.shape(1),
    "Expand": _expanded,
    "ConstantOfShape": _filled,
    **dict.fromkeys(("Tile", "Pad", "TopK", "Attention", "SpaceToDepth", "DepthToSpace"), _of_rank()),
    **dict.fromkeys(("Resize", "Upsample", "GridSample"), _resized),
    "Shape": lambda call: (call.rank(),),
    "Size": lambda call: (),
    "Range": lambda call: (None,),
    "NonZero": lambda call: (call.rank(), None),
    "OneHot": _of_rank(1),
}

_Numbers = NDArray[Any]


def _numbers(operator: str, inputs: Sequence[Known | None], attributes: Mapping[str, Any]) -> _Numbers | None:
    """The numbers of a node's output where they follow from few others."""
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
        found = _MOVES[operator](plain, _Call(inputs, attributes))
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


def _cast(plain: list[_Numbers], call: _Call) -> _Numbers:
    kind = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_, 11: np.float64}[call.whole("to", 1)]
    if kind is not np.int64 and _holds_unknown(plain[0]):
        raise ValueError("not known")
    with np.errstate(all="ignore"):
        return plain[0].astype(kind)


def _expand(plain: list[_Numbers], call: _Call) -> _Numbers | None:
    sizes = [int(size) for size in plain[1].reshape(-1)]
    wanted = np.broadcast_shapes(plain[0].shape, sizes) if min(sizes, default=0) >= 0 else None
    return np.broadcast_to(plain[0], wanted) if wanted is not None and math.prod(wanted) <= MAX_KNOWN else None


def _fill(plain: list[_Numbers], call: _Call) -> _Numbers | None:
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


_MOVES: dict[str, Callable[[list[_Numbers], _Call], _Numbers | None]] = {
    "Identity": lambda plain, call: plain[0],
    "Cast": _cast,
    "Gather": lambda plain, call: np.take(plain[0], plain[1].astype(np.int64), axis=call.whole("axis", 0)),
    "Concat": lambda plain, call: np.concatenate(plain, axis=call.whole("axis", 0)),
    "Squeeze": lambda plain, call: plain[0].reshape([size or 0 for size in _squeezed(call) or ()]),
    "Unsqueeze": lambda plain, call: plain[0].reshape([size or 0 for size in _unsqueezed(call) or ()]),
    "Reshape": lambda plain, call: plain[0].reshape([int(size) for size in plain[1]]),
    "Slice": lambda plain, call: _slice(plain[0], call),
    "Expand": _expand,
    "ConstantOfShape": _fill,
    "Transpose": lambda plain, call: plain[0].transpose(call.attributes.get("perm")),
}


def _slice(data: _Numbers, call: _Call) -> _Numbers:
    where = [slice(None)] * data.ndim
    for axis, start, end, step in _cuts(call):
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
