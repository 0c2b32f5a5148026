"""Descriptions of operations in files: what a graph file says of the operations that archgraph does not know by name.

    {"gat": {"kind": "attention", "numbers": {"heads": 8}}}

They stand in the metadata of a Parquet file's schema under `operations`, and in the first line of a JSON Lines file
that uses them. Reading a file registers them for the process, so that one name always means one operation: a file that
describes a known name otherwise is refused, and so is one that uses, without a word, a name that describes itself and
has another description here. A file that is refused leaves nothing behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from archgraph.checks import shown
from archgraph.errors import InputError
from archgraph.op_names import parse
from archgraph.operation import Operation
from archgraph.ops import MAX_DESCRIBED, OPS, SHIPPED
from archgraph.settings import check_settings

FIELD = "operations"
"""The key of the descriptions, in the metadata and in a line."""
MAX_SIZE = 1e6
_SHIPPED = {operation.name: operation for operation in SHIPPED}
_DEFAULTS = Operation("default", "other").to_dict()


def operation_of(name: Any, fields: Any) -> Operation:
    """The operation that a name and a description from a file make.

    Raises:
        InputError: they make none; the text says why.
    """
    if not isinstance(fields, Mapping):
        raise InputError(f"operation {shown(name)}: a description is a mapping, but got {shown(fields)}")
    settings = check_settings("an operation", Operation, {"name": name, **fields})
    numbers = {**settings, **settings.get("numbers", {})}
    for key, value in numbers.items():
        if isinstance(value, int | float) and not abs(value) <= MAX_SIZE:
            raise InputError(f"operation {name[:64]}: {key[:64]} is at most 1e6, but got {shown(value)}")
    return Operation(**settings)


def described(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Descriptions of those operations that are neither shipped nor say what they are."""
    found = {}
    for name in names:
        operation = OPS[name]
        if name not in _SHIPPED and parse(name) != operation:
            fields = operation.to_dict()
            found[name] = {key: fields[key] for key in fields if key != "name" and fields[key] != _DEFAULTS.get(key)}
            found[name].setdefault("kind", operation.kind)
    return found


def register(descriptions: Any) -> None:
    """Take in the operations that a file describes.

    Raises:
        InputError: it is no mapping of descriptions, one is malformed, or a name is known with another description.
    """
    if not isinstance(descriptions, Mapping):
        raise InputError(f"`{FIELD}` maps names of operations to descriptions, but got {shown(descriptions)}")
    for name, fields in descriptions.items():
        if len(OPS) >= MAX_DESCRIBED:
            raise InputError(f"more than {MAX_DESCRIBED} operations are described; that is more than there is room for")
        OPS.register(operation_of(name, fields))


def to_metadata(names: Iterable[str]) -> dict[str, str]:
    """Metadata of a Parquet file's schema."""
    found = described(names)
    return {FIELD: json.dumps(found)} if found else {}


def from_metadata(metadata: Mapping[bytes, bytes] | None) -> Any:
    """The descriptions in the metadata of a Parquet file's schema.

    Raises:
        InputError: they are no JSON.
    """
    text = (metadata or {}).get(FIELD.encode())
    if text is None:
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the metadata `{FIELD}` are no valid JSON ({error})") from error


def check_undescribed(names: Iterable[str], descriptions: Iterable[str]) -> None:
    """Refuse names that a file leaves undescribed, but that mean something else here than they say by themselves.

    Raises:
        InputError: there is one.
    """
    for name in set(names).difference(descriptions, _SHIPPED):
        said = parse(name)
        if said is not None and name in OPS and OPS[name] != said:
            raise InputError(
                f"operation {name} is registered with other properties than its name says, and the file does not "
                "describe it; rename one of the two"
            )
