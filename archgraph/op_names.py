"""Names of operations that say what they are, so that any reader of a file knows their features.

    conv3x3-d2-g32-s2-e4-bn-relu

is a convolution with window 3x3, dilation 2, 32 groups (`dw` for depthwise), stride 2, four times as many channels
out as in, batch normalisation and a ReLU after it. Only the first word is needed, and parts that are 1 are left
out. `other:NAME` is an operation of which nothing but its name is known. Imported networks are written in such
names.
"""

from __future__ import annotations

import re

from archgraph.operation import Kind, Operation

WORDS: dict[str, Kind] = {
    "conv": "conv",
    "deconv": "conv",
    "linear": "linear",
    "maxpool": "max_pool",
    "avgpool": "avg_pool",
    "globalmaxpool": "max_pool",
    "globalavgpool": "avg_pool",
    "attention": "attention",
    "product": "product",
}
NORMS = ("bn", "ln", "gn", "in", "lrn", "rms")
ACTIVATIONS = (
    *("relu6", "relu", "gelu", "silu", "hardswish", "hardsigmoid", "hardtanh", "sigmoid", "softmax", "tanh"),
    *("leakyrelu", "prelu", "elu", "selu", "celu", "mish", "softplus", "glu"),
)
_NORM, _ACTIVATION = "|".join(NORMS), "|".join(ACTIVATIONS)
_PATTERN = re.compile(
    rf"(?P<word>{'|'.join(WORDS)})(?P<kernel>\d{{1,3}}x\d{{1,3}})?"
    r"(?:-d(?P<dilation>\d{1,3}))?(?:-(?:g(?P<groups>\d{1,4})|(?P<depthwise>dw)))?(?:-s(?P<stride>\d{1,3}))?"
    rf"(?:-e(?P<expansion>\d{{1,4}}(?:\.\d{{1,4}})?))?(?:-(?P<norm>{_NORM}))?(?:-(?P<activation>{_ACTIVATION}))?"
    rf"|(?P<alone>{_NORM})(?:-(?P<after>{_ACTIVATION}))?|(?P<only>{_ACTIVATION})|other:\w{{1,58}}",
    re.ASCII,
)


def parse(name: str) -> Operation | None:
    """The operation that a name describes, or None where it describes none. A window's kernel is its longer side."""
    match = _PATTERN.fullmatch(name)
    if not match:
        return None
    if match["alone"]:
        return Operation(name, "norm", activation="post" if match["after"] else "none", norm=True)
    if match["only"]:
        return Operation(name, "activation", activation="post")
    if not match["word"]:
        return Operation(name, "other")
    sizes = {key: int(match[key] or 1) for key in ("dilation", "stride", "groups")}
    kernel, expansion = max(map(int, (match["kernel"] or "1x1").split("x"))), float(match["expansion"] or 1)
    if not all((*sizes.values(), kernel, expansion)):
        return None
    return Operation(
        name,
        WORDS[match["word"]],
        kernel=kernel,
        dilation=sizes["dilation"],
        stride=sizes["stride"],
        groups=0 if match["depthwise"] else sizes["groups"],
        expansion=expansion,
        activation="post" if match["activation"] else "none",
        norm=match["norm"] is not None,
    )


def describe(
    word: str,
    kernel: tuple[int, int] | None = None,
    dilation: int = 1,
    groups: int | str = 1,
    stride: int = 1,
    expansion: float = 1.0,
) -> str:
    """The name of an operation; `groups` is a number or "dw", `expansion` is rounded to three digits."""
    size = "" if kernel is None else f"{kernel[0]}x{kernel[1]}"
    ratio = f"{float(f'{expansion:.3g}'):.4f}".rstrip("0").rstrip(".")
    parts = (
        ("-d", dilation, dilation != 1),
        ("-" if groups == "dw" else "-g", groups, groups != 1),
        ("-s", stride, stride != 1),
        ("-e", ratio, ratio not in ("1", "0")),
    )
    return word + size + "".join(f"{sign}{value}" for sign, value, given in parts if given)
