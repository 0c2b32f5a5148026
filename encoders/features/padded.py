"""Graphs of one size as dense arrays, a bounded number at a time, to compute something for all graphs of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from archgraph.equivalence import silence
from archgraph.errors import InputError
from archgraph.ops import OPS, STRUCTURE
from archgraph.table.table import ArchTable

_Scalar = TypeVar("_Scalar", bound=np.generic)
"""Kinds of operations that every graph needs and no one chooses."""
INPUT, JOIN, OUTPUT, FIRST = 0, 1, 2, 3
"""Classes of nodes: the input, what joins, the output; an operation that is chosen has class FIRST + its number."""


@dataclass(frozen=True)
class PaddedGraphs:
    """Graphs of the same number of nodes.

    Args:
        rows: their rows in the table, [B].
        node_class: class of each node, [B, nodes] int64.
        adjacency: whether an edge leads from s to t, [B, nodes, nodes] bool; nodes are in topological order.
    """

    rows: NDArray[np.int64]
    node_class: NDArray[np.int64]
    adjacency: NDArray[np.bool_]

    @property
    def nodes(self) -> int:
        return self.node_class.shape[1]

    @cached_property
    def edges(self) -> NDArray[np.bool_]:
        """The adjacency with graphs last, so that what is done at an edge is done for all at once, [s, t, B]."""
        return np.ascontiguousarray(self.adjacency.transpose(1, 2, 0))

    @cached_property
    def sources(self) -> list[NDArray[np.intp]]:
        """For each node the earlier ones that feed it in any of the graphs, [nodes] of [k]."""
        return [np.flatnonzero(column) for column in np.asarray(self.adjacency.any(axis=0)).T]

    def of_nodes(self, values: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """Values of classes [classes, Q] at the nodes, [nodes, Q, B]."""
        return np.ascontiguousarray(values[self.node_class].transpose(1, 2, 0))


def chosen_operations(table: ArchTable) -> list[str]:
    """Names of the operations that occur in a table and are a matter of choice, sorted."""
    return sorted({OPS[index].name for index in np.unique(table.op_index).tolist()} - STRUCTURE)


def padded(table: ArchTable, operations: Sequence[str], width: int, effective: bool = False) -> Iterator[PaddedGraphs]:
    """The graphs of a table in dense chunks, each of one number of nodes.

    Args:
        table: any graphs.
        operations: names of the operations that are told apart.
        width: numbers that the caller keeps for a node; chunks are made smaller the larger it is.
        effective: leave out every edge on no effective path: those at a `zero`, and those that no input reaches or that
            reach no output without passing one.

    Raises:
        InputError: an operation of the table is not among `operations`.
    """
    classes = _classes(table, operations)
    zeros = np.array([operation.kind == "zero" for operation in OPS])
    for rows, ops, adjacency in table.columns.dense(width):
        if effective:
            silence(adjacency, zeros[ops])
        yield PaddedGraphs(rows, classes[ops], adjacency)


def _classes(table: ArchTable, operations: Sequence[str]) -> NDArray[np.int64]:
    """The class of each operation of the vocabulary, [vocabulary]; -1 where it is unknown here."""
    fixed = {"input": INPUT, "output": OUTPUT}
    number = {name: FIRST + i for i, name in enumerate(operations)}
    classes = np.array([number.get(o.name, fixed.get(o.name, JOIN if o.name in STRUCTURE else -1)) for o in OPS])
    for index in np.unique(table.op_index).tolist():
        if classes[index] < 0:
            known = ", ".join(operations) or "none"
            raise InputError(f"a graph holds {OPS[index].name}, which is not among the operations known here: {known}")
    return classes
