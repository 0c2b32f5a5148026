"""What other distributions add by entry point, as `archgraph.spaces`: found by name, loaded when it is asked for.

[project.entry-points."archgraph.methods"]
annealing = "mypackage.annealing:Annealing"
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from archgraph.errors import InputError

PREFIX = "archgraph."


def plugin_names(kind: str) -> list[str]:
    """Names of what distributions add of a kind, as `methods`; nothing is loaded."""
    return sorted(entry_points(group=PREFIX + kind).names)


def plugin(kind: str, name: str) -> Any:
    """What a distribution adds under a name; None where none does.

    Raises:
        InputError: it cannot be loaded; the text says whose it is and why.
    """
    found = list(entry_points(group=PREFIX + kind, name=name))
    if not found:
        return None
    try:
        return found[0].load()
    except Exception as error:  # whatever a stranger's module does when it is imported
        owner = found[0].dist.name if found[0].dist else found[0].module
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{owner} adds {name[:64]!r} to {PREFIX}{kind}, but it cannot be loaded: {reason}") from error
