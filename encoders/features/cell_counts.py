"""What each cell of an architecture of several holds: operations counted by the cell inputs that they come after.

Where a normal and a reduction cell stand side by side, as in DARTS' space, an operation in the one makes another
network than in the other, which counts over the whole graph do not tell (measured in tests/benchmarks/RESULTS.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.ops import OPS
from archgraph.table.table import ArchTable

Bools = NDArray[np.bool_]
KINDS = ("cell_input", "cell_skip_input")


def cell_inputs(operations: Iterable[str]) -> list[str]:
    """The cell inputs among some operations, sorted; none where there is but one, which tells no cells apart."""
    found = sorted(name for name in operations if OPS[OPS.index(name)].kind in KINDS)
    return found if len(found) > 1 else []


def cell_counts(table: ArchTable, operations: Sequence[str], inputs: Sequence[str]) -> NDArray[np.float32]:
    """How many nodes of each operation a cell input feeds, and how many come after it on any way.

    Args:
        table: any graphs.
        operations: names of the operations that are counted.
        inputs: the cell inputs that are told apart, such as `cell_inputs` gives.

    Returns:
        [len(table), F], the columns as `cell_count_names(operations, inputs)` names them.
    """
    result = np.zeros((len(table), 2, len(inputs), len(operations)), dtype=np.float32)
    if inputs:
        for rows, ops, adjacency in table.columns.dense(2 * len(inputs)):
            fed, after = _reached(adjacency, _is(inputs, ops))
            is_operation = _is(operations, ops).astype(np.float32)
            for number, reached in enumerate((fed, after)):
                result[rows, number] = np.einsum("bni,bno->bio", reached.astype(np.float32), is_operation)
    return result.reshape(len(table), 2 * len(inputs) * len(operations))


def cell_count_names(operations: Sequence[str], inputs: Sequence[str]) -> list[str]:
    """Names of the columns of `cell_counts`."""
    return [f"{name} {how} {start}" for how in ("fed by", "after") for start in inputs for name in operations]


def _is(names: Sequence[str], ops: NDArray[np.int16]) -> Bools:
    """Whether each node has each of the operations, [B, nodes, names]."""
    return ops[:, :, None] == np.array([OPS.index(name) for name in names])


def _reached(adjacency: Bools, start: Bools) -> tuple[Bools, Bools]:
    """Which nodes have an edge from each start, and which a way, [B, nodes, inputs]; nodes are in topological order."""
    fed, after = np.zeros_like(start), np.zeros_like(start)
    for node in range(1, start.shape[1]):
        entering = adjacency[:, :node, node, None]
        fed[:, node] = (entering & start[:, :node]).any(axis=1)
        after[:, node] = fed[:, node] | (entering & after[:, :node]).any(axis=1)
    return fed, after
