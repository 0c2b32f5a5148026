"""Programs in files: values that JSON has, and what they must be to become a program again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archgraph._compat import argument_names, names_without_place
from archgraph.errors import InputError
from archgraph.formats.traced.program import ExampleInput
from supernet.imported.operators import operator_of
from supernet.imported.program import STATE, NetworkProgram, ProgramCall, Ref, Word

MAX_TEXT = 1 << 22
"""Characters of a program in a file."""
MAX_CALLS = 1 << 15
_LONGEST = 1000
"""Characters of a name."""


def to_json(program: NetworkProgram) -> dict[str, Any]:
    """A program in values that JSON has."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, Ref):
            return {"ref": value.name}
        return {value.kind: value.name} if isinstance(value, Word) else value

    return {
        "inputs": {name: str(example) for name, example in program.inputs.items()},
        "calls": [
            [call.name, call.op, plain(list(call.args)), {k: plain(v) for k, v in (call.kwargs or {}).items()}]
            for call in program.calls
        ],
        "outputs": list(program.outputs),
        "trainable": sorted(program.trainable),
        "any_batch": program.any_batch,
    }


def from_json(described: Mapping[str, Any]) -> NetworkProgram:
    """What `to_json` gave.

    Raises:
        InputError: it is no program, or calls what no program calls.
    """
    try:
        calls = [
            ProgramCall(
                _name(name), str(op), tuple(map(_value, args)), {_name(k): _value(v) for k, v in kwargs.items()}
            )
            for name, op, args, kwargs in described["calls"]
        ]
        program = NetworkProgram(
            {_name(name): ExampleInput.parse(text) for name, text in described["inputs"].items()},
            tuple(calls),
            tuple(map(_name, described["outputs"])),
            frozenset(map(_name, described["trainable"])),
            bool(described["any_batch"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"it describes no program ({type(error).__name__}: {str(error)[:100]})") from error
    _check(program)
    return program


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.isprintable() or len(name) > _LONGEST:
        raise ValueError(f"a name {str(name)[:64]!r}")
    return name


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if isinstance(plain, dict):
        [(kind, name)] = plain.items()
        return Ref(_name(name)) if kind == "ref" else Word(str(kind), _name(name))
    return plain


def _check(program: NetworkProgram) -> None:
    """That every call is of a known operator, has arguments where tracing puts them, names no device and takes what was
    made before it."""
    if not program.inputs or not program.outputs or len(program.calls) > MAX_CALLS:
        raise InputError(f"a program has inputs, outputs and at most {MAX_CALLS} calls")
    known = set(program.inputs)
    if odd := [name for name in known if name.startswith(STATE)]:
        raise InputError(f"an input is not called {odd[0][:64]!r}")
    for call in program.calls:
        function, kwargs = operator_of(call.op), call.kwargs or {}
        if others := kwargs.keys() - names_without_place(function):
            raise InputError(f"call {call.name[:64]} takes no {min(others)[:64]!r} by its name")
        for name, value in [*zip(argument_names(function), call.args, strict=False), *kwargs.items()]:
            if name == "device" and value not in (None, Word("device")):
                raise InputError(f"call {call.name[:64]} names a device, which is that of the inputs")
        if call.name in known or call.name.startswith(STATE):
            raise InputError(f"call {call.name[:64]} has the name of another value")
        if missing := [name for name in call.refs() if name not in known and not name.startswith(STATE)]:
            raise InputError(f"call {call.name[:64]} refers to {missing[0][:64]}, which is not made before it")
        known.add(call.name)
    if missing := [name for name in program.outputs if name not in known and not name.startswith(STATE)]:
        raise InputError(f"nothing makes the output {missing[0][:64]}")
