"""The steps of a program of torch.export.

- Parameters that are tied are one step; buffers and numbers made on the way are constants.
- What is taken of a tensor is only its shape, type or device (`zeros_like`, the second of `expand_as`) is no source.
- A layer on constants that the module makes as it runs, such as numbers of positions, stands after the network's input,
  whose sides they follow from; so does every table that is looked up.
- Bodies of `cond`, `while_loop`, `scan` and the like are opened.
- A call of `MultiheadAttention` or `LocalResponseNorm` is one step.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, fx, nn

from archgraph._compat import argument_names
from archgraph.errors import InputError
from archgraph.formats.traced.architecture import NOTHING, TracedStep
from archgraph.formats.traced.aten import Call, Shape
from archgraph.formats.traced.fusion import attention_groups, join
from archgraph.formats.traced.program import Program, bodies
from archgraph.op_names import NORMS, describe

_ONLY_SHAPES = frozenset(("sym_size", "sym_numel", "sym_stride", "sym_storage_offset", "sym_is_contiguous"))
_REFERENCES = {
    **dict.fromkeys(("type_as", "expand_as", "view_as", "reshape_as"), "other"),
    **dict.fromkeys(("copy", "fill", "zero", "bernoulli", "normal", "uniform"), "self"),
}
"""Operator -> the argument of which only the shape or the type is taken."""
_LAYERS = frozenset(("conv", "deconv", "linear", "embedding", *NORMS, "lstm", "gru", "rnn"))
_ONE_OPERATION = (nn.MultiheadAttention, nn.LocalResponseNorm)


def steps_of(program: Program) -> tuple[list[TracedStep], dict[Hashable, Hashable]]:
    """The steps of a program in the order in which they run, and for each of its nodes the step that it is part of.

    Nodes of its own graph are called by their names, those of bodies by the names of the calls before theirs.
    """
    reader = _Reader(program)
    reader.read()
    steps = join(reader.steps, reader.calls)
    attention = attention_groups(steps)
    whole = {step.key: reader.calls.get(step.key, (step.key,))[0] for step in reader.steps}
    return join(steps, attention), {node: attention.get(key, (key,))[0] for node, key in whole.items()}


@dataclass(frozen=True)
class _Value:
    """What is known of a node's result.

    Args:
        key: of its step.
        constant: whether it does not depend on the network's input.
        made: whether, being constant, it was made of numbers alone, no parameter and no buffer.
        weight: whether a parameter is in it, being constant.
        channels: the axis of channels, where it is known.
    """

    key: Hashable
    constant: bool = False
    made: bool = False
    weight: bool = False
    channels: int | None = None


class _Reader:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.steps: list[TracedStep] = []
        self.calls: dict[Hashable, tuple[Hashable, str]] = {}
        """Steps of modules that are one operation -> key and word of that one."""
        self._input: Hashable = None

    def read(self) -> None:
        graph = self.program.exported.graph
        tied: dict[str, _Value] = {}
        known: dict[fx.Node, _Value] = {}
        parameters, constants = self.program.parameters(), self.program.constants()
        sizes = {name: parameter.numel() for name, parameter in self.program.module.named_parameters()}
        for node in graph.nodes:
            if node.op != "placeholder":
                continue
            name = parameters.get(node.name)
            if name is not None:
                known[node] = tied.setdefault(name, _Value(node.name, constant=True, weight=True))
                if known[node].key == node.name:
                    self.steps.append(TracedStep(node.name, "constant", params=sizes[name]))
            elif node.name in constants:
                self.steps.append(TracedStep(node.name, "constant"))
                known[node] = _Value(node.name, constant=True)
            else:
                self.steps.append(TracedStep(node.name, "input"))
                known[node] = _Value(node.name)
                self._input = self._input or node.name
        results = self._run(self.program.exported.graph_module, known, "")
        wanted = self.program.results()
        ends = [value for node, value in results if node.name in wanted]
        self.steps.append(TracedStep("output", "output", sources=tuple(dict.fromkeys(value.key for value in ends))))

    def _run(self, module: fx.GraphModule, known: dict[fx.Node, _Value], prefix: str) -> list[tuple[fx.Node, _Value]]:
        """Read a graph whose inputs are known, and give what it returns."""
        opened: dict[fx.Node, list[_Value]] = {}
        for node in module.graph.nodes:
            if node.op == "output":
                return [(source, known[source]) for source in _nodes(node.args) if source in known]
            if node.op == "get_attr" and isinstance(getattr(module, str(node.target), None), Tensor):
                known[node] = self._add(prefix + node.name, "constant", constant=True)
            elif node.op == "call_function" and bodies(module, node):
                opened[node] = self._opened(module, node, known, prefix)
            elif node.op == "call_function" and node.target is operator.getitem and node.args[0] in opened:
                known[node] = opened[node.args[0]][node.args[1]]
            elif node.op == "call_function":
                known[node] = self._called(node, known, prefix)
        return []

    def _add(
        self, key: Hashable, role: Any, word: str = NOTHING, sources: Sequence[Hashable] = (), **value: Any
    ) -> _Value:
        self.steps.append(TracedStep(key, role, word, tuple(dict.fromkeys(sources)), shape=value.pop("shape", None)))
        return _Value(key, **value)

    def _called(self, node: fx.Node, known: Mapping[fx.Node, _Value], prefix: str) -> _Value:
        """The step of an operator's call."""
        name, key = _name(node), prefix + node.name
        names = argument_names(node.target) or map(str, range(len(node.args)))
        arguments = dict(zip(names, node.args, strict=False)) | node.kwargs
        tensors = {
            f"{argument}{number or ''}": source
            for argument, value in arguments.items()
            if argument != _REFERENCES.get(name)
            for number, source in enumerate(_nodes(value))
            if source in known
        }
        values = [known[source] for source in tensors.values()]
        keys = [value.key for value in values]
        self._note_module(node, key)
        if name in _ONLY_SHAPES or name.startswith("new_") or name.endswith("_like"):
            return self._add(key, "shape", sources=keys, constant=True, made=True)
        word = Call(
            name,
            {argument: value for argument, value in arguments.items() if not any(_nodes(value))},
            {argument: shape for argument, source in tensors.items() if (shape := _shape(source)) is not None},
            frozenset(argument for argument, source in tensors.items() if known[source].weight),
            _shape(node),
            values[0].channels if values else None,
        ).word()
        constant = all(value.constant for value in values)
        weight = any(value.weight for value in values)
        if word == "gather" and not constant and values[0].weight:
            word = "embedding"
        if constant and weight and _is_position(word, values):
            constant, keys = False, [self._input, *keys]
        return self._add(
            key,
            "step",
            word,
            keys,
            shape=_shape(node),
            constant=constant,
            made=constant and all(value.made for value in values),
            weight=constant and weight,
            channels=_channels(word, node, list(tensors.values()), values),
        )

    def _note_module(self, node: fx.Node, key: Hashable) -> None:
        """Whether the call belongs to that of a module that is one operation."""
        for call, module in self.program.owner(node):
            if isinstance(module, _ONE_OPERATION):
                heads = module.num_heads if isinstance(module, nn.MultiheadAttention) else None
                word = "lrn" if heads is None else describe("attention", groups=heads)
                self.calls[key] = (("module", call), word)
                return

    def _opened(
        self, module: fx.GraphModule, node: fx.Node, known: Mapping[fx.Node, _Value], prefix: str
    ) -> list[_Value]:
        """Open the bodies of a call and give its results. The branches of a `cond` meet in a `where`, and so does what
        a `while_loop` starts with and what its body makes."""
        operands = [known[n] for n in _nodes([*node.args, *node.kwargs.values()]) if n in known]
        results: list[list[_Value]] = []
        for number, body in enumerate(bodies(module, node)):
            inner = [n for n in body.graph.nodes if n.op == "placeholder"]
            given = operands[len(operands) - len(inner) :]
            if len(given) < len(inner):
                raise InputError(f"what runs inside {_name(node)} takes values that are not known")
            inside = self._run(body, dict(zip(inner, given, strict=True)), f"{prefix}{node.name}.{number}.")
            results.append([value for _, value in inside])
        if len(results) == 1:
            return results[0]
        decides, ways = operands[0] if operands else None, results
        if _name(node) == "while_loop":
            decides, ways = results[0][0], [operands, results[1]]
        joined = []
        for number, values in enumerate(zip(*ways, strict=False)):
            taken = [*([decides] if decides else []), *values]
            key, constant = f"{prefix}{node.name}.{number}", all(value.constant for value in taken)
            joined.append(self._add(key, "step", "where", [value.key for value in taken], constant=constant))
        return joined


def _is_position(word: str, values: Sequence[_Value]) -> bool:
    """Whether a layer on constants makes something of positions: a table that is looked up, or a layer on numbers that
    were made on the way."""
    layer = re.match("[a-z]*", word)
    return word == "embedding" or (layer is not None and layer[0] in _LAYERS and values[0].made)


def _channels(word: str, node: fx.Node, sources: Sequence[fx.Node], values: Sequence[_Value]) -> int | None:
    """The axis of channels of a call's result, where it is known."""
    shape, layer = _shape(node), re.match("[a-z]*", word)
    if shape is None or not sources or layer is None:
        return None
    if layer[0] in ("conv", "deconv", "bn", "gn", "in", "maxpool", "avgpool"):
        return 1
    if layer[0] in ("linear", "ln", "rms", "embedding", "attention"):
        return len(shape) - 1
    axis, before = values[0].channels, _shape(sources[0])
    if word == "permute" and axis is not None and before is not None:
        order = _order(node, len(shape))
        return order.index(axis) if axis in order else None
    if word == "reshape" and axis is not None and before is not None:
        if shape[: axis + 1] == before[: axis + 1]:
            return axis
        behind = len(before) - axis
        return len(shape) - behind if shape[-behind:] == before[-behind:] else None
    known = [v.channels for v, n in zip(values, sources, strict=True) if v.channels is not None and _shape(n) == shape]
    return known[0] if known else None


def _order(node: fx.Node, sides: int) -> list[int]:
    """The axes of what a permutation takes, in the order in which they come out; empty where it is another."""
    name, numbers = _name(node), list[Any](node.args[1:])
    order = list(range(sides))
    if name == "permute":
        return [axis % sides for axis in numbers[0]]
    if name in ("transpose", "swapaxes", "swapdims"):
        a, b = (axis % sides for axis in numbers)
        order[a], order[b] = b, a
        return order
    return order[::-1] if name == "t" else []


def _name(node: fx.Node) -> str:
    """The operator's name without namespace, overload and what says that it writes in place."""
    target: Any = node.target
    return str(getattr(getattr(target, "overloadpacket", target), "__name__", target)).rstrip("_")


def _nodes(value: Any) -> Iterator[fx.Node]:
    """The nodes among a call's arguments, in order."""
    if isinstance(value, fx.Node):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _nodes(item)


def _shape(node: fx.Node) -> Shape | None:
    """Sides of a node's result, of the first where there are several; None where it is no tensor or they vary."""
    value = node.meta.get("val")
    if isinstance(value, list | tuple) and value:
        value = value[0]
    if not isinstance(value, Tensor) or not all(isinstance(side, int) for side in value.shape):
        return None
    return tuple(value.shape)
