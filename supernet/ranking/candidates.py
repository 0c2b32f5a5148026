"""Candidates: what the graphs of a table offer in each row of a hyper-architecture, and how a path is put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archgraph import spaces
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.networks.macro_skeleton import CellPath, MacroSkeleton
from archgraph.networks.registry import NETWORKS
from archgraph.networks.skeleton import Skeleton
from archgraph.spaces.dag import DagSpace
from archgraph.spaces.rows import RowsSpace
from archgraph.table.table import ArchTable
from supernet.images.splits import ImageSplits

MAX_CANDIDATES = 256
"""Most candidates of a row, so that a file of a whole space is refused at once and not when memory is full."""


@dataclass(frozen=True)
class Candidates:
    """The candidates of each row.

    Args:
        skeleton: what surrounds them.
        rows: candidate j of each row comes from graph j of the table.
        join: the architecture of one candidate a row.
        space: its space; empty where it has none.
    """

    skeleton: MacroSkeleton
    rows: list[list[ArchGraph]]
    join: Callable[[CellPath], ArchGraph]
    space: str


def candidates_of(
    table: ArchTable, images: ImageSplits, rows: int | None = None, width: int = 32, norm: str = "cells"
) -> Candidates:
    """What the graphs of a table offer.

    Cells stand whole in each of FaDE's `rows`. Members of NAS-Bench-Macro offer their own i-th layer in row i, so
    that the three members of one kind of layer contain all 6,561.

    Args:
        table: cells, or members of NAS-Bench-Macro.
        images: whose shape and classes the network has.
        rows: number of rows; default 3, and with Macro always 8.
        width: channels of the last row, and with Macro of the stem.
        norm: what is normalised in FaDE's rows; see `Skeleton`. Macro's layers have norms of their own.

    Raises:
        InputError: no such norm, too few or too many graphs, of both kinds, with rows of their own, or with the
            same layer twice in a row.
    """
    if not 1 <= len(table) <= MAX_CANDIDATES:
        raise InputError(f"a row takes 1 to {MAX_CANDIDATES} candidates, but got {len(table)} graphs")
    names = {str(name) for name in table.space}
    layered = {name: members for name in names if name in NETWORKS and (members := NETWORKS[name].layers)}
    if not layered:
        return _cells(table, Skeleton.fade(images.shape, images.classes, 3 if rows is None else rows, width, norm))
    [(space, members), *_] = layered.items()
    if len(names) > 1:
        raise InputError(f"members of {space} offer layers, others cells; give one kind, but got {', '.join(names)}")
    skeleton = members.skeleton(images.shape, images.classes, width)
    if rows not in (None, skeleton.rows):
        raise InputError(f"networks of {space} have {skeleton.rows} rows, but got {rows}")
    layers = [list(row) for row in zip(*map(members.split, table), strict=True)]
    for number, row in enumerate(layers):
        if len({layer.canonical_hash() for layer in row}) < len(row):
            raise InputError(f"row {number}: two of the graphs have the same layer; give one graph for each choice")
    return Candidates(skeleton, layers, members.join, space)


def _cells(table: ArchTable, skeleton: Skeleton) -> Candidates:
    for name, graph in zip(table.ids, table, strict=True):
        if "row" in graph.ops:
            raise InputError(f"graph {name} has rows of its own; candidates are single cells, as of dag:1-5")
    join = RowsSpace(DagSpace(), skeleton.rows).join
    return Candidates(skeleton, [list(table)] * skeleton.rows, join, _of_rows(table, skeleton.rows))


def _of_rows(table: ArchTable, rows: int) -> str:
    """The space of so many cells of a table one after another; empty where there is none."""
    names = {f"{name}x{rows}" for name in table.space}
    try:
        return spaces.get(names.pop()).name if len(names) == 1 else ""
    except InputError:
        return ""
