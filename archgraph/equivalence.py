"""What of an architecture is effective, and which architectures are therefore one network.

What a `zero` sends, and what no input reaches or no output hears, has no effect, so whatever stands there might as well
be a `zero`; the rest is effective. An identity between two layers of a chain changes nothing. Architectures that are
equal but for both are one network. Identities beside other ways, and zeros that only make two numberings of the
vertices alike, are not looked through: benchmarks trained such cells one by one, and their records differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from archgraph.canonical import Colors, canonical_digests, operation_color
from archgraph.ops import OPS

if TYPE_CHECKING:
    from archgraph.table.table import ArchTable

Bools = NDArray[np.bool_]


def silence(adjacency: Bools, zero: Bools) -> None:
    """Remove from `adjacency` [B, nodes, nodes], in place, every edge without effect; `zero` is [B, nodes]."""
    nodes = zero.shape[1]
    adjacency &= ~zero[:, :, None] & ~zero[:, None, :]
    fed, used = ~zero, ~zero
    for v in range(1, nodes):
        fed[:, v] &= (adjacency[:, :v, v] & fed[:, :v]).any(axis=1)
    for v in range(nodes - 2, -1, -1):
        used[:, v] &= (adjacency[:, v, v + 1 :] & used[:, v + 1 :]).any(axis=1)
    effective = fed & used
    adjacency &= effective[:, :, None] & effective[:, None, :]


def network_hashes(table: ArchTable, hashes: Sequence[str]) -> list[str]:
    """The canonical hash of what the module's text leaves of each graph; equal exactly for those that are one network.

    Args:
        table: any graphs.
        hashes: their own canonical hashes, [len(table)].
    """
    found = np.array(hashes, dtype=object)
    zeros, identities = (np.array([operation.kind == kind for operation in OPS]) for kind in ("zero", "identity"))
    present = np.unique(table.op_index)
    if not (zeros | identities)[present].any() or any(OPS[i].kind == "product" for i in present.tolist()):
        return list(hashes)  # a product with a zero is one, so there nothing is looked through
    colors = np.array([operation_color(operation.name) for operation in OPS], dtype=np.uint64)
    zero_color = colors[present[zeros[present]]][:1]
    for rows, ops, adjacency in table.columns.dense():
        color = colors[ops]
        if len(zero_color):
            color[_idle(adjacency, zeros[ops])] = zero_color[0]
        changed = (color != colors[ops]).any(axis=1) | _shorten(adjacency, identities[ops])
        found[rows[changed]] = _digests(color[changed], adjacency[changed])
    return found.tolist()


def _idle(adjacency: Bools, zero: Bools) -> Bools:
    """The nodes without effect, [B, nodes], without input and output."""
    effective = adjacency.copy()
    silence(effective, zero)
    idle: Bools = np.asarray(~(effective.any(axis=1) | effective.any(axis=2)))
    idle[:, [0, -1]] = False
    return idle


def _shorten(adjacency: Bools, identity: Bools) -> Bools:
    """Join what stands before and behind each identity of a chain, in place; whether a graph had any, [B]."""
    everything = np.arange(len(adjacency))
    shortened = np.zeros(len(adjacency), dtype=np.bool_)
    for v in range(1, adjacency.shape[1] - 1):
        before, behind = adjacency[:, :, v].argmax(axis=1), adjacency[:, v].argmax(axis=1)
        single = (adjacency[:, :, v].sum(axis=1) == 1) & (adjacency[:, v].sum(axis=1) == 1)
        lonely = (adjacency[everything, before].sum(axis=1) == 1) & (adjacency[everything, :, behind].sum(axis=1) == 1)
        some = np.flatnonzero(identity[:, v] & single & lonely)
        adjacency[some, before[some], v] = adjacency[some, v, behind[some]] = False
        adjacency[some, before[some], behind[some]] = True
        shortened[some] = True
    return shortened


def _digests(colors: Colors, adjacency: Bools) -> list[str]:
    """Canonical hashes without the nodes that have no edge, but with input and output."""
    kept: Bools = np.asarray(adjacency.any(axis=1) | adjacency.any(axis=2))
    kept[:, [0, -1]] = True
    found: NDArray[np.object_] = np.empty(len(kept), dtype=object)
    counts = kept.sum(axis=1)
    for count in np.unique(counts).tolist():
        rows = np.flatnonzero(counts == count)
        nodes = np.nonzero(kept[rows])[1].reshape(len(rows), count)
        small = adjacency[rows[:, None, None], nodes[:, :, None], nodes[:, None, :]]
        found[rows] = [d.hex() for d in canonical_digests(colors[rows[:, None], nodes], small)]
    return found.tolist()
