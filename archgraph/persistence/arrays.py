"""Nested arrays as one flat dictionary, the form that a safetensors file holds.

>>> flatten({"weights": 1, "trees": {0: {"value": 2}, 1: {"value": 3}}})
{'weights': 1, 'trees.0.value': 2, 'trees.1.value': 3}
>>> groups({"weights": 1, "trees.0.value": 2, "trees.1.value": 3})
{'trees': {'0.value': 2, '1.value': 3}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def flatten(nested: Mapping[Any, Any]) -> dict[str, Any]:
    """All arrays by the names on the way to them, joined by dots.

    Args:
        nested: arrays or tensors, and mappings of these by name or number.
    """
    found: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": array for inner, array in flatten(value).items()}
        else:
            found[str(name)] = value
    return found


def groups(arrays: Mapping[str, T]) -> dict[str, dict[str, T]]:
    """The arrays of each mapping that `flatten` put in, by the first part of their names; arrays by themselves are in
    none."""
    found: dict[str, dict[str, T]] = {}
    for name, array in arrays.items():
        group, dot, inner = name.partition(".")
        if dot:
            found.setdefault(group, {})[inner] = array
    return found
