"""What a module takes of its inputs, counted while it runs in Python, against what its graph says."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from archgraph.formats.traced.fx import TracedNetwork
from archgraph.formats.traced.program import KINDS, ExampleInput


class _Uses(TorchFunctionMode):
    """Functions that are called with one of the tensors and give another one of numbers that depend on it."""

    def __init__(self, tensors: list[Tensor]) -> None:
        self.tensors, self.names = tensors, list[str]()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        taken = any(leaf is tensor for leaf in tree_leaves((args, kwargs)) for tensor in self.tensors)
        others = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        mine = any(leaf is tensor for leaf in others for tensor in self.tensors)
        if taken and others and not mine and not name.endswith("_like") and not name.startswith("new_"):
            self.names.append(name)
        return result


def uses_of_inputs(module: nn.Module, inputs: list[ExampleInput]) -> list[str]:
    """Names of the functions that read an input, as the module is evaluated."""
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    tensors = [torch.zeros(i.shape, dtype=KINDS[i.kind], device=device) for i in inputs]
    training = [(part, part.training) for part in module.modules()]
    module.eval()
    with torch.no_grad(), _Uses(tensors) as uses:
        module(*tensors)
    for part, flag in training:
        part.training = flag
    return uses.names


def genuine(network: TracedNetwork) -> list[int]:
    """The nodes after the input that read what depends on an input's numbers, in the program itself."""
    exported = network.program.exported
    given = set(exported.graph_signature.user_inputs)
    depends: set[str] = set()
    for node in exported.graph.nodes:
        if node.name in given or any(source.name in depends for source in node.all_input_nodes):
            depends.add(node.name)
    after = sorted({target for source, target in network.graph.edges if source == 0})
    return [n for n in after if n == len(network.graph.ops) - 1 or any(s in depends for s in network.steps(n))]


def false_input_edges(network: TracedNetwork) -> int:
    """Edges from the input to nodes that are neither tables nor positions and do not depend on it."""
    after = {target for source, target in network.graph.edges if source == 0}
    return sum(not _of_positions(network.graph.ops[n]) for n in after - set(genuine(network)))


def _of_positions(op: str) -> bool:
    return op.startswith(("embedding", "conv", "linear"))


def missing_input_edges(network: TracedNetwork, module: nn.Module, inputs: list[ExampleInput]) -> int:
    """Uses of the input beyond the edges from it."""
    return len(uses_of_inputs(module, inputs)) - len(genuine(network))
