"""From native forms to columns: what every reader of a benchmark's strings needs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from archgraph.columns import GraphColumns
from archgraph.errors import InputError
from archgraph.spaces.base import Space

_CHUNK = 1 << 14  # graphs taken into columns at once


def columns_of(space: Space, natives: Sequence[str], where: str = "row") -> GraphColumns:
    """The graphs with these native forms, in their order; a form that is repeated is read once.

    Raises:
        InputError: a form is malformed; the text names it as `where` and its number.
    """
    place: dict[str, int] = {}
    rows = np.empty(len(natives), dtype=np.intp)
    parts: list[GraphColumns] = []
    pending = []
    for i, native in enumerate(natives):
        if native not in place:
            try:
                graph = space.from_native(native)
            except InputError as error:
                raise InputError(f"{where} {i}: {error}") from error
            place[native] = len(place)
            pending.append((graph.ops, graph.edges))
            if len(pending) == _CHUNK:
                parts.append(GraphColumns.from_lists(pending))
                pending.clear()
        rows[i] = place[native]
    distinct = GraphColumns.concatenate([*parts, GraphColumns.from_lists(pending)])
    return distinct if len(place) == len(natives) else distinct.take(rows)


def metric_name(*parts: object) -> str:
    """A metric's name of letters, digits and underscores: `cifar10-valid`, `x-valid` -> cifar10_valid_x_valid."""
    return re.sub(r"\W+", "_", "_".join(map(str, parts)), flags=re.ASCII).strip("_")
