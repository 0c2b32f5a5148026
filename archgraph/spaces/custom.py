"""Spaces that a user describes: operations with their features, and one of three rules for cells.

A description is a Python dictionary, or a YAML or JSON file that holds one:

    name: my-space
    operations:                        # new ones; known ones need no description
      - {name: conv7x7-relu, kind: conv, kernel: 7, activation: post}
      - {name: gat, kind: message_passing, numbers: {heads: 8}}    # kinds and numbers of your own
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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.persistence.files import check_plain
from archgraph.persistence.plain_json import once_each
from archgraph.persistence.plain_yaml import parse_yaml
from archgraph.settings import check_settings
from archgraph.spaces.base import Space
from archgraph.spaces.node_cells import NodeCellSpace
from archgraph.spaces.template import TemplateSpace, chain, complete_cell
from archgraph.table.descriptions import operation_of

MAX_FILE = 1 << 20  # bytes
_MAX_VERTICES, _MAX_LAYERS = 6, 64


def load(path: Path | str) -> Space:
    """The space that a YAML or JSON file describes.

    Raises:
        InputError: the file is missing or the description is malformed; the text says where.
    """
    description = read_description(Path(path))
    try:
        return from_dict(description)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def read_description(file: Path, kind: str = "custom") -> Any:
    """What a YAML or JSON file of a space holds, as plain data.

    Args:
        file: the description.
        kind: of the space, for messages.

    Raises:
        InputError: the file is missing, too large, or neither.
    """
    check_plain(file)
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(MAX_FILE + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the {kind} space {file}: {getattr(error, 'strerror', None) or error}") from error
    if len(text) > MAX_FILE:
        raise InputError(f"{file}: a description of a space has at most {MAX_FILE} characters")
    try:
        return json.loads(text, object_pairs_hook=once_each) if file.suffix == ".json" else parse_yaml(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not valid YAML or JSON: {' '.join(str(error).split())[:200]}") from error


def from_dict(description: Any) -> Space:
    """The space that a dictionary describes; registers its operations.

    Raises:
        InputError: the description is malformed.
    """
    with OPS.kept_if_whole():
        space = _space(**check_settings("a space", _space, description))
    space.description = description
    return space


def _space(name: str, cell: Mapping[str, Any], operations: Sequence[Any] = ()) -> Space:
    if not name or len(name) > 64:
        raise InputError(f"a space's name is a text of 1 to 64 characters, but got {name[:64]!r}")
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise InputError(f"an operation is described by its properties, but got {str(operation)[:64]!r}")
        OPS.register(operation_of(operation.get("name"), {k: v for k, v in operation.items() if k != "name"}))
    rule = cell.get("rule")
    if not isinstance(rule, str) or rule not in _RULES:
        raise InputError(f"`cell` is a mapping with `rule`, one of {', '.join(_RULES)}, but got {str(rule)[:64]!r}")
    settings = {key: value for key, value in cell.items() if key != "rule"}
    return _RULES[rule](name, **check_settings("`cell`", _RULES[rule], settings, without=("name",)))


def _edges(name: str, vertices: int, choices: list[Any], join: Literal["sum", "concat"] = "sum") -> Space:
    check_whole(2, _MAX_VERTICES, vertices=vertices)
    ops, edges, positions = complete_cell(vertices, join)
    return TemplateSpace(name, ops, edges, positions, [_choices(choices)] * len(positions))


def _nodes(name: str, max_vertices: int, max_edges: int, choices: list[Any]) -> Space:
    check_whole(3, 7, max_vertices=max_vertices)
    check_whole(2, 21, max_edges=max_edges)
    return NodeCellSpace(name, _choices(choices), max_vertices, max_edges)


def _chain(name: str, choices: list[Any], layers: int | None = None) -> Space:
    if not choices or not all(isinstance(options, list) for options in choices):
        check_whole(1, _MAX_LAYERS, layers=layers)
        choices = [choices] * (layers or 1)
    if not 1 <= len(choices) <= _MAX_LAYERS or layers not in (None, len(choices)):
        raise InputError(f"`choices` has one list for each of `layers` layers, at most {_MAX_LAYERS}")
    return TemplateSpace(name, *chain(len(choices)), [_choices(options) for options in choices])


_RULES: dict[str, Callable[..., Space]] = {"edges": _edges, "nodes": _nodes, "chain": _chain}


def _choices(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= 10 or not all(isinstance(name, str) for name in value):
        raise InputError(f"`choices` lists 1 to 10 operation names, but got {str(value)[:64]}")
    for name in value:
        OPS.index(name)
    return value
