"""A stopped run goes on only with the settings that it was begun with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from archgraph.errors import InputError
from archgraph.persistence.plain_json import parse_json

_SHOWN = 32  # characters of a value that is still shown beside its name
_ABSENT = object()


def check_same_settings(known: str | Mapping[str, Any], wanted: Mapping[str, Any], what: str) -> None:
    """Check that what was begun with some settings goes on with the same.

    >>> check_same_settings('{"seed": 0}', {"seed": 1}, "folder a")
    Traceback (most recent call last):
    archgraph.errors.InputError: folder a was begun with other settings (seed 0, not 1); give those, remove it or \
choose another name

    Args:
        known: the settings of before, as JSON text or parsed.
        wanted: those of now, of values that JSON can hold; a tuple is the same as a list.
        what: was begun with them, for the error.

    Raises:
        InputError: some differ, the text names them as `recipe.epochs`; or `known` is damaged.
    """
    try:
        before = dict(parse_json(known if isinstance(known, str) else json.dumps(known, default=str)))
    except (ValueError, TypeError) as error:
        raise InputError(f"{what} is damaged, its settings cannot be read; remove it or choose another name") from error
    old, new = dict(_leaves(before)), dict(_leaves(parse_json(json.dumps(wanted, default=str))))
    changed = [name for name in {**old, **new} if old.get(name, _ABSENT) != new.get(name, _ABSENT)]
    if changed:
        differ = ", ".join(_change(name, old, new) for name in changed)
        raise InputError(
            f"{what} was begun with other settings ({differ}); give those, remove it or choose another name"
        )


def _leaves(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All that is no mapping, by name; an empty one is as none."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _change(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The name of a setting, with its two values where they are short."""
    before, now = (json.dumps(values[name]) if name in values else "absent" for values in (old, new))
    return f"{name} {before}, not {now}" if max(len(before), len(now)) <= _SHOWN else name
