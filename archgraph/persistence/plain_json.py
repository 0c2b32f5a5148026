"""JSON that others wrote: read in one way, in which all that is wrong with it is a `ValueError`."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str | bytes, **options: Any) -> Any:
    """What a text of JSON holds; `options` as of `json.loads`.

    Raises:
        ValueError: it is no JSON, or nested too deep.

    Example:
        >>> from archgraph.persistence.plain_json import parse_json
        >>> parse_json('{"acc": 1}')
        {'acc': 1}
    """
    try:
        return json.loads(text, **options)
    except RecursionError:
        raise ValueError("nested too deep") from None


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, as `object_pairs_hook` of Python's reader.

    Raises:
        ValueError: a name stands twice, so that one of its values would be lost.

    Example:
        >>> import json
        >>> from archgraph.persistence.plain_json import once_each
        >>> json.loads('{"acc": 1, "loss": 2}', object_pairs_hook=once_each)
        {'acc': 1, 'loss': 2}
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)[:64]!r} stands twice in one object")
    return found
