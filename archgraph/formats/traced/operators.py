"""What a step of a traced network is: an operation, something to leave out, or a number about shapes.

Names of modules, of torch's functions and of aten's operators are brought to one spelling (`AdaptiveAvgPool2d`,
`adaptive_avg_pool2d` and `aten.adaptive_avg_pool2d.default` all are `adaptiveavgpool`), so that one table serves
torch.fx and torch.export.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from archgraph.formats.traced.architecture import NOTHING
from archgraph.op_names import ACTIVATIONS, NORMS, describe

_NOTHING = frozenset(
    (
        *("dropout", "alphadropout", "featuredropout", "stochasticdepth", "identity", "getitem"),
        *("contiguous", "clone", "detach", "to", "float", "type", "alias", "liftfresh", "liftfreshcopy"),
    )
)
_PLAIN = {
    "add": "sum",
    "iadd": "sum",
    "sub": "sum",
    "isub": "sum",
    "addn": "sum",
    "cat": "concat",
    "concat": "concat",
    "stack": "concat",
    "mul": "product",
    "imul": "product",
    "div": "product",
    "truediv": "product",
}
_NORM = {
    "batchnorm": "bn",
    "syncbatchnorm": "bn",
    "nativebatchnorm": "bn",
    "nativebatchnormlegitnotraining": "bn",
    "layernorm": "ln",
    "nativelayernorm": "ln",
    "groupnorm": "gn",
    "instancenorm": "in",
    "localresponsenorm": "lrn",
    "rmsnorm": "rms",
}
_LAYOUT = {
    **dict.fromkeys(("flatten", "view", "reshape", "unflatten", "squeeze", "unsqueeze", "expand"), "other:reshape"),
    **dict.fromkeys(("permute", "transpose", "movedim", "swapaxes", "t"), "other:permute"),
    **dict.fromkeys(("chunk", "split", "splitwithsizes", "unbind", "slice", "select", "narrow"), "other:split"),
    **dict.fromkeys(("pad", "constantpadnd", "zeropad"), "other:pad"),
}


def spelling(name: str) -> str:
    """`Conv2d`, `conv2d` and `_convolution` without dimensions, underscores and case."""
    short = name.replace("_", "").lower()
    return re.sub(r"(?<=[a-z])[123]d$", "", short)


def module_word(module: nn.Module) -> str:
    """The name of the operation that a layer is, or `NOTHING`."""
    name = spelling(type(module).__name__)
    weight = getattr(module, "weight", None)
    if name.startswith("conv") and isinstance(weight, Tensor):
        return _convolution(
            tuple(weight.shape),
            {
                key: getattr(module, key)
                for key in ("stride", "dilation", "groups", "transposed")
                if hasattr(module, key)
            },
        )
    if name == "linear" and isinstance(weight, Tensor):
        return _linear(tuple(weight.shape))
    if "pool" in name:
        return _pool(
            name, {key: getattr(module, key, None) for key in ("kernel_size", "stride", "dilation", "output_size")}
        )
    return word(name)


def function_word(name: str, arguments: Mapping[str, Any], weight: tuple[int, ...] | None) -> str:
    """The name of the operation that a function is; `weight` is the shape of its parameter, if it has one."""
    name = spelling(name)
    if name in ("conv", "convolution", "convtranspose") and weight is not None:
        return _convolution(weight, {"transposed": name == "convtranspose", **arguments})
    if name in ("linear", "addmm", "mm") and weight is not None and len(weight) == 2:
        return _linear(weight)
    if name in ("linear", "addmm", "mm", "matmul", "bmm"):
        return "other:matmul"
    if "pool" in name and "output_size" not in arguments and "kernel_size" not in arguments:
        return "other:pool"
    if "pool" in name:
        return _pool(name, arguments)
    return word(name)


def word(name: str) -> str:
    """The operation of a step that has no sizes; `other:NAME` where nothing better is known."""
    name = name.strip("_")
    if name in _NOTHING:
        return NOTHING
    if name in _NORM:
        return _NORM[name]
    for known in (_PLAIN, _LAYOUT):
        if name in known:
            return known[name]
    if "attention" in name:
        return "attention"
    if name.rstrip("_") in ACTIVATIONS or name in NORMS:
        return name
    return "other:" + (re.sub(r"\W", "", name)[:58] or "unknown")


def _convolution(weight: tuple[int, ...], options: Mapping[str, Any]) -> str:
    """From a weight of shape [out, in / groups, ...], or [in, out / groups, ...] where transposed."""
    groups = int(options.get("groups") or 1)
    transposed = bool(options.get("transposed"))
    wide, narrow = (weight[1] * groups, weight[0]) if transposed else (weight[0], weight[1] * groups)
    depthwise = groups > 1 and groups == narrow
    return describe(
        "deconv" if transposed else "conv",
        _pair(weight[2:]),
        dilation=max(_pair(options.get("dilation"))),
        groups="dw" if depthwise else groups,
        stride=max(_pair(options.get("stride"))),
        expansion=wide / max(narrow, 1),
    )


def _linear(weight: tuple[int, ...]) -> str:
    return describe("linear", expansion=weight[0] / max(weight[1], 1))


def _pool(name: str, options: Mapping[str, Any]) -> str:
    kind = "avgpool" if "avg" in name else "maxpool"
    if "adaptive" in name:
        size = max(_pair(options.get("output_size")))
        return f"global{kind}" if size == 1 else f"other:adaptive_{kind}{size}x{size}"
    kernel = _pair(options.get("kernel_size"))
    stride = max(_pair(options.get("stride") or kernel))
    return describe(kind, kernel, dilation=max(_pair(options.get("dilation"))), stride=stride)


def _pair(value: Any) -> tuple[int, int]:
    """A size in pixels as (height, width); 1 where nothing is given."""
    if isinstance(value, list | tuple):
        numbers = [int(v) for v in value if isinstance(v, int)]
        return (numbers[-2], numbers[-1]) if len(numbers) > 1 else (numbers[0],) * 2 if numbers else (1, 1)
    return (value, value) if isinstance(value, int) else (1, 1)
