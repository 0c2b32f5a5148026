"""The steps of a network that torch.fx or torch.export traced."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from torch import Tensor, fx, nn

from archgraph.formats.traced.architecture import TracedStep
from archgraph.formats.traced.operators import function_word, module_word

_SHAPE_METHODS = frozenset(("size", "dim", "numel", "ndimension", "stride"))
_SHAPE_ATTRIBUTES = frozenset(("shape", "device", "dtype", "ndim", "is_cuda"))
_CONVOLUTION = ("input", "weight", "bias", "stride", "padding", "dilation")
_POSITIONS = {
    "conv": (*_CONVOLUTION, "groups"),
    "convolution": (*_CONVOLUTION, "transposed", "output_padding", "groups"),
    "max_pool": ("input", "kernel_size", "stride", "padding", "dilation"),
    "avg_pool": ("input", "kernel_size", "stride", "padding"),
    "adaptive": ("input", "output_size"),
}
"""Beginning of a function's name -> its arguments in order, as far as they say what it is."""


def steps_of(graph: fx.Graph, root: nn.Module, tensors: Mapping[str, Tensor] | None = None) -> list[TracedStep]:
    """The steps of a traced graph; a parameter that several share counts at the first.

    Args:
        graph: the traced graph.
        root: the module whose layers and tensors it names.
        tensors: for torch.export, the parameters and buffers that are inputs of the graph, by the input's name.
    """
    tensors = tensors or {}
    seen: set[int] = set()
    steps = []
    for node in graph.nodes:
        total = 0
        for parameter in _parameters(node, root, tensors):
            total += 0 if id(parameter) in seen else parameter.numel()
            seen.add(id(parameter))
        sources = tuple(node.all_input_nodes)
        if node.op == "placeholder":
            steps.append(TracedStep(node, "constant" if node.name in tensors else "input", params=total))
        elif node.op == "get_attr":
            steps.append(TracedStep(node, "constant", params=total))
        elif node.op == "output":
            steps.append(TracedStep(node, "output", sources=sources))
        elif _is_shape(node):
            steps.append(TracedStep(node, "shape", sources=sources))
        else:
            steps.append(TracedStep(node, "step", _word(node, root, tensors), sources, total))
    return steps


def _parameters(node: fx.Node, root: nn.Module, tensors: Mapping[str, Tensor]) -> list[nn.Parameter]:
    if node.op == "call_module":
        return list(root.get_submodule(str(node.target)).parameters())
    tensor = _tensor(node, root, tensors)
    return [tensor] if isinstance(tensor, nn.Parameter) else []


def _tensor(node: fx.Node, root: nn.Module, tensors: Mapping[str, Tensor]) -> Any:
    """The parameter or buffer that a node stands for, or None."""
    if node.op == "placeholder":
        return tensors.get(node.name)
    if node.op != "get_attr":
        return None
    value: Any = root
    for part in str(node.target).split("."):
        value = getattr(value, part, None)
    return value


def _is_shape(node: fx.Node) -> bool:
    """Whether a node asks for a tensor's shape, device or type."""
    if node.op == "call_method":
        return node.target in _SHAPE_METHODS
    if node.target is getattr:
        return len(node.args) > 1 and node.args[1] in _SHAPE_ATTRIBUTES
    return node.op == "call_function" and _name(node).startswith("sym_size")


def _word(node: fx.Node, root: nn.Module, tensors: Mapping[str, Tensor]) -> str:
    if node.op == "call_module":
        return module_word(root.get_submodule(str(node.target)))
    found = (_tensor(source, root, tensors) for source in node.all_input_nodes)
    weight = next((tuple(t.shape) for t in found if isinstance(t, Tensor) and t.dim() > 1), None)
    return function_word(_name(node), _arguments(node), weight)


def _name(node: fx.Node) -> str:
    """The plain name of the function or method that a node calls."""
    target: Any = node.target
    if node.op == "call_method":
        return str(target)
    if target is operator.getitem:
        return "getitem"
    packet = getattr(target, "overloadpacket", None)
    return str(getattr(packet or target, "__name__", type(target).__name__)).lstrip("_")


def _arguments(node: fx.Node) -> dict[str, Any]:
    """The arguments of a convolution or pooling function by name."""
    name = _name(node)
    kind = max((key for key in _POSITIONS if name.startswith(key)), key=len, default="")
    return dict(zip(_POSITIONS.get(kind, ()), node.args, strict=False)) | dict(node.kwargs)
