"""Spaces that a user describes: operations with their features, and one of three rules for cells.

A description is a Python dictionary, or a YAML or JSON file that holds one:

    name: my-space
    operations:                        # new ones; known ones need no description
      - {name: conv7x7-relu, kind: conv, kernel: 7, activation: post}
    cell:
      rule: edges                      # an operation on every edge of a complete DAG of ordered vertices
      vertices: 4                      # input included, 2 to 6
      choices: [conv7x7-relu, identity, zero]
      join: sum                        # or concat

`rule: nodes` has operations on nodes and few edges (`max_vertices`, `max_edges`, `choices`), as NAS-Bench-101, and
`rule: chain` is a sequence of layers (`layers`, and `choices` for all layers, or a list of choices for each).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.spaces.base import Space
from archgraph.spaces.node_cells import NodeCellSpace
from archgraph.spaces.template import TemplateSpace, chain, complete_cell

MAX_FILE = 1 << 20  # bytes
_MAX_VERTICES, _MAX_LAYERS = 6, 64


def load(path: Path | str) -> Space:
    """The space that a YAML or JSON file describes.

    Raises:
        InputError: the file is missing or the description is malformed; the text says where.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MAX_FILE:
            raise InputError(f"{file}: a description of a space has at most {MAX_FILE} bytes")
        text = file.read_text(encoding="utf-8")
        description = json.loads(text) if file.suffix == ".json" else yaml.load(text, Loader=_NoAliases)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the custom space {file}: {getattr(error, 'strerror', None) or error}") from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{file} is not valid YAML or JSON: {' '.join(str(error).split())[:200]}") from error
    try:
        return from_dict(description)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error


class _NoAliases(yaml.SafeLoader):
    """YAML's plain data; aliases, with which a small file could describe a huge one, are refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed here")
        return super().compose_node(parent, index)


def from_dict(description: Any) -> Space:
    """The space that a dictionary describes; registers its operations.

    Raises:
        InputError: the description is malformed.
    """
    _check_keys("a space", description, required=("name", "cell"), optional=("operations",))
    name, cell = description["name"], description["cell"]
    if not isinstance(name, str) or not name or len(name) > 64:
        raise InputError(f"a space's name is a text of 1 to 64 characters, but got {str(name)[:64]!r}")
    for operation in _list("operations", description.get("operations", [])):
        OPS.register(_operation(operation))
    rule = cell.get("rule") if isinstance(cell, dict) else None
    if not isinstance(rule, str) or rule not in _RULES:
        raise InputError(f"`cell` is a mapping with `rule`, one of {', '.join(_RULES)}, but got {str(rule)[:64]!r}")
    space = _RULES[rule](name, cell)
    space.description = description
    return space


def _operation(fields: Any) -> Operation:
    _check_keys("an operation", fields, required=("name", "kind"), optional=tuple(Operation.__dataclass_fields__))
    kinds: dict[str, tuple[type, ...]] = {
        "name": (str,), "kind": (str,), "activation": (str,), "norm": (bool,), "expansion": (int, float)
    }  # fmt: skip
    for key, value in fields.items():
        allowed = kinds.get(key, (int,))
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise InputError(f"operation {str(fields['name'])[:64]}: `{key}` cannot be {str(value)[:64]!r}")
        if isinstance(value, int | float) and not abs(value) <= 1e6:
            raise InputError(f"operation {str(fields['name'])[:64]}: `{key}` is at most 1e6, but got {str(value)[:64]}")
    return Operation(**fields)


def _edges(name: str, cell: Mapping[str, Any]) -> Space:
    _check_keys("`cell`", cell, required=("rule", "vertices", "choices"), optional=("join",))
    vertices = _integer(cell, "vertices", 2, _MAX_VERTICES)
    join = cell.get("join", "sum")
    if join not in ("sum", "concat"):
        raise InputError(f"`join` is sum or concat, but got {str(join)[:64]!r}")
    ops, edges, positions = complete_cell(vertices, join)
    return TemplateSpace(name, ops, edges, positions, [_choices(cell["choices"])] * len(positions))


def _nodes(name: str, cell: Mapping[str, Any]) -> Space:
    _check_keys("`cell`", cell, required=("rule", "max_vertices", "max_edges", "choices"))
    vertices, edges = _integer(cell, "max_vertices", 3, 7), _integer(cell, "max_edges", 2, 21)
    return NodeCellSpace(name, _choices(cell["choices"]), vertices, edges)


def _chain(name: str, cell: Mapping[str, Any]) -> Space:
    _check_keys("`cell`", cell, required=("rule", "choices"), optional=("layers",))
    choices = _list("choices", cell["choices"])
    if not choices or not all(isinstance(options, list) for options in choices):
        choices = [choices] * _integer(cell, "layers", 1, _MAX_LAYERS)
    if not 1 <= len(choices) <= _MAX_LAYERS or cell.get("layers", len(choices)) != len(choices):
        raise InputError(f"`choices` has one list for each of `layers` layers, at most {_MAX_LAYERS}")
    return TemplateSpace(name, *chain(len(choices)), [_choices(options) for options in choices])


_RULES: dict[str, Callable[[str, Mapping[str, Any]], Space]] = {"edges": _edges, "nodes": _nodes, "chain": _chain}


def _choices(value: Any) -> list[str]:
    names = _list("choices", value)
    if not 1 <= len(names) <= 10 or not all(isinstance(name, str) for name in names):
        raise InputError(f"`choices` lists 1 to 10 operation names, but got {str(value)[:64]}")
    for name in names:
        OPS.index(name)
    return names


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(f"`{key}` is a list, but got {str(value)[:64]!r}")
    return value


def _integer(cell: Mapping[str, Any], key: str, low: int, high: int) -> int:
    check_whole(low, high, **{key: cell.get(key)})
    return int(cell[key])


def _check_keys(what: str, value: Any, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    if not isinstance(value, dict):
        raise InputError(f"{what} is described by a mapping, but got {str(value)[:64]!r}")
    if missing := [key for key in required if key not in value]:
        raise InputError(f"{what} lacks `{missing[0]}`")
    if unknown := [key for key in value if key not in (*required, *optional)]:
        raise InputError(f"{what} has no field {str(unknown[0])[:64]!r}; known are {', '.join((*required, *optional))}")
