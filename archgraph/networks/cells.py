"""Cells: the nodes of a graph become layers of a blueprint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.steps import RELU, SHIFT, ZERO, Step, activation, avg_pool, conv, max_pool, norm
from archgraph.op_names import ACTIVATIONS as KNOWN_ACTIVATIONS
from archgraph.operation import Operation
from archgraph.ops import OPS

MIXTURE = "other:mixture"
"""The operation of a node that weights its inputs by the softmax of architecture parameters: a mixed operation."""
ACTIVATIONS = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "gelu": "GELU",
    "silu": "SiLU",
    "hardswish": "Hardswish",
    "hardsigmoid": "Hardsigmoid",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "leakyrelu": "LeakyReLU",
    "elu": "ELU",
    "mish": "Mish",
    "softplus": "Softplus",
}
Place = Callable[[Blueprint, str, Operation, int], int]
"""(blueprint, name, operation, source) -> the layer that carries the operation out."""


class Cell:
    """Places the nodes of a graph, or of a part of it, into a blueprint.

    A node sums its inputs and applies its operation; `concat` concatenates them, `other:mixture` weights them.

    Args:
        graph: the graph.
        place: carries out an operation; default `place_operation`, which keeps the number of channels.
    """

    def __init__(self, graph: ArchGraph, place: Place | None = None) -> None:
        self.graph = graph
        self.place = place or place_operation
        self.operations = [OPS[i] for i in graph.x.tolist()]
        self.into: list[list[int]] = [[] for _ in self.operations]
        for s, t in graph.edges:
            self.into[t].append(s)

    def __call__(
        self, blueprint: Blueprint, source: int, prefix: str, nodes: Iterable[int] | None = None, **given: int
    ) -> int:
        """Place the nodes and return the last one's layer.

        Args:
            source: the layer that node 0 stands for.
            prefix: what the names of the layers start with.
            nodes: the nodes to place in topological order; default all but the first.
            given: `node3=7` says that node 3 is placed already, in layer 7.

        Raises:
            CompileError: a node cannot be compiled; the text names it.
        """
        values = {0: source} | {int(name[4:]): layer for name, layer in given.items()}
        zeros: set[int] = set()  # nodes that carry zero; they become layers only where nothing else is joined with them
        last = 0
        for node in range(1, len(self.operations)) if nodes is None else nodes:
            operation, into, last = self.operations[node], self.into[node], node
            try:
                if operation.kind == "zero":
                    zeros.add(node)
                    values[node] = values[into[0]]
                    continue
                keeps = operation.kind == "concat" or operation.name == MIXTURE
                live = [s for s in into if s not in zeros or keeps] or into[:1]
                for s in zeros.intersection(live):
                    values[s] = self.place(blueprint, f"{prefix}node{s}", self.operations[s], values[s])
                    zeros.discard(s)
                values[node] = self._node(blueprint, f"{prefix}node{node}", operation, [values[s] for s in live])
            except CompileError as error:
                raise CompileError(f"node {node} ({operation.name}): {error}") from None
        return values[last]

    def _node(self, blueprint: Blueprint, name: str, operation: Operation, sources: Sequence[int]) -> int:
        if operation.name == MIXTURE:
            return blueprint.add(name, sources, join="mixture", mixture=f"mixture_{name.rpartition('node')[2]}")
        if operation.kind in ("sum", "output"):
            return blueprint.add(name, sources)
        if operation.kind == "concat":
            return blueprint.add(name, sources, join="concat")
        joined = blueprint.add(f"{name}_in", sources) if len(sources) > 1 else sources[0]
        return self.place(blueprint, name, operation, joined)


def place_operation(
    blueprint: Blueprint, name: str, operation: Operation, source: int, outputs: int = 0, affine: bool = True
) -> int:
    """The layers of one operation.

    Args:
        outputs: channels that come out; default those that come in, times the expansion of a convolution.
        affine: norms have scale and shift.

    Raises:
        CompileError: the operation cannot be compiled.
    """
    inputs = blueprint.shapes[source][0]
    reshapes = operation.stride > 1 or outputs not in (0, inputs)
    if operation.kind == "identity" and reshapes:
        return factorized_reduce(blueprint, name, source, outputs or inputs, operation.stride, affine)
    if operation.kind == "zero":
        zero = blueprint.add(name, source, ZERO, *([max_pool(1, operation.stride)] if operation.stride > 1 else []))
        copies = -(-outputs // inputs) if outputs else 1
        return blueprint.add(f"{name}_wide", [zero] * copies, join="concat", cut=0) if copies > 1 else zero
    steps = operation_steps(operation, inputs, outputs, affine)
    layer = blueprint.add(name, source, *steps)
    if operation.kind == "mbconv" and not reshapes:
        return blueprint.add(f"{name}_shortcut", [source, layer])
    return layer


def operation_steps(operation: Operation, inputs: int, outputs: int = 0, affine: bool = True) -> list[Step]:
    """The chain of steps of an operation without branches.

    Raises:
        CompileError: the operation is unknown to the compiler, or its window is even.
    """
    kind, kernel, stride = operation.kind, operation.kernel, operation.stride
    if kind not in ("identity", "zero", "norm", "activation") and kernel % 2 == 0:
        raise CompileError(f"operation {operation.name} has an even window; only odd ones keep the image's size")
    groups = operation.groups or inputs
    outputs = outputs or (int(inputs * operation.expansion) if kind == "conv" else inputs)
    if kind == "conv":
        if inputs % groups or outputs % groups:
            raise CompileError(f"operation {operation.name}: {inputs} channels do not split into {groups} groups")
        made = [conv(inputs, outputs, kernel, stride, operation.dilation, groups, bias=not operation.norm)]
        made += [norm(outputs, affine)] if operation.norm else []
        return _activated(operation, made)
    if kind in ("sep_conv", "dil_conv"):
        first = _separable(inputs, outputs, kernel, stride, operation.dilation, affine)
        return first + (_separable(outputs, outputs, kernel, 1, 1, affine) if kind == "sep_conv" else [])
    if kind == "mbconv":
        inner = int(inputs * operation.expansion)
        expand = [conv(inputs, inner), norm(inner, affine), RELU]
        depthwise = [conv(inner, inner, kernel, stride, groups=inner), norm(inner, affine), RELU]
        return [*expand, *depthwise, conv(inner, outputs), norm(outputs, affine)]
    if kind in ("max_pool", "avg_pool"):
        pool = (max_pool if kind == "max_pool" else avg_pool)(kernel, stride)
        return [pool] if outputs == inputs else [conv(inputs, outputs), norm(outputs, affine), pool]
    if kind == "norm":
        return _activated(operation, [norm(inputs, affine)])
    if kind == "activation":
        return _activated(operation, [])
    if kind == "identity":
        return []
    raise CompileError(
        f"operation {operation.name} cannot be compiled; a cell holds conv, sep_conv, dil_conv, mbconv, max_pool, "
        "avg_pool, norm, activation, identity, zero, sum, concat and other:mixture"
    )


def factorized_reduce(
    blueprint: Blueprint, name: str, source: int, outputs: int, stride: int = 2, affine: bool = True
) -> int:
    """DARTS' shortcut across a change of shape: two 1x1 convolutions of half the channels on shifted images, a norm."""
    inputs, half = blueprint.shapes[source][0], outputs // 2
    plain = blueprint.add(f"{name}_half", source, RELU, conv(inputs, half, 1, stride))
    shifted = blueprint.add(f"{name}_shifted", source, RELU, SHIFT, conv(inputs, outputs - half, 1, stride))
    return blueprint.add(name, [plain, shifted], norm(outputs, affine), join="concat")


def _separable(inputs: int, outputs: int, kernel: int, stride: int, dilation: int, affine: bool) -> list[Step]:
    depthwise = conv(inputs, inputs, kernel, stride, dilation, groups=inputs)
    return [RELU, depthwise, conv(inputs, outputs), norm(outputs, affine)]


def _activated(operation: Operation, steps: list[Step]) -> list[Step]:
    """The steps with the activation that the operation's name tells before or behind them; ReLU where it tells none."""
    if operation.activation == "none":
        return steps
    told = set(operation.name.split("-")) & set(KNOWN_ACTIVATIONS)
    if told - ACTIVATIONS.keys():
        raise CompileError(f"activation {min(told)} cannot be compiled; choose from {', '.join(ACTIVATIONS)}")
    chosen = activation(ACTIVATIONS[told.pop()] if told else "ReLU")
    return [chosen, *steps] if operation.activation == "pre" else [*steps, chosen]
