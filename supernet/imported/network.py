"""A program as a module with weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph._compat import argument_names, hold
from archgraph.errors import CompileError
from supernet.convolution import conv2d
from supernet.imported.operators import operator_of
from supernet.imported.program import STATE, NetworkProgram, ProgramCall, Ref, Word, example_tensors, mapped
from supernet.layers import submodule

Values = dict[str, Any]
MAX_NUMBERS = 1 << 31
"""Numbers in one value of a network."""
MAX_PARTS = 1 << 16
_PARTS = re.compile("split|chunk|unbind|lstm|gru|rnn")
"""Operators that make something of each part of a side."""
_DEVICE = "a device"
"""What `Values` call that of the inputs; no call has a name with a space."""


class ImportedNetwork(nn.Module):
    """A network that runs a program; parameters and buffers have the names that they have in the program.

    In training mode batch norms take the statistics of the batch and dropout drops, as in the module that the program
    was made of.

    Args:
        program: what it computes.
        state: its weights and buffers, which it takes over.

    Raises:
        CompileError: a weight is missing.

    Shapes:
        as of the module that the program was made of

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from archgraph.formats.traced.program import ExampleInput
        >>> from supernet import ImportedNetwork, program_of
        >>> module = nn.Sequential(nn.Linear(4, 2), nn.ReLU())
        >>> network = ImportedNetwork(*program_of(module, [ExampleInput((1, 4))]))
        >>> torch.equal(network(torch.ones(3, 4)), module(torch.ones(3, 4)))
        True
    """

    def __init__(self, program: NetworkProgram, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.program = program
        uses = {name: call.name for call in program.calls for name in call.refs()}
        self._steps = [(call, operator_of(call.op)) for call in program.calls]
        self._makes = {
            call.name for call, function in self._steps if "device" in argument_names(function)[len(call.args) :]
        }
        """Calls that say nowhere on which device they make what they make."""
        ends = set(program.outputs)
        self._free = {
            call.name: [n for n in dict.fromkeys(call.refs()) if uses[n] == call.name and n not in ends]
            for call in program.calls
        }
        for name in program.state_names():
            if name not in state:
                raise CompileError(f"the weights of {name[:64]} are missing")
            owner, _, last = name.rpartition(".")
            if last == "training":  # what a module sets itself, later
                raise CompileError(f"no weights are called {name[:64]}")
            module = submodule(self, owner)
            if name in program.trainable and not state[name].is_floating_point():
                raise CompileError(f"the weights of {name[:64]} are whole numbers, which are not trained")
            hold(module, last, nn.Parameter(state[name]) if name in program.trainable else state[name])

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        """What the program returns: one tensor, or a tuple of several."""
        values = self.start(*inputs)
        for call, function in self._steps:
            values[call.name] = self._called(call, function, values)
            for name in self._free[call.name]:
                del values[name]
        found = tuple(values[name] for name in self.program.outputs)
        return found[0] if len(found) == 1 else found

    def start(self, *inputs: Tensor) -> Values:
        """Inputs and weights by the names that calls give them."""
        values: Values = dict(zip(self.program.inputs, inputs, strict=True))
        values[_DEVICE] = inputs[0].device
        values |= {STATE + name: value for name, value in self.named_parameters()}
        return values | {STATE + name: value for name, value in self.named_buffers()}

    def trace(self, *inputs: Tensor) -> Values:
        """Every value of a run, by name."""
        values = self.start(*inputs)
        for call, function in self._steps:
            values[call.name] = self._called(call, function, values)
        return values

    def _called(self, call: ProgramCall, function: Callable[..., Any], values: Values) -> Any:
        device = values[_DEVICE]

        def known(value: Any) -> Any:
            if isinstance(value, Ref):
                return values[value.name]
            return value.value(device) if isinstance(value, Word) else value

        args = [mapped(known, value) for value in call.args]
        named = {name: mapped(known, value) for name, value in (call.kwargs or {}).items()}
        made = call.name in self._makes and not any(isinstance(value, Tensor) for value in args)
        if made and named.get("device") is None:
            named["device"] = device
        if self.training and call.op == "aten.batch_norm.default" and args[3] is not None:
            x, weight, bias, mean, variance, _, momentum, eps, *_ = args
            return F.batch_norm(x, mean, variance, weight, bias, True, momentum, eps)
        if self.training and call.op == "aten.dropout.default":
            return F.dropout(args[0], args[1])
        if call.op == "aten.conv2d.default":
            return conv2d(*args, **named)
        return function(*args, **named)


def value_shapes(program: NetworkProgram, state: Mapping[str, Tensor], batch: int = 2) -> dict[str, Any]:
    """The sides of every value, by name: a tuple, of a list of tensors a list of tuples, None where it is no tensor.

    Nothing is computed: weights have shapes alone.

    Raises:
        CompileError: the shapes do not fit together; the text names the call.
    """
    network = ImportedNetwork(program, {name: value.to("meta") for name, value in state.items()}).eval()
    values = network.start(*example_tensors(program, batch, "meta"))
    with torch.no_grad():
        for call, function in network._steps:
            try:
                if _PARTS.search(call.short) and _parts(call, values) > MAX_PARTS:
                    raise ValueError(f"a value is split into more than {MAX_PARTS} parts")
                values[call.name] = network._called(call, function, values)
                if _numbers(values[call.name]) > MAX_NUMBERS:
                    raise ValueError(f"a value has more than {MAX_NUMBERS} numbers")
            except (ArithmeticError, AssertionError, AttributeError, LookupError) as error:
                raise CompileError(f"{call.name[:64]} ({call.short[:64]}): {type(error).__name__}") from error
            except (RuntimeError, ValueError, TypeError) as error:
                reason = (str(error).strip().splitlines() or [""])[0][:160]
                raise CompileError(f"{call.name[:64]} ({call.short[:64]}): {reason}") from error
    return {name: _shape(value) for name, value in values.items() if name != _DEVICE}


def _numbers(value: Any) -> int:
    """Numbers in a value, of the largest where there are several."""
    if isinstance(value, list | tuple):
        return max(map(_numbers, value), default=0)
    return value.numel() if isinstance(value, Tensor) else 0


def _parts(call: ProgramCall, values: Values) -> int:
    """At most so many parts a call makes: of each side, or as many as it is told to."""
    given = [values[name] for name in call.refs()]
    sides = [int(side) for value in given if isinstance(value, Tensor) for side in value.shape]
    told = [arg for arg in call.args if isinstance(arg, int)] if call.short == "tensor_split" else []
    return max((*sides, *told), default=0)


def _shape(value: Any) -> Any:
    if isinstance(value, Tensor):
        return tuple(map(int, value.shape))
    return list(map(_shape, value)) if isinstance(value, list | tuple) else None
