"""Names of operations that say what they are, so that any reader of a file knows their features.

    conv3x3-d2-g32-s2-e4-bn-relu

is a convolution with window 3x3, dilation 2, 32 groups (`dw` for depthwise), stride 2, four times as many channels
out as in, batch normalisation and a ReLU after it. Only the first word is needed, and parts that are 1 are left
out. In other dimensions than two a layer is named `conv1d9` (a window of 9) or `conv3d3x3x3`; `attention-h8` has
eight heads; `tokenmixing` is a linear layer over positions, `tokenmlp-e2-gelu` two with a GELU between and twice as
many units as channels, `position` a learned number at each position. `relu-conv5x5-bn`, `sepconv7x7`, `dilconv7x7` and
`facconv7x7` (1x7 and 7x1 in turn) are operations of cells, with a ReLU before and a norm after them.
`block:layer1-w64-i32-k3-g2-relu` is a block of a network of one's own with 64 channels behind it and 32 inside
(`archgraph.spaces.module`). `other:NAME` is an operation of which nothing but its
name is known. Imported networks are written in such names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archgraph.operation import Activation, Kind, Operation

MIXTURE = "other:mixture"
"""The operation of a node that weights its inputs by the softmax of architecture parameters: a mixed operation."""
WORDS: dict[str, Kind] = {
    **{f"{word}{size}": "conv" for word in ("conv", "deconv") for size in ("", "1d", "3d")},
    **dict.fromkeys(("linear", "tokenmixing", "tokenmlp"), "linear"),
    **{f"maxpool{size}": "max_pool" for size in ("", "1d", "3d")},
    **{f"avgpool{size}": "avg_pool" for size in ("", "1d", "3d")},
    "globalmaxpool": "max_pool",
    "globalavgpool": "avg_pool",
    "attention": "attention",
    "product": "product",
}
"""The first words of layers that have sizes."""
PLAIN: dict[str, Kind] = {
    "matmul": "matmul",
    **dict.fromkeys(("embedding", "position"), "embedding"),
    **dict.fromkeys(("rnn", "lstm", "gru"), "recurrent"),
    **dict.fromkeys(
        ("reshape", "permute", "split", "slice", "gather", "scatter", "pad", "tile", "roll", "flip"), "layout"
    ),
    **dict.fromkeys(("upsample", "gridsample", "roialign", "depthtospace", "spacetodepth"), "resize"),
    **{
        f"reduce{name}": "reduction"
        for name in ("mean", "sum", "max", "min", "prod", "var", "std", "norm", "logsumexp")
    },
    **dict.fromkeys(("argmax", "topk", "sort", "cumsum", "nms"), "reduction"),
    **dict.fromkeys(("pow", "sqrt", "exp", "log", "abs", "neg", "erf", "sin", "cos", "reciprocal", "sign"), "function"),
    **dict.fromkeys(
        ("round", "clip", "maximum", "minimum", "where", "compare", "logical", "mod", "quantize"), "function"
    ),
}
"""Operations that are named by one word."""
CELL_WORDS: dict[str, tuple[Kind, int, int]] = {
    "relu-conv": ("conv", 1, 1),
    "facconv": ("factorized_conv", 1, 1),
    "sepconv": ("sep_conv", 0, 1),
    "dilconv": ("dil_conv", 0, 2),
}
"""First words of operations of cells -> kind, groups and dilation."""
NORMS = ("bn", "ln", "gn", "in", "lrn", "rms")
ACTIVATIONS = (
    *("relu6", "relu", "gelu", "silu", "hardswish", "hardsigmoid", "hardtanh", "sigmoid", "softmax", "tanh"),
    *("leakyrelu", "prelu", "elu", "selu", "celu", "mish", "softplus", "glu"),
)
_BLOCK = re.compile(
    r"block:[\w.]{1,24}(?:-w(?P<width>\d{1,5}))?(?:-i(?P<inner>\d{1,5}))?(?:-k(?P<kernel>\d{1,5}))?"
    rf"(?:-g(?P<groups>\d{{1,5}}))?(?:-(?P<activation>{'|'.join(ACTIVATIONS)}))?",
    re.ASCII,
)
_CHANNELS = 64  # of a block whose `expansion` is 1
_INNER = 0.7  # the exponent of channels inside a block, so that wide blocks and wide insides are not alike
_NORM, _ACTIVATION = "|".join(NORMS), "|".join(ACTIVATIONS)
_PATTERN = re.compile(
    rf"(?P<word>{'|'.join(WORDS)})"
    r"(?P<kernel>(?<=1d)\d{1,3}|(?<![13]d)\d{1,3}x\d{1,3}|(?<=3d)\d{1,3}x\d{1,3}x\d{1,3})?"
    r"(?:-d(?P<dilation>\d{1,3}))?(?:-(?:g|(?<=attention-)h)(?P<groups>\d{1,4})|-(?P<depthwise>dw))?"
    r"(?:-s(?P<stride>\d{1,3}))?"
    rf"(?:-e(?P<expansion>\d{{1,4}}(?:\.\d{{1,4}})?))?(?:-(?P<norm>{_NORM}))?(?:-(?P<activation>{_ACTIVATION}))?"
    rf"|(?P<cell>{'|'.join(CELL_WORDS)})(?P<window>\d{{1,3}})x(?P=window)(?P<tail>(?:-bn)?)"
    rf"|(?P<plain>{'|'.join(PLAIN)})|(?P<alone>{_NORM})(?:-(?P<after>{_ACTIVATION}))?|(?P<only>{_ACTIVATION})|other:\w{{1,58}}",
    re.ASCII,
)


def parse(name: str) -> Operation | None:
    """The operation that a name describes, or None where it describes none. A window's kernel is its longer side."""
    if name.startswith("block:"):
        return _block(name)
    match = _PATTERN.fullmatch(name)
    if not match:
        return None
    if match["alone"]:
        return Operation(name, "norm", activation="post" if match["after"] else "none", norm=True)
    if match["only"]:
        return Operation(name, "activation", activation="post")
    if match["cell"]:
        kind, groups, dilation = CELL_WORDS[match["cell"]]
        kernel = int(match["window"])
        if not kernel or (match["cell"] == "relu-conv") != (match["tail"] == "-bn"):
            return None
        return Operation(name, kind, kernel, dilation, groups=groups, activation="pre", norm=True)
    if match["plain"]:
        return Operation(name, PLAIN[name])
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


def _block(name: str) -> Operation | None:
    match = _BLOCK.fullmatch(name)
    if not match:
        return None
    width, inner, kernel, groups = (int(match[part] or 0) for part in ("width", "inner", "kernel", "groups"))
    expansion = (max(width, 1) / _CHANNELS if match["width"] else 1.0) * (
        (max(inner, 1) / _CHANNELS) ** _INNER if match["inner"] else 1.0
    )
    activation: Activation = "post" if match["activation"] == "relu" else "pre" if match["activation"] else "none"
    return Operation(
        name, "cell", max(kernel, 1), groups=groups or 1, expansion=expansion, activation=activation, norm=True
    )


def describe(
    word: str,
    kernel: Sequence[int] | None = None,
    dilation: int = 1,
    groups: int | str = 1,
    stride: int = 1,
    expansion: float = 1.0,
) -> str:
    """The name of an operation.

    Args:
        word: one of `WORDS` without its dimensions, which follow from the kernel.
        kernel: sides of the window: one, two or three.
        dilation: spacing of the window's taps.
        groups: a number of groups, or of attention's heads, or "dw" for depthwise.
        stride: step of the window.
        expansion: channels out over channels in, rounded to three digits, at most 9990.

    Example:
        >>> describe("conv", (9,), stride=2), describe("attention", groups=8)
        ('conv1d9-s2', 'attention-h8')
    """
    size = "" if kernel is None else {1: "1d", 2: "", 3: "3d"}[len(kernel)] + "x".join(map(str, kernel))
    ratio = f"{float(f'{min(expansion, 9990):.3g}'):.4f}".rstrip("0").rstrip(".")
    sign = "-" if groups == "dw" else "-h" if word == "attention" else "-g"
    parts = (
        ("-d", dilation, dilation != 1),
        (sign, groups, groups != 1),
        ("-s", stride, stride != 1),
        ("-e", ratio, ratio not in ("1", "0")),
    )
    return word + size + "".join(f"{sign}{value}" for sign, value, given in parts if given)
