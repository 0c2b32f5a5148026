"""What a checkpoint says of its modules, held against its weights before a module is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from archgraph.errors import InputError


def check_sizes(file: Path, arguments: Any) -> None:
    """Refuse arguments of modules by which these would be larger than their weights.

    A width is a side of some weight, and there are at most as many layers as weights, so a number that is larger than
    all of these is not what the weights were written with.

    Args:
        file: of weights, safetensors; its header alone is read.
        arguments: of the constructors, in JSON's values.

    Raises:
        InputError: one is.
        OSError, SafetensorError: the file cannot be read.
    """
    from safetensors import safe_open

    with safe_open(file, "np") as weights:
        names = list(weights.keys())
        sides = [side for name in names for side in weights.get_slice(name).get_shape()]
    most = max([len(names), *sides])
    if large := next((number for number in _numbers(arguments) if number > most), None):
        raise InputError(f"{file} has no weights of a size {large}; copy the checkpoint again")


def _numbers(arguments: Any) -> Iterator[int]:
    """All whole numbers among arguments, and how many entries their lists have."""
    if isinstance(arguments, bool):
        return
    if isinstance(arguments, int):
        yield arguments
    elif isinstance(arguments, list | Mapping):
        yield len(arguments)
        for value in arguments.values() if isinstance(arguments, Mapping) else arguments:
            yield from _numbers(value)
