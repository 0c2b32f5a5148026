"""Cells: the nodes of a graph become layers of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.builder import NetworkBuilder
from archgraph.networks.own import own_layer
from archgraph.networks.steps import (
    RELU,
    SHIFT,
    ZERO,
    Shape,
    Step,
    activation,
    attention,
    avg_pool,
    conv,
    group_norm,
    max_pool,
    norm,
    own,
    patches,
    position,
    token_mixing,
    token_mlp,
)
from archgraph.op_names import ACTIVATIONS as KNOWN_ACTIVATIONS
from archgraph.op_names import MIXTURE, NORMS
from archgraph.operation import Operation
from archgraph.ops import OPS

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
    "selu": "SELU",
    "celu": "CELU",
    "hardtanh": "Hardtanh",
}
TOKEN_MIXING, TOKEN_MLP, POSITION = "tokenmixing", "tokenmlp", "position"
"""What the names of a linear layer over positions, of two, and of learned positions begin with."""
AddOperation = Callable[[NetworkBuilder, str, int, Operation], int]
"""(network, name, source, operation) -> the number of the last of the layers that carry the operation out."""


class CellBuilder:
    """Writes the nodes of a graph, or of a part of it, into a network as layers.

    A node sums its inputs and applies its operation; `concat` concatenates them, `product` multiplies them elementwise,
    `other:mixture` weights them.

    Args:
        graph: the graph.
        add: adds the layers of an operation; default `add_operation`, which keeps the number of channels.
        nodes: the nodes to write, in topological order; default all but the first.
        inputs: the nodes that the cell reads, which are no layers of the cell.
        sums: steps behind every sum, the output's among them.
        normed: what a mixture weights comes to mean 0 and variance 1 a channel before.
    """

    def __init__(
        self,
        graph: ArchGraph,
        add: AddOperation | None = None,
        nodes: Sequence[int] | None = None,
        inputs: tuple[int, ...] = (0,),
        sums: tuple[Step, ...] = (),
        normed: bool = False,
    ) -> None:
        self.add, self.inputs, self.sums, self.normed = add or add_operation, inputs, sums, normed
        self.operations = [OPS[i] for i in graph.x.tolist()]
        self.nodes = range(1, len(self.operations)) if nodes is None else nodes
        self.into: list[list[int]] = [[] for _ in self.operations]
        for s, t in graph.edge_index.T.tolist():
            self.into[t].append(s)

    def __call__(self, network: NetworkBuilder, prefix: str, *sources: int) -> int:
        """Write the cell and return the number of its last node's layer.

        Args:
            prefix: what the names of the layers start with.
            sources: the layers that the nodes of `inputs` stand for.

        Raises:
            CompileError: a node cannot be compiled; the text names it.
        """
        values = dict(zip(self.inputs, sources, strict=True))
        zeros: set[int] = set()  # nodes that carry zero; they become layers only where nothing else is joined with them
        last = 0
        for node in self.nodes:
            operation, into, last = self.operations[node], self.into[node], node
            try:
                if operation.kind == "zero":
                    zeros.add(node)
                    values[node] = values[into[0]]
                    continue
                if zeros:
                    keeps = operation.kind in ("concat", "product") or operation.name == MIXTURE
                    into = [s for s in into if s not in zeros or keeps] or into[:1]
                    for s in zeros.intersection(into):
                        values[s] = self.add(network, f"{prefix}node{s}", values[s], self.operations[s])
                        zeros.discard(s)
                values[node] = self._node(network, f"{prefix}node{node}", operation, [values[s] for s in into])
            except CompileError as error:
                raise CompileError(f"node {node} ({operation.name}): {error}") from None
        return values[last]

    def _node(self, network: NetworkBuilder, name: str, operation: Operation, sources: Sequence[int]) -> int:
        if operation.kind in ("sum", "output"):
            return network.add(name, sources, *self.sums) if len(sources) > 1 or self.sums else sources[0]
        if operation.name == MIXTURE:
            if self.normed:
                steps = norm(network.shapes[sources[0]][0], affine=False)
                sources = [network.add(f"{name}_norm{i}", source, steps) for i, source in enumerate(sources)]
            return network.add(name, sources, join="mixture", mixture=f"mixture_{name.rpartition('node')[2]}")
        if operation.kind == "concat":
            return network.add(name, sources, join="concat")
        if operation.kind == "product" and own_layer(operation) is None:
            return network.add(name, sources, join="product")
        joined = network.add(f"{name}_in", sources) if len(sources) > 1 else sources[0]
        return self.add(network, name, joined, operation)


def add_operation(
    network: NetworkBuilder, name: str, source: int, operation: Operation, outputs: int = 0, affine: bool = True
) -> int:
    """Add the layers of one operation and return the number of the last.

    Args:
        outputs: channels that come out; default those that come in, times the expansion of a convolution.
        affine: norms have scale and shift.

    Raises:
        CompileError: the operation cannot be compiled.
    """
    if operation.kind == "identity" and operation.stride == 1 and outputs in (0, network.shapes[source][0]):
        return source
    return network.part(_operation, name, (source,), operation, outputs, affine)


def _operation(
    network: NetworkBuilder, name: str, source: int, operation: Operation, outputs: int, affine: bool
) -> int:
    inputs = network.shapes[source][0]
    if own_layer(operation) is not None:
        return _own(network, name, source, operation, outputs, affine)
    if operation.name.startswith((TOKEN_MIXING, TOKEN_MLP)) or operation.name == POSITION:
        if outputs not in (0, inputs):
            raise CompileError(f"operation {operation.name} keeps channels, but {inputs} are to become {outputs}")
        return network.add(name, source, *_positional(operation, network.shapes[source]))
    reshapes = operation.stride > 1 or outputs not in (0, inputs)
    if operation.kind == "identity" and reshapes:
        return factorized_reduce(network, name, source, outputs or inputs, operation.stride, affine)
    if operation.kind == "zero":
        zero = network.add(name, source, ZERO, *([max_pool(1, operation.stride)] if operation.stride > 1 else []))
        copies = -(-outputs // inputs) if outputs else 1
        return network.add(f"{name}_wide", [zero] * copies, join="concat") if copies > 1 else zero
    layer = network.add(name, source, *operation_steps(operation, inputs, outputs, affine))
    if operation.kind == "mbconv" and not reshapes:
        return network.add(f"{name}_shortcut", [source, layer])
    return layer


def _positional(operation: Operation, shape: Shape) -> list[Step]:
    """What looks at positions alone; the hidden units of two layers are `expansion` times the channels."""
    channels, height, width = shape
    if operation.name == POSITION:
        return [position(shape)]
    if operation.name.startswith(TOKEN_MIXING):
        return token_mixing(height, width)
    hidden = max(int(channels * operation.expansion), 1)
    [between] = _activated(operation, []) or [RELU]
    return token_mlp(height, width, hidden, between)


def _own(network: NetworkBuilder, name: str, source: int, operation: Operation, outputs: int, affine: bool) -> int:
    """The module that an operation brings, behind it a 1x1 convolution and norm where other channels are wanted."""
    step = own(operation.name, network.shapes[source])
    made = step.own.output_shape(network.shapes[source])[0]
    fitted = [conv(made, outputs), norm(outputs, affine)] if outputs not in (0, made) else []
    return network.add(name, source, step, *fitted)


def operation_steps(operation: Operation, inputs: int, outputs: int = 0, affine: bool = True) -> list[Step]:
    """The chain of steps of an operation without branches.

    Raises:
        CompileError: the operation is unknown to the compiler, or its window is even.
    """
    kind, kernel, stride = operation.kind, operation.kernel, operation.stride
    if kind == "conv" and kernel % 2 == 0 and stride == kernel and operation.dilation == 1:
        made = [patches(inputs, outputs or int(inputs * operation.expansion), kernel, bias=not operation.norm)]
        made += [_norm(operation, made[0]["out_channels"], affine)] if operation.norm else []
        return _activated(operation, made)
    if kind not in ("identity", "zero", "norm", "activation") and kernel % 2 == 0:
        raise CompileError(
            f"operation {operation.name} has an even window; only odd ones keep the image's size, and patches have a "
            "stride of their side"
        )
    groups = operation.groups or inputs
    outputs = outputs or (int(inputs * operation.expansion) if kind in ("conv", "linear") else inputs)
    if kind == "conv":
        if inputs % groups or outputs % groups:
            raise CompileError(f"operation {operation.name}: {inputs} channels do not split into {groups} groups")
        made = [conv(inputs, outputs, kernel, stride, operation.dilation, groups, bias=not operation.norm)]
        made += [_norm(operation, outputs, affine)] if operation.norm else []
        return _activated(operation, made)
    if kind in ("sep_conv", "dil_conv"):
        first = _separable(inputs, outputs, kernel, stride, operation.dilation, affine)
        return first + (_separable(outputs, outputs, kernel, 1, 1, affine) if kind == "sep_conv" else [])
    if kind == "mbconv":
        inner = int(inputs * operation.expansion)
        expand = [conv(inputs, inner), norm(inner, affine), RELU]
        depthwise = [conv(inner, inner, kernel, stride, groups=inner), norm(inner, affine), RELU]
        return [*expand, *depthwise, conv(inner, outputs), norm(outputs, affine)]
    if kind == "linear":
        return _activated(operation, [conv(inputs, outputs, stride=stride, bias=True)])
    if kind == "attention":
        if inputs % groups:
            raise CompileError(f"operation {operation.name}: {inputs} channels do not split into {groups} heads")
        return attention(inputs, outputs, groups)
    if kind in ("max_pool", "avg_pool"):
        pool = (max_pool if kind == "max_pool" else avg_pool)(kernel, stride)
        return [pool] if outputs == inputs else [conv(inputs, outputs), norm(outputs, affine), pool]
    if kind == "norm":
        return _activated(operation, [_norm(operation, inputs, affine)])
    if kind == "activation":
        return _activated(operation, [])
    if kind == "identity":
        return []
    raise CompileError(
        f"operation {operation.name} cannot be compiled; a cell holds conv, sep_conv, dil_conv, mbconv, max_pool, "
        "avg_pool, linear, attention, norm, activation, identity, zero, sum, product, concat and other:mixture, and "
        "what brings a module of its own"
    )


def factorized_reduce(
    network: NetworkBuilder, name: str, source: int, outputs: int, stride: int = 2, affine: bool = True
) -> int:
    """DARTS' shortcut across a change of shape: two 1x1 convolutions of half the channels on shifted images, a norm."""
    inputs, half = network.shapes[source][0], outputs // 2
    plain = network.add(f"{name}_half", source, RELU, conv(inputs, half, 1, stride))
    shifted = network.add(f"{name}_shifted", source, RELU, SHIFT, conv(inputs, outputs - half, 1, stride))
    return network.add(name, [plain, shifted], norm(outputs, affine), join="concat")


def _separable(inputs: int, outputs: int, kernel: int, stride: int, dilation: int, affine: bool) -> list[Step]:
    depthwise = conv(inputs, inputs, kernel, stride, dilation, groups=inputs)
    return [RELU, depthwise, conv(inputs, outputs), norm(outputs, affine)]


def _norm(operation: Operation, channels: int, affine: bool) -> Step:
    """The norm that an operation's name names; batch normalisation where it names none."""
    named = set(operation.name.split("-")) & set(NORMS)
    groups = {"ln": 1, "gn": gcd(32, channels), "in": channels}
    if named & groups.keys():
        return group_norm(channels, groups[named.pop()])
    if named - {"bn"}:
        raise CompileError(f"norm {min(named)} cannot be compiled; choose from bn, {', '.join(groups)}")
    return norm(channels, affine)


def _activated(operation: Operation, steps: list[Step]) -> list[Step]:
    """The steps with the activation that the operation's name names before or behind them; ReLU where it names none."""
    if operation.activation == "none":
        return steps
    named = set(operation.name.split("-")) & set(KNOWN_ACTIVATIONS)
    if named - ACTIVATIONS.keys():
        raise CompileError(f"activation {min(named)} cannot be compiled; choose from {', '.join(ACTIVATIONS)}")
    chosen = activation(ACTIVATIONS[named.pop()] if named else "ReLU")
    return [chosen, *steps] if operation.activation == "pre" else [*steps, chosen]
