"""A torch module as a program without side effects, the one form in which modules are read.

`torch.export` runs the module on tensors without content, as it is evaluated: optional arguments have their defaults,
dropout and random depth do nothing. Statements that change a tensor in place become operators that make a new one, and
regions of autocast or without gradients are opened.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn

from archgraph._compat import argument_names, changes_its_arguments, holds_bodies, shares_memory
from archgraph.errors import InputError

KINDS = {
    str(kind).removeprefix("torch."): kind
    for kind in (
        *(torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    )
}
"""Kinds of numbers that an input can hold, by name."""
MAX_NUMBERS = 1 << 28
"""Numbers in one input."""
_PREFIX = "module."
"""How the program's names of parameters begin; the rest is the module's own."""


@dataclass(frozen=True)
class ExampleInput:
    """An input of a network.

    Args:
        shape: its sides.
        kind: of its numbers, one of `KINDS`.

    Raises:
        InputError: a side is not positive, the input is too large, or there is no such kind.

    Example:
        >>> ExampleInput.parse("1,16:int64")
        ExampleInput(shape=(1, 16), kind='int64')
    """

    shape: tuple[int, ...] = (1, 3, 224, 224)
    kind: str = "float32"

    def __post_init__(self) -> None:
        size = 1
        for side in self.shape:
            size *= side
            if side < 1 or size > MAX_NUMBERS:
                raise InputError(f"an input has positive sides and at most {MAX_NUMBERS} numbers, but got {self}")
        if self.kind not in KINDS:
            raise InputError(f"an input holds one of {', '.join(KINDS)}, but got {self.kind[:64]!r}")

    @classmethod
    def parse(cls, text: str) -> ExampleInput:
        """From the form of the command line, `1,3,224,224` or `1,16:int64`."""
        sides, _, kind = text.partition(":")
        parts = sides.split(",")
        if not all(part.strip().isdecimal() and len(part) <= 10 for part in parts):
            raise InputError(f"--shape is written like 1,3,224,224 or 1,16:int64, but got {text[:64]!r}")
        return cls(tuple(map(int, parts)), kind.strip() or "float32")

    def __str__(self) -> str:
        return f"{','.join(map(str, self.shape))}:{self.kind}"


@dataclass(frozen=True)
class Program:
    """What a module computes.

    Args:
        exported: the program of torch.export; its names of parameters begin with `module.`.
        module: the module that was run.
        inputs: what it was run on.
    """

    exported: torch.export.ExportedProgram
    module: nn.Module
    inputs: Sequence[ExampleInput]

    def parameters(self) -> dict[str, str]:
        """The program's inputs that are parameters -> their names in the module; tied ones have one name."""
        signature, module = self.exported.graph_signature, self.module
        every = dict(module.named_parameters(remove_duplicate=False))
        first = {id(parameter): name for name, parameter in module.named_parameters()}
        names = signature.inputs_to_parameters.items()
        found = {step: first[id(every[name.removeprefix(_PREFIX)])] for step, name in names}
        places = {(p.data_ptr(), p.shape): name for name, p in module.named_parameters() if p.data_ptr()}
        for step, name in signature.inputs_to_lifted_tensor_constants.items():
            value = self.exported.constants.get(name)  # a parameter, where the module holds it in a list besides
            if isinstance(value, Tensor) and (value.data_ptr(), value.shape) in places:
                found[step] = places[value.data_ptr(), value.shape]
        return found

    def constants(self) -> set[str]:
        """The program's inputs that are buffers or other tensors of the module."""
        signature = self.exported.graph_signature
        return {*signature.inputs_to_buffers, *signature.inputs_to_lifted_tensor_constants}

    def results(self) -> set[str]:
        """Names of the nodes that the module returns."""
        return {name for name in self.exported.graph_signature.user_outputs if isinstance(name, str)}

    def owner(self, node: fx.Node) -> Iterator[tuple[str, nn.Module]]:
        """The modules in whose call a node was made, outermost first, each with a name of that call."""
        for call, (path, _) in (node.meta.get("nn_module_stack") or {}).items():
            if path.startswith(_PREFIX):
                yield call, self.module.get_submodule(path.removeprefix(_PREFIX))


def trace(module: nn.Module, inputs: Sequence[ExampleInput] = (), any_batch: bool = False) -> Program:
    """The program of a module; the module itself is left as it was.

    Args:
        module: any module whose parameters have a shape.
        inputs: what it is called with, in order; default an image, or what its first layer takes.
        any_batch: the first side of each input may be any from 2, where the module lets it.

    Raises:
        InputError: the module does not take these inputs, or its flow depends on data; the text names the statement.
    """
    if inputs:
        return _traced(module, inputs, any_batch)
    guess = _guess(module)
    if guess is not None and guess.kind == "int64":  # torch 2.11 traces an embedding of an image, too
        with contextlib.suppress(InputError):
            return _traced(module, [guess])
    try:
        return _traced(module, [ExampleInput(kind=_kind(module))])
    except InputError:
        if guess is None:
            raise
        with contextlib.suppress(InputError):
            return _traced(module, [guess])
        raise


def _traced(module: nn.Module, inputs: Sequence[ExampleInput], any_batch: bool = False) -> Program:
    with _evaluated(module), _silence():
        try:
            device = next((p.device for p in module.parameters()), torch.device("cpu"))
            sides = [(max(2, i.shape[0]), *i.shape[1:]) if any_batch and i.shape else i.shape for i in inputs]
            example = tuple(
                torch.zeros(shape, dtype=KINDS[i.kind], device=device) for shape, i in zip(sides, inputs, strict=True)
            )
            shapes = (tuple({0: torch.export.Dim.AUTO} for _ in example),) if any_batch else None
            exported = torch.export.export(_Tensors(module), example, dynamic_shapes=shapes, strict=False)
            if not _is_functional(exported.graph_module):
                exported = exported.run_decompositions({})
        except Exception as error:  # tracing runs the module's own code
            raise InputError(_refusal(error, inputs)) from error
    return Program(exported, module, tuple(inputs))


def _kind(module: nn.Module) -> str:
    """The kind of a module's weights."""
    kinds = (str(p.dtype).removeprefix("torch.") for p in module.parameters() if p.is_floating_point())
    return next((kind for kind in kinds if kind in KINDS), "float32")


def _guess(module: nn.Module) -> ExampleInput | None:
    """What a module's first layer takes, where that is no image of three channels."""
    for part in module.modules():
        if isinstance(part, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            sides = {1: (256,), 2: (224, 224), 3: (16, 112, 112)}[len(part.kernel_size)]
            return ExampleInput((1, part.in_channels, *sides), _kind(module))
        if isinstance(part, nn.Linear):
            return ExampleInput((1, part.in_features), _kind(module))
        if isinstance(part, nn.Embedding):
            return ExampleInput((1, 16), "int64")
    return None


class _Tensors(nn.Module):
    """The module with its results as a tuple of tensors: what else it returns, as caches, is no result."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return tuple(_tensors(self.module(*inputs)))


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, Mapping):
        yield from _tensors(list(value.values()))
    elif is_dataclass(value):
        yield from _tensors([getattr(value, field.name) for field in fields(value)])


def _is_functional(module: fx.GraphModule) -> bool:
    """Whether each tensor is one node for good, after those that are written in place under one name only were renamed:
    who reads them later reads what was written."""
    place = {node: number for number, node in enumerate(module.graph.nodes)}
    for node in module.graph.nodes:
        if holds_bodies(node.target) and not all(map(_is_functional, bodies(module, node))):
            return False
        if not changes_its_arguments(node.target):
            continue
        written = node.args[0] if node.args else None
        if not isinstance(written, fx.Node) or written.op != "call_function" or _is_view(written):
            return False
        if any(place[reader] < place[node] and _is_view(reader) for reader in written.users):
            return False
        for reader in list(written.users):
            if place[reader] > place[node]:
                reader.replace_input_with(written, node)
    return True


def bodies(module: fx.GraphModule, node: fx.Node) -> list[fx.GraphModule]:
    """The graphs that a call of a module's graph runs, as the branches of `cond`."""
    names = [str(source.target) for source in node.all_input_nodes if source.op == "get_attr"]
    found = [getattr(module, name, None) for name in names]
    return [body for body in found if isinstance(body, fx.GraphModule)]


def _is_view(node: fx.Node) -> bool:
    """Whether a node may be another name of what it takes."""
    return not changes_its_arguments(node.target) and (argument_names(node.target) == [] or shares_memory(node.target))


@contextlib.contextmanager
def _evaluated(module: nn.Module) -> Iterator[None]:
    """The module is evaluated; what it and its parts hold is put back, also what running leaves in them, as caches."""
    held = [vars(part) for part in module.modules()]
    held += [value for part in held for value in part.values() if type(value) in (dict, list, set)]
    before = [copy.copy(container) for container in held]
    try:
        module.eval()
        yield
    finally:
        for container, content in zip(held, before, strict=True):
            container.clear()
            (container.extend if isinstance(container, list) else container.update)(content)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Without what torch.export prints, logs and warns of, and without the fused form of transformer layers."""
    logged, fused = logging.root.manager.disable, torch.backends.mha.get_fastpath_enabled()
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            yield
        finally:
            logging.disable(logged)
            torch.backends.mha.set_fastpath_enabled(fused)


def _refusal(error: Exception, inputs: Sequence[ExampleInput]) -> str:
    """One line: what cannot be traced, why, and at which statement of the module's code."""
    torchs = Path(torch.__file__).parent
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__ and f.line]
    own = [f for f in frames if torchs not in Path(f.filename).parents]
    where = f" at {Path(own[-1].filename).name}:{own[-1].lineno}: {own[-1].line}" if own else ""
    if "data-dependent" in str(error) or "DataDependent" in type(error).__name__:
        return f"what it does depends on the data{where[:200]}; only a flow that is the same for all inputs can be read"
    reason = (str(error).strip().splitlines() or [""])[0][:200]
    shapes = " ".join(f"--shape {i}" for i in inputs)
    return f"cannot be run with {shapes} ({type(error).__name__}: {reason}){where[:200]}"
