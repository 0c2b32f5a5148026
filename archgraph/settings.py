"""Settings by name, as a command or a study file gives them, held against what they set."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from archgraph.errors import InputError


def defaults_of(make: Callable[..., Any]) -> dict[str, Any]:
    """The arguments that have defaults, with these."""
    found = inspect.signature(make).parameters.values()
    return {p.name: p.default for p in found if p.default is not inspect.Parameter.empty}


def checked(what: str, defaults: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, each of the kind that its default has.

    Args:
        what: has these settings; for the error.
        defaults: all that can be set; a default of None stands for a path.
        settings: to be checked.

    Raises:
        InputError: there is no such setting, or its value is of another kind.
    """
    if not isinstance(settings, Mapping):
        raise InputError(f"{what} takes settings by name, but got {str(settings)[:64]!r}")
    for name, value in settings.items():
        if name not in defaults:
            known = f"it has {', '.join(defaults)}" if defaults else "it has none"
            raise InputError(f"{what} has no setting {str(name)[:64]!r}; {known}")
        kind, fits = _kind(defaults[name], value)
        if not fits:
            raise InputError(f"{what}: {name} is {kind}, but got {str(value)[:64]!r}")
    return dict(settings)


def _kind(default: Any, value: Any) -> tuple[str, bool]:
    """What a default is, and whether a value is the same."""
    if isinstance(default, bool):
        return "true or false", isinstance(value, bool)
    if isinstance(default, int):
        return "a whole number", isinstance(value, int) and not isinstance(value, bool)
    if isinstance(default, float):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return "a number", number and math.isfinite(value)
    if isinstance(default, tuple):
        return f"a list of {', '.join(default)}", isinstance(value, list | tuple) and all(v in default for v in value)
    if isinstance(default, Mapping):
        return "settings by name", isinstance(value, Mapping)
    return ("a path" if default is None else "a name"), isinstance(value, str)
