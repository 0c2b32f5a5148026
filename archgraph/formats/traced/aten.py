"""The operation that a call of one of torch's operators is, by what it computes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from archgraph.formats.traced.architecture import NOTHING
from archgraph.op_names import ACTIVATIONS, NORMS, PLAIN, describe

Shape = tuple[int, ...]
_NOTHING = (
    *("dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout", "getitem", "contiguous", "clone"),
    *("detach", "to", "_to_copy", "float", "type_as", "alias", "lift", "lift_fresh", "lift_fresh_copy", "copy"),
    *("item", "_local_scalar_dense", "real", "view_as_real", "view_as_complex", "complex", "positive", "rrelu_eval"),
    *("fill", "zero", "data", "_conj", "resolve_conj", "resolve_neg", "requires_grad"),
)
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "isnan", "isinf", "isfinite", "isin", "allclose")
_LOGICAL = ("logical_and", "logical_or", "logical_not", "logical_xor", "any", "all", "and", "or", "xor", "not")
_WORDS: dict[str, str] = {
    **dict.fromkeys(_NOTHING, NOTHING),
    **dict.fromkeys(("add", "sub", "rsub", "lerp"), "sum"),
    **dict.fromkeys(("cat", "concat", "stack", "hstack", "vstack", "column_stack", "block_diag"), "concat"),
    **dict.fromkeys(("mul", "div", "true_divide", "outer", "addcmul", "addcdiv"), "product"),
    **dict.fromkeys(("batch_norm", "native_batch_norm", "_native_batch_norm_legit_no_training"), "bn"),
    **dict.fromkeys(("_native_batch_norm_legit", "_batch_norm_no_update", "cudnn_batch_norm"), "bn"),
    **dict.fromkeys(("layer_norm", "native_layer_norm"), "ln"),
    **dict.fromkeys(("group_norm", "native_group_norm"), "gn"),
    **dict.fromkeys(("rms_norm", "_fused_rms_norm"), "rms"),
    "instance_norm": "in",
    **dict.fromkeys(("_softmax", "_safe_softmax", "log_softmax", "_log_softmax"), "softmax"),
    "leaky_relu": "leakyrelu",
    "threshold": "relu",
    "log_sigmoid": "softplus",
    **dict.fromkeys(("view", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel"), "reshape"),
    **dict.fromkeys(("view_as", "reshape_as", "atleast_1d", "atleast_2d"), "reshape"),
    **dict.fromkeys(("transpose", "t", "movedim", "moveaxis", "swapaxes", "swapdims", "numpy_T", "mT", "T"), "permute"),
    **dict.fromkeys(("adjoint", "channel_shuffle", "native_channel_shuffle"), "permute"),
    **dict.fromkeys(("expand", "expand_as", "repeat", "repeat_interleave", "broadcast_to", "meshgrid"), "tile"),
    **dict.fromkeys(("chunk", "split_with_sizes", "unbind", "tensor_split", "unsafe_split", "unsafe_chunk"), "split"),
    **dict.fromkeys(("select", "narrow", "unfold", "im2col", "diagonal", "as_strided"), "slice"),
    **dict.fromkeys(("index", "index_select", "take", "take_along_dim", "masked_select", "nonzero"), "gather"),
    **dict.fromkeys(("nonzero_numpy", "one_hot", "_index", "unique_consecutive", "_unique2", "searchsorted"), "gather"),
    **dict.fromkeys(("index_put", "index_add", "index_copy", "index_fill", "masked_scatter", "scatter_add"), "scatter"),
    **dict.fromkeys(("slice_scatter", "select_scatter", "diagonal_scatter", "scatter_reduce"), "scatter"),
    **dict.fromkeys(("constant_pad_nd", "_pad_circular", "col2im"), "pad"),
    **dict.fromkeys(("reflection_pad", "replication_pad", "zero_pad"), "pad"),
    **dict.fromkeys(("upsample_nearest", "_upsample_nearest_exact", "upsample_linear"), "upsample"),
    **dict.fromkeys(("upsample_bilinear", "_upsample_bilinear2d_aa", "upsample_bicubic"), "upsample"),
    **dict.fromkeys(("upsample_trilinear", "_upsample_bicubic2d_aa", "max_unpool"), "upsample"),
    **dict.fromkeys(("grid_sampler", "affine_grid_generator", "cudnn_grid_sampler"), "gridsample"),
    **dict.fromkeys(("roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool"), "roialign"),
    **{"pixel_shuffle": "depthtospace", "pixel_unshuffle": "spacetodepth"},
    **dict.fromkeys(("lstm_cell", "_lstm_cell"), "lstm"),
    "gru_cell": "gru",
    **dict.fromkeys(("rnn_tanh", "rnn_relu", "rnn_tanh_cell", "rnn_relu_cell"), "rnn"),
    "embedding_bag": "embedding",
    "argmin": "argmax",
    **dict.fromkeys(("argsort", "msort"), "sort"),
    **dict.fromkeys(("cumprod", "logcumsumexp", "cummax", "cummin"), "cumsum"),
    **dict.fromkeys(("square", "rsqrt", "float_power"), "pow"),
    **dict.fromkeys(("expm1", "exp2"), "exp"),
    **dict.fromkeys(("log1p", "log2", "log10"), "log"),
    **dict.fromkeys(("floor", "ceil", "trunc", "floor_divide", "frac"), "round"),
    **dict.fromkeys(("fmod", "remainder"), "mod"),
    "sgn": "sign",
    "clamp_max": "clip",
    **dict.fromkeys(("masked_fill", "nan_to_num", "heaviside", "tril", "triu"), "where"),
    **dict.fromkeys(_COMPARISONS, "compare"),
    **dict.fromkeys((*_LOGICAL, "bitwise_and", "bitwise_or", "bitwise_not", "bitwise_xor"), "logical"),
}
"""Operators without dimensions at the end -> word, where the word is not the operator's own name."""
_PRODUCTS = frozenset(("linear", "addmm", "mm", "matmul", "bmm", "baddbmm", "addbmm", "einsum", "mv", "addmv"))
_REDUCTIONS = {
    **{name: name for name in ("mean", "sum", "max", "min", "prod", "var", "std", "norm", "logsumexp")},
    **{"amax": "max", "amin": "min", "linalg_vector_norm": "norm", "var_mean": "var", "std_mean": "std"},
}
_UNCHANGED = frozenset(("reshape", "tile", "slice", "pad", "upsample"))
"""Words of calls that change nothing where the result has the sides of what they take."""


@dataclass(frozen=True)
class Call:
    """A call of an operator.

    Args:
        name: the operator's, as `conv2d`.
        arguments: by the operator's own names; tensors are missing.
        shapes: sides of tensors, in order, by the same names; those of a list are `tensors`, `tensors1`, ...
        weights: names of the tensors that hold parameters and do not depend on the network's input.
        result: sides of what comes out, of the first where several do.
        channels: the axis of channels of the first tensor, where it is known.

    Example:
        >>> Call("conv1d", {"stride": [2]}, {"input": (1, 3, 40), "weight": (8, 3, 7)}).word()
        'conv1d7-s2-e2.67'
    """

    name: str
    arguments: Mapping[str, Any]
    shapes: Mapping[str, Shape]
    weights: frozenset[str] = frozenset()
    result: Shape | None = None
    channels: int | None = None

    def word(self) -> str:
        """The name of its operation, `NOTHING` where no number changes, or `other:NAME` where nothing is known."""
        found = self._by_numbers() or _by_name(self.name)
        return NOTHING if found in _UNCHANGED and self.result is not None and self.result == self._first() else found

    def _first(self) -> Shape:
        return next(iter(self.shapes.values()), ())

    def _by_numbers(self) -> str | None:
        """The word where it depends on more than the name."""
        name = self.name.lstrip("_")
        if name.startswith(("conv", "deform_conv")) and "weight" in self.shapes:
            return self._convolution("transpose" in name or bool(self.arguments.get("transposed")))
        if name in _PRODUCTS:
            return self._product()
        if "pool" in name:
            return self._pool("avgpool" if "avg" in name else "maxpool", "adaptive" in name)
        if name.startswith("scaled_dot_product"):
            return describe("attention", groups=heads(self._first()))
        if name in _REDUCTIONS:
            return self._reduction(_REDUCTIONS[name])
        if name in ("hardtanh", "clamp", "clamp_min", "relu6"):
            return self._clipped(name)
        return None

    def _convolution(self, transposed: bool) -> str:
        """From a weight of shape [out, in / groups, ...], or [in, out / groups, ...] where transposed."""
        weight = self.shapes["weight"]
        groups = self.arguments.get("groups") or self.arguments.get("n_weight_grps") or 1
        wide, narrow = (weight[1] * groups, weight[0]) if transposed else (weight[0], weight[1] * groups)
        depthwise = groups > 1 and groups == narrow
        return self._windowed(
            "deconv" if transposed else "conv", weight[2:], "dw" if depthwise else groups, wide / max(narrow, 1)
        )

    def _windowed(self, word: str, kernel: Shape, groups: int | str = 1, expansion: float = 1.0) -> str:
        if not 1 <= len(kernel) <= 3 or max(kernel) > 999:
            return f"other:{word}" + "x".join(map(str, kernel))
        stride = self.arguments.get("stride") or self.arguments.get("stride_h") or (kernel if "pool" in word else 1)
        dilation = self.arguments.get("dilation") or self.arguments.get("dilation_h") or 1
        groups = groups if isinstance(groups, str) else min(groups, 9999)
        return describe(word, kernel, _largest(dilation), groups, _largest(stride), expansion)

    def _product(self) -> str:
        """A product with a weight is a linear layer, one of two values is none."""
        values = [shape for name, shape in self.shapes.items() if name not in self.weights]
        if not self.weights or not values or self.result is None:
            return "matmul"
        factors = {"linear": 0, "einsum": 0, "addmm": 1, "addbmm": 1, "baddbmm": 1, "addmv": 1}
        names = list(self.shapes)[factors.get(self.name, 0) :][:2]
        if not self.weights & set(names):
            return "matmul"
        data = next((self.shapes[name] for name in names if name not in self.weights), ())
        return describe("linear", expansion=prod(self.result) / max(prod(data), 1))

    def _pool(self, word: str, adaptive: bool) -> str:
        sides = max(len(self._first()) - 2, 1) if self.name[-1:] != "d" else int(self.name[-2])
        if adaptive:
            size = self.arguments.get("output_size", 1)
            sizes = tuple(size) if isinstance(size, list | tuple) else (size,) * sides
            if all(n == 1 for n in sizes):
                return f"global{word}"
            return self._adaptive(word, self._first()[-sides:], (self.result or sizes)[-sides:])
        kernel = self.arguments.get("kernel_size", 1)
        kernel = tuple(kernel) if isinstance(kernel, list | tuple) else (kernel,)
        return self._windowed(word, kernel * sides if len(kernel) == 1 else kernel)

    def _adaptive(self, word: str, sides: Shape, wanted: Any) -> str:
        """A pooling to given sides, by its largest window: output i takes floor(i s / n) to ceil((i + 1) s / n)."""
        if len(sides) != len(wanted) or not all(isinstance(n, int) and n > 0 for n in (*sides, *wanted)):
            return f"other:adaptive_{word}"
        if tuple(sides) == tuple(wanted):
            return NOTHING
        windows = [max(-(-(i + 1) * s // n) - i * s // n for i in range(n)) for s, n in zip(sides, wanted, strict=True)]
        if max(windows) == 1:
            return "upsample"
        stride = max(1, *(s // n for s, n in zip(sides, wanted, strict=True)))
        return describe(word, [min(side, 999) for side in windows], stride=min(stride, 999))

    def _reduction(self, name: str) -> str:
        """A mean or maximum over all axes but those of images and channels is a global pooling."""
        shape, axes = self._first(), self.arguments.get("dim")
        if len(self.shapes) > 1:
            return "maximum" if name == "max" else "minimum"
        if name in ("mean", "max") and axes is not None and len(shape) > 2:
            reduced = {axis % len(shape) for axis in (axes if isinstance(axes, list | tuple) else (axes,))}
            channels = (1 if len(shape) > 3 else 2) if self.channels is None else self.channels
            if reduced == set(range(len(shape))) - {0, channels}:
                return "globalavgpool" if name == "mean" else "globalmaxpool"
        return f"reduce{name}"

    def _clipped(self, name: str) -> str:
        default = {"hardtanh": (-1, 1), "relu6": (0, 6)}.get(name, (None, None))
        low = self.arguments.get("min", self.arguments.get("min_val", default[0]))
        high = self.arguments.get("max", self.arguments.get("max_val", default[1]))
        if low == 0 and high in (6, None):
            return "relu" if high is None else "relu6"
        return "hardtanh" if (low, high) == (-1, 1) else "clip"


def heads(shape: Shape) -> int:
    """Heads of attention, from the sides of its queries or of its scores: the last axis but two of four or more."""
    return min(shape[-3], 9999) if len(shape) > 3 else 1


def _by_name(name: str) -> str:
    """The word of an operator that has no sizes."""
    for spelled in (name, name.strip("_"), re.sub(r"_?[123]d$", "", name.strip("_"))):
        if spelled in _WORDS:
            return _WORDS[spelled]
        if spelled in (*PLAIN, *ACTIVATIONS, *NORMS):
            return spelled
    return "attention" if "attention" in name else "other:" + (re.sub(r"\W", "", name)[:58] or "unknown")


def _largest(value: Any) -> int:
    """The largest of one size or several; at least 1."""
    sizes = value if isinstance(value, list | tuple) else (value,)
    return min(max((int(size) for size in sizes if isinstance(size, int)), default=1) or 1, 999)
