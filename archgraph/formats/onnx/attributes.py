"""Of which kind the attributes of ONNX nodes are, wherever the standard has one of the name."""

from __future__ import annotations

from archgraph.errors import InputError
from archgraph.formats.onnx.messages import Node

_LISTS = (
    *("axes", "perm", "kernel_shape", "strides", "pads", "dilations", "starts", "ends", "shape", "split"),
    *("value_ints", "output_shape", "output_padding"),
)
_WHOLE = (
    *("axis", "to", "group", "transA", "transB", "keepdims", "noop_with_empty_axes", "ceil_mode", "allowzero"),
    *("num_heads", "q_num_heads", "kv_num_heads", "N", "K", "bits", "start", "end", "value_int", "batch_dims"),
)
_KINDS: dict[str, tuple[type, str]] = {
    **dict.fromkeys(_LISTS, (list, "a list of whole numbers")),
    **dict.fromkeys(_WHOLE, (int, "a whole number")),
    **dict.fromkeys(("auto_pad", "activation"), (str, "a text")),
    **dict.fromkeys(("min", "max", "value_float"), (float, "a number")),
}


def check_attributes(node: Node) -> None:
    """Hold the attributes of a node against the standard.

    Raises:
        InputError: one is of another kind than the standard's of its name.
    """
    for name, value in node.attributes.items():
        kind, said = _KINDS.get(name, (object, ""))
        whole = kind is not list or not isinstance(value, list) or all(isinstance(number, int) for number in value)
        if not isinstance(value, kind) or not whole:
            raise InputError(f"{node.operator[:32]} has an attribute {name} that is not {said}")
