"""A network as a program: calls of torch's operators, as plain data that can be edited, kept in a file and run.

Where a graph says what a network is, its program says how each node is computed, and from which weights. A file of a
program holds names of operators and numbers alone: reading one runs no code of others.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn

from archgraph._compat import holds_bodies, operator_name
from archgraph.errors import InputError
from archgraph.formats.traced.program import KINDS, ExampleInput, Program, bodies, trace
from supernet.imported.operators import WORDS, operator_of

STATE = "$"
"""What names of weights and buffers begin with, where calls refer to them."""
_REGIONS = ("wrap_with_autocast", "wrap_with_set_grad_enabled")
"""What runs a graph of its own as it would run outside; gradients flow through a region without them."""


@dataclass(frozen=True)
class Ref:
    """The result of a call, an input, or behind `STATE` a weight."""

    name: str


@dataclass(frozen=True)
class Word:
    """A value of torch that has a name: a type, a layout, a memory format; `device` is that of the input.

    Args:
        kind: `torch` or `device`.
        name: one of `WORDS`; none of a device.

    Raises:
        InputError: programs use no such value.
    """

    kind: str
    name: str = ""

    def __post_init__(self) -> None:
        if self.name not in WORDS if self.kind == "torch" else (self.kind, self.name) != ("device", ""):
            raise InputError(f"a network uses no {self.kind[:32]} {self.name[:64]!r}")

    def value(self, device: torch.device) -> Any:
        """What it stands for."""
        return device if self.kind == "device" else getattr(torch, self.name)


@dataclass(frozen=True)
class ProgramCall:
    """One call.

    Args:
        name: of its result.
        op: `aten.NAME.OVERLOAD`, or a name of `NUMBERS`.
        args: numbers, texts, `Ref`, `Word`, None, and lists of such.
        kwargs: the same by name.
    """

    name: str
    op: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] | None = None

    @property
    def short(self) -> str:
        """The operator's name alone, as `conv2d`."""
        return self.op.split(".")[1] if "." in self.op else self.op

    def refs(self) -> list[str]:
        """Names that it refers to, in order, as often as it does."""
        return [ref.name for ref in _refs([*self.args, *(self.kwargs or {}).values()])]

    def renamed(self, names: Mapping[str, str], name: str | None = None) -> ProgramCall:
        """The same call of other values."""

        def other(value: Any) -> Any:
            return Ref(names.get(value.name, value.name)) if isinstance(value, Ref) else value

        kwargs = {key: mapped(other, value) for key, value in (self.kwargs or {}).items()}
        return ProgramCall(name or self.name, self.op, tuple(mapped(other, value) for value in self.args), kwargs)


@dataclass(frozen=True)
class NetworkProgram:
    """A network without the numbers of its weights.

    Args:
        inputs: what the network is called with, by name.
        calls: in the order in which they run.
        outputs: names of what it returns.
        trainable: names of the weights that are trained.
        any_batch: whether the first side of inputs is free; else it is that of `inputs`.
    """

    inputs: Mapping[str, ExampleInput]
    calls: tuple[ProgramCall, ...]
    outputs: tuple[str, ...]
    trainable: frozenset[str]
    any_batch: bool = True

    def pruned(self) -> NetworkProgram:
        """Without calls that the output does not depend on."""
        wanted, kept = set(self.outputs), []
        for call in reversed(self.calls):
            if call.name in wanted:
                wanted.update(call.refs())
                kept.append(call)
        return replace(self, calls=tuple(reversed(kept)))

    def state_names(self) -> list[str]:
        """Names of the weights and buffers that the calls refer to, in order of first use."""
        names = [name for call in self.calls for name in call.refs()] + list(self.outputs)
        return list(dict.fromkeys(name.removeprefix(STATE) for name in names if name.startswith(STATE)))


def mapped(change: Callable[[Any], Any], value: Any) -> Any:
    """A value with what stands in its lists changed."""
    return [mapped(change, item) for item in value] if isinstance(value, list) else change(value)


def program_of(module: nn.Module, inputs: Sequence[ExampleInput]) -> tuple[NetworkProgram, dict[str, Tensor]]:
    """A module as a program, and its weights and buffers under the module's own names.

    Args:
        module: with weights; it is left as it was.
        inputs: what it is called with; the first side may vary later where the module lets it.

    Raises:
        InputError: the module cannot be read; the text says why.

    Example:
        >>> from torch import nn
        >>> from archgraph.formats.traced.program import ExampleInput
        >>> from supernet import program_of
        >>> program, state = program_of(nn.Sequential(nn.Linear(4, 2), nn.ReLU()), [ExampleInput((1, 4))])
        >>> [call.short for call in program.calls], sorted(state)
        (['linear', 'relu'], ['0.bias', '0.weight'])
    """
    try:
        traced = trace(module, inputs, any_batch=True)
    except InputError:
        traced = trace(module, inputs)
    reader = _Reader(traced)
    if not reader.any_batch:
        reader = _Reader(trace(module, inputs))
    return reader.program(inputs), reader.state


class _Reader:
    def __init__(self, traced: Program) -> None:
        self.traced, self.graph = traced, traced.exported.graph
        self.state: dict[str, Tensor] = {}
        self.names: dict[fx.Node, str] = {}
        self.inputs: list[str] = []
        self.any_batch = False
        with torch.no_grad():
            self._placeholders()

    def _placeholders(self) -> None:
        exported, module = self.traced.exported, self.traced.module
        signature, parameters = exported.graph_signature, self.traced.parameters()
        held = dict(module.named_parameters()) | dict(module.named_buffers())
        for node in self.graph.find_nodes(op="placeholder"):
            if node.name in parameters:
                self._keep(node, parameters[node.name], held[parameters[node.name]])
            elif node.name in signature.inputs_to_buffers:
                name = signature.inputs_to_buffers[node.name].removeprefix("module.")
                self._keep(node, name, held[name] if name in held else module.get_buffer(name))
            elif node.name in signature.inputs_to_lifted_tensor_constants:
                name = signature.inputs_to_lifted_tensor_constants[node.name]
                self._keep(node, f"constant.{name.replace('.', '_')}", exported.constants[name])
            else:
                self.names[node] = node.name
                self.inputs.append(node.name)
                value = node.meta.get("val")
                if isinstance(value, Tensor) and value.dim() and not isinstance(value.shape[0], int):
                    self.any_batch = True

    def _keep(self, node: fx.Node, name: str, value: Tensor) -> None:
        self.state[name] = value.detach()
        self.names[node] = STATE + name

    def program(self, inputs: Sequence[ExampleInput]) -> NetworkProgram:
        calls = list(self._calls(self.traced.exported.graph_module, ""))
        ends = [name for name in self.traced.exported.graph_signature.user_outputs if isinstance(name, str)]
        by_name = {node.name: self.names[node] for node in self.graph.nodes if node in self.names}
        trainable = {name for name, parameter in self.traced.module.named_parameters() if parameter.requires_grad}
        made = NetworkProgram(
            dict(zip(self.inputs, inputs, strict=True)),
            tuple(calls),
            tuple(by_name[name] for name in ends),
            frozenset(trainable),
            self.any_batch,
        ).pruned()
        for call in made.calls:
            operator_of(call.op)
        self.state = {name: self.state[name] for name in made.state_names()}
        return replace(made, trainable=made.trainable & self.state.keys())

    def _calls(self, module: fx.GraphModule, prefix: str) -> Iterator[ProgramCall]:
        """The calls of a graph whose inputs have names, those of regions in their places."""
        regions: dict[fx.Node, list[str]] = {}
        for node in module.graph.nodes:
            if node.op == "get_attr" and isinstance(value := getattr(module, str(node.target), None), Tensor):
                self._keep(node, f"constant.{(prefix + node.name).replace('.', '_')}", value)
            elif node.op == "call_function" and holds_bodies(node.target):
                regions[node] = []
                yield from self._region(module, node, prefix, regions[node])
            elif node.op == "call_function" and node.target is operator.getitem and node.args[0] in regions:
                self.names[node] = regions[node.args[0]][node.args[1]]
            elif node.op == "call_function":
                self.names[node] = prefix + node.name
                args = tuple(map(self._value, node.args))
                yield ProgramCall(prefix + node.name, _op(node), args, self._kwargs(node))

    def _region(self, module: fx.GraphModule, node: fx.Node, prefix: str, ends: list[str]) -> Iterator[ProgramCall]:
        """The calls inside a region that computes what they would outside of it; `ends` takes the names of its results.

        Raises:
            InputError: it is another region, as the branches of an if.
        """
        name = str(getattr(node.target, "__name__", node.target))
        opened = bodies(module, node)
        casts = name == "wrap_with_autocast" and node.args[0] == "cpu" and node.args[2]
        if name not in _REGIONS or len(opened) != 1 or casts:
            raise InputError(f"it runs {name[:64]}, whose bodies are not compiled")
        given = [value for value in node.args if not isinstance(value, fx.Node) or value.op != "get_attr"]
        inner = opened[0].graph.find_nodes(op="placeholder")
        for taken, value in zip(inner, given[len(given) - len(inner) :], strict=True):
            assert isinstance(value, fx.Node)
            self.names[taken] = self.names[value]
        yield from self._calls(opened[0], f"{prefix}{node.name}.")
        [returned] = opened[0].graph.find_nodes(op="output")
        ends += [self.names[value] for value in returned.args[0]]

    def _kwargs(self, node: fx.Node) -> dict[str, Any]:
        return {name: self._value(value) for name, value in node.kwargs.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, fx.Node):
            return Ref(self.names[value])
        if isinstance(value, list | tuple):
            return [self._value(item) for item in value]
        if isinstance(value, torch.device):
            return Word("device")
        if isinstance(value, torch.dtype | torch.layout | torch.memory_format):
            return Word("torch", str(value).removeprefix("torch."))
        if value is None or isinstance(value, bool | int | float | str):
            return value
        raise InputError(f"it calls an operator with a {type(value).__name__}, which is not compiled")


def _op(node: fx.Node) -> str:
    """The name of an operator, of the one that makes a new tensor where it writes into its first."""
    target: Any = node.target
    if (full := operator_name(target)) is not None:
        space, name = full.split("::")
        base, _, overload = name.partition(".")
        plain = base.removesuffix("_")
        if base != plain and not base.startswith("_") and hasattr(getattr(torch.ops, space), plain):
            base = plain if hasattr(getattr(getattr(torch.ops, space), plain), overload or "default") else base
        text = f"{space}.{base}.{overload or 'default'}"
    else:
        text = getattr(target, "__name__", str(target))
    return text


def _refs(values: Sequence[Any]) -> Iterator[Ref]:
    for value in values:
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, list):
            yield from _refs(value)


def example_tensors(program: NetworkProgram, batch: int, device: str = "cpu") -> list[Tensor]:
    """Zeros in place of inputs, `batch` of them where that is free."""
    sides = [(batch, *i.shape[1:]) if program.any_batch else i.shape for i in program.inputs.values()]
    kinds = [KINDS[i.kind] for i in program.inputs.values()]
    return [torch.zeros(side, dtype=kind, device=device) for side, kind in zip(sides, kinds, strict=True)]
