"""Which tensors of an ONNX file are weights of the network, and how many numbers each counts.

A file does not say what was trained. Here tensors of floats count, and tensors of few bits, which stand for floats;
not what limits, scales or measures others: running means, scales of quantisation, exponents, limits, sizes. A number
alone counts where it is an initialiser of shape [1] or more dimensions, or with the name of a module's parameter; not
where it is added before a root, as the guard against a division by zero is. Constants that an exporter named itself
(`val_12`) count where a node that depends on the input reads them, and are no numbers alone: masks are made of them.

Where torch's exporter says of a tensor whether it was a parameter or a buffer of the module, that decides.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

from archgraph.formats.onnx.messages import FLOATS, QUANTISED, Node, OnnxTensor

_ALL = frozenset(range(64))
_NO_WEIGHTS: dict[str, frozenset[int]] = {
    "BatchNormalization": frozenset((3, 4)),
    **dict.fromkeys(("Clip", "Pad", "Pow", "Dropout"), _ALL - {0}),
    **dict.fromkeys(("Resize", "Upsample", "Range", "OneHot", "ConstantOfShape", "Tile", "TopK", "CumSum"), _ALL - {0}),
    **dict.fromkeys(("RoiAlign", "MaxRoiPool", "NonMaxSuppression", "GridSample", "Shrink"), _ALL - {0}),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "DequantizeBFP"), _ALL - {0}),
    "QLinearConv": _ALL - {0, 3, 8},
    **dict.fromkeys(("QLinearMatMul", "QLinearAdd", "QLinearMul"), _ALL - {0, 3}),
    "QGemm": _ALL - {0, 3, 6},
    **dict.fromkeys(("ConvInteger", "MatMulInteger"), _ALL - {0, 1}),
    "MatMulIntegerToFloat": _ALL - {0, 1, 6},
    "DynamicQuantizeMatMul": _ALL - {0, 1, 4},
    "MatMulNBits": _ALL - {0, 1, 5},
    "MatMulBnb4": _ALL - {0, 1},
    "GatherBlockQuantized": _ALL - {0},
    "QLinearConcat": _ALL,
    "QAttention": _ALL - {0, 1, 2},
    **dict.fromkeys(("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"), _ALL),
}
"""Operator -> the inputs that are no weights, whatever they hold."""
_STORED_BIASES = {"DequantizeLinear": 0, "QLinearConv": 8, "QGemm": 6}
"""Operator -> the input that may hold a bias in 32 bits."""
_PARAMETER = "PARAMETER"
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+", re.ASCII)
_MADE = re.compile(r"val_\d+|.*::.*|/.*", re.ASCII)
"""Names that torch's exporters give to constants of their own."""


class Weights:
    """The tensors of a file, and what their readers take them for."""

    def __init__(self) -> None:
        self._tensors: dict[Hashable, tuple[OnnxTensor, bool, str]] = {}
        self._counts: dict[Hashable, int] = {}
        self._left_out: set[Hashable] = set()

    @property
    def counts(self) -> dict[Hashable, int]:
        """Step -> the numbers of the weight that it is; only weights."""
        return {key: count for key, count in self._counts.items() if key not in self._left_out}

    def meet(self, key: Hashable, tensor: OnnxTensor, initial: bool, kind: str = "") -> None:
        """Take a tensor in: `initial` where it is an initialiser, not the value of a node; `kind` as the file says."""
        self._tensors[key] = tensor, initial, kind

    def read(self, node: Node, leaves: Sequence[Hashable | None], varies: bool) -> bool:
        """A node reads tensors.

        Args:
            node: the node.
            leaves: the tensors of its inputs.
            varies: whether it depends on the network's input.

        Returns:
            Whether one of them is quantised.
        """
        quantised = False
        for place, leaf in enumerate(leaves):
            if leaf is None or leaf not in self._tensors:
                continue
            tensor, initial, kind = self._tensors[leaf]
            if kind == _PARAMETER and tensor.type in FLOATS:
                self._counts[leaf] = tensor.size
            if (kind and tensor.type in FLOATS) or place in _NO_WEIGHTS.get(node.operator, ()):
                continue
            stored = tensor.type == 6 and _STORED_BIASES.get(node.operator) == place
            if tensor.type in QUANTISED or stored:
                quantised = True
                self._counts[leaf] = _unpacked(node, place, tensor)
            elif tensor.type in FLOATS and self._is_weight(node, tensor, initial, varies):
                self._counts[leaf] = tensor.size
        return quantised

    def counted(self, leaf: Hashable | None) -> bool:
        """Whether a tensor was taken for a weight."""
        return leaf in self._counts

    def made(self, leaf: Hashable) -> bool:
        """Whether a tensor is a constant of the exporter's own, such as numbers of positions, or of whole numbers."""
        tensor, initial, kind = self._tensors[leaf]
        return not kind and (not initial or tensor.type not in FLOATS or _MADE.fullmatch(tensor.name) is not None)

    def lone(self, leaf: Hashable | None) -> bool:
        """Whether a tensor is a single number."""
        return leaf in self._tensors and self._tensors[leaf][0].size == 1

    def leave_out(self, leaves: Iterable[Hashable | None]) -> None:
        """These floats are no weights, whatever reads them."""
        self._left_out.update(
            leaf
            for leaf in leaves
            if leaf in self._tensors and self._tensors[leaf][0].type in FLOATS and self._tensors[leaf][2] != _PARAMETER
        )

    def _is_weight(self, node: Node, tensor: OnnxTensor, initial: bool, varies: bool) -> bool:
        made = initial and _MADE.fullmatch(tensor.name) is not None
        if tensor.size != 1:
            return varies or not made
        if node.operator in ("PRelu", "Max", "Min"):
            return node.operator == "PRelu"
        return initial and not made and (bool(tensor.shape) or _NAME.fullmatch(tensor.name) is not None)


def _unpacked(node: Node, place: int, tensor: OnnxTensor) -> int:
    """Numbers in a quantised tensor, several of which one byte may hold."""
    sizes = node.attributes.get("N"), node.attributes.get("K")
    if (
        node.operator in ("MatMulNBits", "MatMulBnb4")
        and place == 1
        and all(isinstance(n, int) and n > 0 for n in sizes)
    ):
        return int(sizes[0]) * int(sizes[1])  # type: ignore[arg-type]
    if node.operator == "GatherBlockQuantized" and tensor.type == 2:
        return tensor.size * 8 // min(max(int(node.attributes.get("bits", 4)), 1), 8)
    return tensor.size
