"""From native forms to columns: what every reader of a benchmark's strings needs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from archgraph.columns import GraphColumns
from archgraph.errors import InputError
from archgraph.spaces.base import Space


def columns_of(space: Space, natives: Sequence[str], where: str = "row", first: int = 0) -> GraphColumns:
    """The graphs with these native forms, in their order; a form that is repeated is read once.

    Raises:
        InputError: a form is malformed; the text names it as `where` and its number, counted from `first`.
    """
    number = {native: i for i, native in enumerate(dict.fromkeys(natives))}
    try:
        distinct = space.from_natives(list(number))
    except InputError:
        _name_malformed(space, natives, where, first)
        raise
    if len(number) == len(natives):
        return distinct
    return distinct.take(np.array([number[native] for native in natives], dtype=np.intp))


def _name_malformed(space: Space, natives: Sequence[str], where: str, first: int) -> None:
    for i, native in enumerate(natives, start=first):
        try:
            space.from_natives([native])
        except InputError as error:
            raise InputError(f"{where} {i}: {error}") from error


def metric_name(*parts: object) -> str:
    """A metric's name of letters, digits and underscores: `cifar10-valid`, `x-valid` -> cifar10_valid_x_valid."""
    return re.sub(r"\W+", "_", "_".join(map(str, parts)), flags=re.ASCII).strip("_")
