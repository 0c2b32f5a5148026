"""The spaces by name: `spaces.get("dag")`."""

from __future__ import annotations

import re
from collections.abc import Callable

from archgraph.errors import InputError
from archgraph.spaces.base import Space
from archgraph.spaces.dag import DagSpace

__all__ = ["SPACES", "DagSpace", "Space", "get"]


def _dag(parameter: str) -> Space:
    match = re.fullmatch(r"(\d)(?:-(\d))?", parameter or "1-5")
    if not match:
        raise InputError(f"a dag space is written dag, dag:6 or dag:1-5, but got 'dag:{parameter[:32]}'")
    return DagSpace(int(match[1]), int(match[2] or match[1]))


SPACES: dict[str, tuple[Callable[[str], Space], str]] = {
    "dag": (
        _dag,
        "FaDE's cells: DAGs with Conv3x3-ReLU on every edge; dag:6 or dag:1-5 sets the vertices (default 1-5)",
    ),
}
"""Name -> (constructor from the text after the colon, one line of description)."""


def get(name: str) -> Space:
    """The space called `name`, with parameters after a colon as in `dag:6`.

    Raises:
        InputError: no such space; the text lists the choices.
    """
    base, _, parameter = name.partition(":")
    if base not in SPACES:
        raise InputError(f"unknown space {name[:64]!r}; choose from {', '.join(SPACES)}")
    return SPACES[base][0](parameter)
