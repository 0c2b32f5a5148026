"""What an ONNX node is: the names of the operations that it stands for.

Defaults are those of the standard: a window's stride and dilation are 1, a matrix is not transposed, a reduction
without axes goes over all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from archgraph.errors import InputError
from archgraph.formats.onnx.known import Known, Sizes
from archgraph.formats.traced.architecture import NOTHING
from archgraph.op_names import describe

SHAPE_OPERATORS = frozenset(("Shape", "Size", "SequenceLength", "OptionalHasElement"))
"""Operators whose result is a number about shapes."""
_NOTHING = (
    *("Identity", "Cast", "CastLike", "Dropout", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"),
    *("Optional", "OptionalGetElement", "SequenceAt", "BitCast"),
)
_COMPARISONS = ("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "IsNaN", "IsInf", "NonZero")
_LOGICAL = ("And", "Or", "Xor", "Not", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot", "BitShift")
_WORDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_NOTHING, (NOTHING,)),
    **dict.fromkeys(("Add", "Sub", "Sum", "Mean", "QLinearAdd"), ("sum",)),
    **dict.fromkeys(
        ("Concat", "QLinearConcat", "ConcatFromSequence", "SequenceConstruct", "SequenceInsert"), ("concat",)
    ),
    **dict.fromkeys(("Mul", "Div", "QLinearMul", "RotaryEmbedding"), ("product",)),
    **dict.fromkeys(("BatchNormalization",), ("bn",)),
    "LayerNormalization": ("ln",),
    "GroupNormalization": ("gn",),
    **dict.fromkeys(("InstanceNormalization", "MeanVarianceNormalization"), ("in",)),
    "LRN": ("lrn",),
    **dict.fromkeys(("RMSNormalization", "SimplifiedLayerNormalization"), ("rms",)),
    "SkipLayerNormalization": ("sum", "ln"),
    "SkipSimplifiedLayerNormalization": ("sum", "rms"),
    "EmbedLayerNormalization": ("embedding", "ln"),
    "GatherBlockQuantized": ("embedding",),
    "LpNormalization": ("reducenorm", "product"),
    **dict.fromkeys(("Relu", "ThresholdedRelu"), ("relu",)),
    **dict.fromkeys(("LeakyRelu", "QLinearLeakyRelu"), ("leakyrelu",)),
    **dict.fromkeys(("Sigmoid", "QLinearSigmoid"), ("sigmoid",)),
    **dict.fromkeys(("Softmax", "LogSoftmax", "QLinearSoftmax"), ("softmax",)),
    **dict.fromkeys(("Gelu", "FastGelu", "BiasGelu", "QuickGelu"), ("gelu",)),
    **dict.fromkeys(("Swish", "SiLU"), ("silu",)),
    "PRelu": ("prelu",),
    "HardSigmoid": ("hardsigmoid",),
    "HardSwish": ("hardswish",),
    "Elu": ("elu",),
    "Selu": ("selu",),
    "Celu": ("celu",),
    "Mish": ("mish",),
    "Softplus": ("softplus",),
    "Tanh": ("tanh",),
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), ("reshape",)),
    **dict.fromkeys(("Transpose", "EinsumTranspose"), ("permute",)),
    **dict.fromkeys(("Expand", "Tile"), ("tile",)),
    **dict.fromkeys(("Split", "SplitToSequence"), ("split",)),
    **dict.fromkeys(("Slice", "Compress", "Trilu", "Unique"), ("slice",)),
    **dict.fromkeys(("Gather", "GatherElements", "GatherND", "OneHot"), ("gather",)),
    **dict.fromkeys(("Scatter", "ScatterElements", "ScatterND", "TensorScatter"), ("scatter",)),
    **dict.fromkeys(("Pad", "CenterCropPad"), ("pad",)),
    "ReverseSequence": ("flip",),
    **dict.fromkeys(("Resize", "Upsample", "MaxUnpool", "Col2Im"), ("upsample",)),
    **dict.fromkeys(("GridSample", "AffineGrid"), ("gridsample",)),
    **dict.fromkeys(("RoiAlign", "MaxRoiPool"), ("roialign",)),
    "DepthToSpace": ("depthtospace",),
    "SpaceToDepth": ("spacetodepth",),
    **dict.fromkeys(("Einsum", "Det"), ("matmul",)),
    "RNN": ("rnn",),
    "LSTM": ("lstm",),
    "GRU": ("gru",),
    **dict.fromkeys(("ArgMax", "ArgMin"), ("argmax",)),
    "TopK": ("topk",),
    **dict.fromkeys(("CumSum", "CumProd"), ("cumsum",)),
    "NonMaxSuppression": ("nms",),
    **dict.fromkeys(("Where",), ("where",)),
    **dict.fromkeys(_COMPARISONS, ("compare",)),
    **dict.fromkeys(_LOGICAL, ("logical",)),
    **dict.fromkeys(("Floor", "Ceil", "Round"), ("round",)),
    "Max": ("maximum",),
    "Min": ("minimum",),
    **{name.title(): (name,) for name in ("pow", "sqrt", "exp", "log", "abs", "neg", "erf", "sin", "cos", "mod")},
    **{name.title(): (name,) for name in ("reciprocal", "sign")},
    **dict.fromkeys(("QLinearGlobalAveragePool", "GlobalAveragePool"), ("globalavgpool",)),
    "GlobalMaxPool": ("globalmaxpool",),
    "GlobalLpPool": ("reducenorm",),
}
_REDUCTIONS = {
    **{name: name for name in ("Mean", "Sum", "Max", "Min", "Prod")},
    **{"L1": "norm", "L2": "norm", "SumSquare": "norm", "LogSumExp": "logsumexp", "LogSum": "logsumexp"},
}
WEIGHTS: dict[str, int] = {
    **dict.fromkeys(("Conv", "FusedConv", "NhwcConv", "NhwcFusedConv", "ConvInteger", "ConvTranspose"), 1),
    **dict.fromkeys(("MatMul", "FusedMatMul", "Gemm", "FusedGemm", "MatMulInteger", "MatMulIntegerToFloat"), 1),
    **dict.fromkeys(("DynamicQuantizeMatMul", "MatMulNBits", "MatMulBnb4", "DeformConv", "TransposeMatMul"), 1),
    **dict.fromkeys(("QLinearConv", "QLinearMatMul", "QGemm"), 3),
}
"""Operator -> the input that holds its weight."""
_EQUATION = re.compile(r"([A-Za-z]+),([A-Za-z]+)->([A-Za-z]*)")
_ATTENTION = frozenset(
    ("Attention", "MultiHeadAttention", "GroupQueryAttention", "QAttention", "PackedAttention", "DecoderAttention")
)


def words_of(
    operator: str,
    attributes: Mapping[str, Any],
    inputs: Sequence[Known | None],
    varies: Sequence[bool],
    weighs: Sequence[bool],
) -> tuple[str, ...]:
    """The operations that a node stands for, one after another.

    Args:
        operator: its operator.
        attributes: its attributes.
        inputs: what is known of its inputs.
        varies: which of them depend on the network's input.
        weighs: which of them are or hold weights, being constant.

    Raises:
        InputError: the node's weight is left out.
    """
    place = WEIGHTS.get(operator)
    if place is not None:
        weight = inputs[place] if place < len(inputs) else None
        if weight is None:
            raise InputError(f"{operator} has no weight")
        return (_weighted(operator, attributes, inputs, varies, weighs, weight.shape), *_fused(attributes))
    if operator.endswith(("AveragePool", "MaxPool", "LpPool")) and "Global" not in operator:
        kernel = _sides(attributes.get("kernel_shape"), 2)
        return (_windowed("maxpool" if "Max" in operator else "avgpool", kernel, attributes),)
    if operator.startswith("Reduce"):
        return (_reduction(operator.removeprefix("Reduce"), attributes, inputs),)
    if operator == "Clip":
        return (_clip(attributes, inputs),)
    if operator in _ATTENTION:
        heads = attributes.get("num_heads", attributes.get("q_num_heads", 1))
        return (describe("attention", groups=min(max(heads, 1), 9999)),)
    if operator == "Einsum" and len(inputs) == 2 and varies[0] != varies[1] and weighs[varies.index(False)]:
        return (_summed(attributes.get("equation"), inputs, varies.index(False)),)
    if operator == "Gather" and len(inputs) > 1 and not varies[0] and varies[1]:
        return ("embedding",)
    if operator in _WORDS:
        return _WORDS[operator]
    return ("other:" + (re.sub(r"\W", "", operator, flags=re.ASCII).lower()[:58] or "unknown"),)


def _fused(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    name = attributes.get("activation")
    return _WORDS.get(name, ()) if isinstance(name, str) else ()


def _weighted(
    operator: str,
    attributes: Mapping[str, Any],
    inputs: Sequence[Known | None],
    varies: Sequence[bool],
    weighs: Sequence[bool],
    weight: Sizes | None,
) -> str:
    """A convolution or a matrix product with the weight's shape."""
    if operator == "DeformConv":
        return _convolution("conv", attributes, weight)
    if "Conv" in operator:
        return _convolution("deconv" if operator == "ConvTranspose" else "conv", attributes, weight)
    if operator in ("MatMulNBits", "MatMulBnb4"):
        return describe("linear", expansion=_ratio(attributes.get("N"), attributes.get("K")))
    turned = attributes.get("transB", 0)
    place = WEIGHTS[operator]
    if varies[place] and not varies[0] and inputs[0] is not None:
        weight, turned = inputs[0].shape, not attributes.get("transA", 0)  # the constant matrix stands at the left
    elif varies[place]:
        return "matmul"
    if weight is None or len(weight) < 2 or not any(weighs[:2]):
        return "matmul"
    columns, rows = weight[-2:][:: -1 if not turned else 1]
    data = inputs[1 if varies[place] else 0]
    times = _times(weight[:-2], () if data is None or data.shape is None else data.shape[:-2])
    return describe("linear", expansion=_ratio(columns and columns * times, rows))


def _summed(equation: Any, inputs: Sequence[Known | None], place: int) -> str:
    """A sum over axes of the data and of the weight at `place`: what is summed over comes in, what only the weight
    has goes out."""
    match = _EQUATION.fullmatch(re.sub(r"\s", "", equation)) if isinstance(equation, str) else None
    shapes = [None if known is None else known.shape for known in inputs]
    if match is None or any(s is None or len(s) != len(match[i]) for i, s in enumerate(shapes, start=1)):
        return "matmul"
    data, weight, out = set(match[2 - place]), match[1 + place], set(match[3])
    sizes = dict(zip(weight, shapes[place] or (), strict=True))
    wide = [size for axis, size in sizes.items() if axis in out and axis not in data]
    narrow = [size for axis, size in sizes.items() if axis in data and axis not in out]
    if not narrow or None in (*wide, *narrow):
        return "matmul"
    return describe("linear", expansion=_ratio(prod(filter(None, wide)), prod(filter(None, narrow))))


def _times(parts: Sizes, of_data: Sizes) -> int:
    """How often data of so many parts are repeated where there are several matrices."""
    data = (1,) * (len(parts) - len(of_data)) + of_data[len(of_data) - len(parts) :]
    return prod(size or 1 for size, other in zip(parts, data, strict=True) if other == 1)


def _convolution(word: str, attributes: Mapping[str, Any], weight: Sizes | None) -> str:
    kernel = _sides(attributes.get("kernel_shape"), 0) or _sides(None if weight is None else weight[2:], 0)
    if not 1 <= len(kernel) <= 3:
        return f"other:{word}"
    groups = _whole(attributes.get("group", 1))
    if weight is None or len(weight) < 2 or not weight[0] or not weight[1]:
        return _windowed(word, kernel, attributes, groups)
    wide, narrow = (weight[1] * groups, weight[0]) if word == "deconv" else (weight[0], weight[1] * groups)
    return _windowed(word, kernel, attributes, "dw" if groups > 1 and groups == narrow else groups, wide / narrow)


def _windowed(
    word: str, kernel: tuple[int, ...], attributes: Mapping[str, Any], groups: int | str = 1, expansion: float = 1.0
) -> str:
    if not 1 <= len(kernel) <= 3:
        return f"other:{word}"
    if max(kernel) > 999:
        return f"other:{word}_{'x'.join(map(str, kernel))}"[:64]
    stride, dilation = (max(_sides(attributes.get(name), 1)) for name in ("strides", "dilations"))
    return describe(word, kernel, min(dilation, 999), groups, min(stride, 999), min(max(expansion, 1e-4), 9999.0))


def _reduction(name: str, attributes: Mapping[str, Any], inputs: Sequence[Known | None]) -> str:
    """A mean or maximum over the axes of an image is a global pooling, over others it is none."""
    data, axes = inputs[0] if inputs else None, attributes.get("axes")
    if axes is None and len(inputs) > 1 and inputs[1] is not None and inputs[1].numbers is not None:
        axes = inputs[1].numbers.reshape(-1).tolist()
    if name in ("Mean", "Max") and axes:
        rank = data.rank if data is not None and data.rank is not None else 4
        if rank >= 4 and sorted(axis % rank for axis in map(_axis, axes)) == list(range(2, rank)):
            return "globalavgpool" if name == "Mean" else "globalmaxpool"
    return "reduce" + _REDUCTIONS.get(name, "sum").lower()


def _clip(attributes: Mapping[str, Any], inputs: Sequence[Known | None]) -> str:
    limits = [attributes.get("min"), attributes.get("max")]
    for place, known in enumerate(inputs[1:3]):
        if known is not None:
            limits[place] = known.numbers.item() if known.numbers is not None and known.numbers.size == 1 else "?"
    if limits[0] == 0 and limits[1] in (6, None):
        return "relu" if limits[1] is None else "relu6"
    return "hardtanh" if limits == [-1, 1] else "clip"


def _sides(value: Any, default: int) -> tuple[int, ...]:
    """Sizes of a window, each at least 1; `default` of them where none is given, and none where `default` is 0."""
    if not isinstance(value, list | tuple) or not value:
        return (1,) * default
    return tuple(_whole(size) for size in value)


def _whole(value: Any) -> int:
    return min(max(value, 1), 9999) if isinstance(value, int) else 1


def _axis(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _ratio(wide: Any, narrow: Any) -> float:
    known = isinstance(wide, int) and isinstance(narrow, int) and wide > 0 and narrow > 0
    return min(max(wide / narrow, 1e-4), 9999.0) if known else 1.0
