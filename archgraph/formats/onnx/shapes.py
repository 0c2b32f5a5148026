"""The shape of an ONNX node's output.

It follows from the operator's definition, as far as the readers of a graph need it: windows, axes, the sizes of
computed weights. What does not follow is unknown, never guessed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from archgraph.formats.onnx.known import UNKNOWN, NodeCall, Sizes, sure
from archgraph.formats.onnx.messages import MAX_RANK


def broadcast(*shapes: Sizes | None) -> Sizes | None:
    """The shape of an elementwise function of values of these shapes."""
    if any(shape is None for shape in shapes):
        return None
    rank = max(len(sure(shape)) for shape in shapes)
    columns = zip(*((1,) * (rank - len(sure(shape))) + sure(shape) for shape in shapes), strict=True)
    return tuple(_joint(column) for column in columns)


def _joint(sizes: Sequence[int | None]) -> int | None:
    large = [size for size in sizes if size is not None and size != 1]
    return large[0] if large else None if None in sizes else 1


def shape_of(operator: str, call: NodeCall) -> Sizes | None:
    """The shape of the first output of a node; None where its rank does not follow.

    Raises:
        ValueError: too little is known; other errors where the node contradicts the operator's definition.
    """
    if operator in _SHAPES:
        return _SHAPES[operator](call)
    if operator.startswith("Reduce") or operator in ("ArgMax", "ArgMin"):
        return _reduced(call)
    if operator in _ELEMENTWISE:
        return broadcast(*(known.shape for known in call.inputs if known is not None))
    return None


def _same(call: NodeCall) -> Sizes | None:
    return call.shape()


def _windowed(weighted: bool) -> Callable[[NodeCall], Sizes | None]:
    """A convolution or pooling."""

    def find(call: NodeCall) -> Sizes | None:
        x = call.shape()
        weight = sure(call.shape(1)) if weighted else ()
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


def _transposed_convolution(call: NodeCall) -> Sizes | None:
    weight = sure(call.shape(1))
    batch = sure(call.shape())[0] if call.shape() else None
    channels = None if weight[1] is None else weight[1] * call.whole("group", 1)
    return (batch, channels, *(None for _ in weight[2:]))


def _matmul(call: NodeCall) -> Sizes | None:
    a, b = sure(call.shape()), sure(call.shape(1))
    batch = sure(broadcast(a[:-2], b[:-2]))
    return (*batch, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _gemm(call: NodeCall) -> Sizes | None:
    a, b = sure(call.shape()), sure(call.shape(1))
    return (a[1] if call.whole("transA", 0) else a[0], b[0] if call.whole("transB", 0) else b[1])


def _transposed(call: NodeCall) -> Sizes | None:
    shape = sure(call.shape())
    order = call.attributes.get("perm") or range(len(shape))[::-1]
    return tuple(shape[i] for i in order)


def _reshaped(call: NodeCall) -> Sizes | None:
    shape = call.inputs[1] if len(call.inputs) > 1 else None
    if "shape" not in call.attributes and shape is not None and shape.numbers is None:
        rank = sure(shape.shape)[0]
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


def _flattened(call: NodeCall) -> Sizes | None:
    shape = call.shape()
    if shape is None:
        return None, None
    axis = call.whole("axis", 1) % (len(shape) + 1)
    return tuple(None if None in part else math.prod(part) for part in (shape[:axis], shape[axis:]))  # type: ignore[arg-type]


def squeezed(call: NodeCall) -> Sizes | None:
    shape, axes = sure(call.shape()), call.numbers("axes", 1)
    if axes is None:
        return None if None in shape else tuple(size for size in shape if size != 1)
    dropped = {axis % len(shape) for axis in axes}
    return tuple(size for i, size in enumerate(shape) if i not in dropped)


def unsqueezed(call: NodeCall) -> Sizes | None:
    shape, axes = sure(call.shape()), call.numbers("axes", 1) or []
    rank = len(shape) + len(axes)
    new, old = {axis % rank for axis in axes}, iter(shape)
    if len(new) < len(axes):
        raise ValueError("an axis is named twice")
    return tuple(1 if i in new else next(old) for i in range(rank))


def _concatenated(call: NodeCall) -> Sizes | None:
    shapes = [sure(call.shape(i)) for i in range(len(call.inputs))]
    axis = call.whole("axis", 1) % len(shapes[0])
    along = [shape[axis] for shape in shapes]
    total = None if None in along else sum(size for size in along if size is not None)
    return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])


def _part(call: NodeCall) -> Sizes | None:
    """One of the outputs of Split, whose size along the axis is not followed."""
    shape, axis = sure(call.shape()), call.whole("axis", 0)
    return tuple(None if i == axis % len(shape) else size for i, size in enumerate(shape))


def cuts(call: NodeCall) -> list[tuple[int, int, int, int]]:
    """Axis, start, end and step of each cut that Slice makes."""
    starts, ends = call.numbers("starts", 1) or [], call.numbers("ends", 2) or []
    axes, steps = call.numbers("axes", 3) or list(range(len(starts))), call.numbers("steps", 4) or [1] * len(starts)
    return list(zip(axes, starts, ends, steps, strict=True))


def _sliced(call: NodeCall) -> Sizes | None:
    shape = list(sure(call.shape()))
    for axis, start, end, step in cuts(call):
        size = shape[axis]
        shape[axis] = None if size is None or UNKNOWN in (start, end) else len(range(size)[start:end:step])
    return tuple(shape)


def _gathered(call: NodeCall) -> Sizes | None:
    shape, index = sure(call.shape()), sure(call.shape(1))
    axis = call.whole("axis", 0) % len(shape)
    return (*shape[:axis], *index, *shape[axis + 1 :])


def _expanded(call: NodeCall) -> Sizes | None:
    wanted = call.numbers("shape", 1) or []
    return broadcast(call.shape(), tuple(None if size == UNKNOWN else size for size in wanted))


def _filled(call: NodeCall) -> Sizes | None:
    return tuple(None if size == UNKNOWN else size for size in call.numbers("shape", 0) or [])


def _of_rank(change: int = 0) -> Callable[[NodeCall], Sizes | None]:
    """A value of as many dimensions as the first input, and `change` more, none of which is followed."""
    return lambda call: (None,) * (call.rank() + change)


def _reduced(call: NodeCall) -> Sizes | None:
    shape = sure(call.shape())
    axes = [call.whole("axis", 0)] if "axis" in call.attributes else call.numbers("axes", 1)
    keep = bool(call.whole("keepdims", 1))
    if not axes:
        whole = call.whole("noop_with_empty_axes", 0)
        return shape if whole else (1,) * len(shape) if keep else ()
    gone = {axis % len(shape) for axis in axes}
    return tuple(1 if i in gone else size for i, size in enumerate(shape) if keep or i not in gone)


def _pooled(call: NodeCall) -> Sizes | None:
    shape = sure(call.shape())
    return (*shape[:2], *(1 for _ in shape[2:]))


def _resized(call: NodeCall) -> Sizes | None:
    shape = sure(call.shape())
    return (*shape[:2], *(None for _ in shape[2:]))


_ELEMENTWISE = frozenset(
    (
        *("Add", "Sub", "Mul", "Div", "Pow", "Mod", "Where", "Equal", "Less", "LessOrEqual", "Greater"),
        *("GreaterOrEqual", "And", "Or", "Xor", "Max", "Min", "Mean", "Sum", "BitShift", "PRelu"),
    )
)
_SHAPES: dict[str, Callable[[NodeCall], Sizes | None]] = {
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
    "Squeeze": squeezed,
    "Unsqueeze": unsqueezed,
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
