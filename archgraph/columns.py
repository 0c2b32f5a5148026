"""Many graphs in flat arrays, and the check of all of them at once.

Edges go from lower to higher nodes. So if every node but the first has an edge into it, each is reached from the
first (by induction along the order); if every node but the last has an edge out of it, each leads to the last.
"Every node lies on a path" is then two scattered marks, and no graph has to be walked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archgraph.architecture import MAX_NODES, Edge
from archgraph.ops import OPS

_CELLS = 1 << 22  # elements of the largest array that a dense chunk needs
_CHUNK = 1 << 15  # graphs checked at once: bounds the working memory to a few tens of MB for small cells


@dataclass(frozen=True)
class GraphColumns:
    """Graphs in columns: graph i owns nodes `node_ptr[i]:node_ptr[i + 1]`, and edges likewise.

    Args:
        ops: operation indices of all nodes, [nodes] int16; -1 is an unknown operation.
        edges: sources and targets of all edges, numbered within their graph, [2, edges] int16.
        node_ptr: [graphs + 1] int64.
        edge_ptr: [graphs + 1] int64.
    """

    ops: NDArray[np.int16]
    edges: NDArray[np.int16]
    node_ptr: NDArray[np.int64]
    edge_ptr: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.node_ptr) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Nodes of each graph, [graphs]."""
        return np.diff(self.node_ptr)

    def part(self, start: int, stop: int) -> GraphColumns:
        """Graphs `start:stop`; the arrays of nodes and edges are views."""
        node, edge = self.node_ptr[start : stop + 1], self.edge_ptr[start : stop + 1]
        return GraphColumns(
            self.ops[node[0] : node[-1]], self.edges[:, edge[0] : edge[-1]], node - node[0], edge - edge[0]
        )

    def take(self, rows: NDArray[np.intp]) -> GraphColumns:
        """The graphs of `rows`, [R], in that order."""
        return GraphColumns(
            self.ops[_ranges(self.node_ptr, rows)],
            self.edges[:, _ranges(self.edge_ptr, rows)],
            pointers(self.node_ptr[rows + 1] - self.node_ptr[rows]),
            pointers(self.edge_ptr[rows + 1] - self.edge_ptr[rows]),
        )

    def dense(self, width: int = 1) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int16], NDArray[np.bool_]]]:
        """All graphs in chunks, each of one number of nodes and of a bounded size.

        Args:
            width: numbers that the caller keeps for a node; chunks are made smaller the larger it is.

        Yields:
            rows [B]; operations [B, nodes]; adjacency [B, nodes, nodes], from s to t.
        """
        sizes = np.diff(self.node_ptr)
        for nodes in np.unique(sizes).tolist():
            members = np.flatnonzero(sizes == nodes)
            step = max(1, _CELLS // (nodes * max(nodes, width)))
            for start in range(0, len(members), step):
                rows = members[start : start + step]
                part = self.take(rows)
                adjacency = np.zeros((len(rows), nodes, nodes), dtype=np.bool_)
                owner = np.repeat(np.arange(len(rows)), np.diff(part.edge_ptr))
                adjacency[owner, part.edges[0], part.edges[1]] = True
                yield rows, part.ops.reshape(len(rows), nodes), adjacency

    @classmethod
    def from_lists(cls, graphs: Sequence[tuple[Sequence[str], Sequence[Edge]]]) -> GraphColumns:
        """Columns of pairs (operation names, edges); edges are sorted, nothing is checked."""
        met = sorted(set().union(*(names for names, _ in graphs)))  # new ones come into the vocabulary in this order
        index = {name: OPS.index(name) for name in met}
        return cls(
            np.array([index[name] for names, _ in graphs for name in names], dtype=np.int16),
            np.ascontiguousarray(np.array([e for _, es in graphs for e in sorted(es)], np.int16).reshape(-1, 2).T),
            pointers([len(names) for names, _ in graphs]),
            pointers([len(es) for _, es in graphs]),
        )

    @classmethod
    def concatenate(cls, parts: Sequence[GraphColumns]) -> GraphColumns:
        """The graphs of all parts, in order."""
        return cls(
            np.concatenate([p.ops for p in parts] or [np.empty(0, np.int16)]),
            np.concatenate([p.edges for p in parts] or [np.empty((2, 0), np.int16)], axis=1),
            pointers(np.concatenate([np.diff(p.node_ptr) for p in parts] or [np.empty(0, np.int64)])),
            pointers(np.concatenate([np.diff(p.edge_ptr) for p in parts] or [np.empty(0, np.int64)])),
        )


def pointers(sizes: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of consecutive runs of these sizes starts, and the end: [len(sizes) + 1]."""
    ptr = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=ptr[1:])
    return ptr


def sort_and_check(graphs: GraphColumns) -> int | None:
    """Sort each graph's edges in place and find a graph that breaks the rules `ArchGraph` states.

    Returns:
        The row of such a graph, or None where all are architectures.
    """
    for start in range(0, len(graphs), _CHUNK):
        part = graphs.part(start, min(start + _CHUNK, len(graphs)))
        for broken in (_broken_nodes, _broken_edges, _broken_paths):
            rows = broken(part)
            if len(rows):
                return start + int(rows.min())
    return None


def _broken_nodes(part: GraphColumns) -> NDArray[np.int64]:
    """Rows with too few or too many nodes, an unknown operation, or a misplaced input or output."""
    sizes = np.diff(part.node_ptr)
    wrong_size = np.flatnonzero((sizes < 2) | (sizes > MAX_NODES))
    if len(wrong_size):
        return wrong_size
    wrong = part.ops < 0
    for name, ends in (("input", part.node_ptr[:-1]), ("output", part.node_ptr[1:] - 1)):
        misplaced = part.ops == OPS.index(name)
        misplaced[ends] ^= True
        wrong |= misplaced
    return _owners(part.node_ptr, np.flatnonzero(wrong))


def _broken_edges(part: GraphColumns) -> NDArray[np.int64]:
    """Rows with an edge that leaves the graph, goes backwards or stands twice; sorts the edges of the others."""
    source, target = part.edges
    sizes, counts = np.diff(part.node_ptr), np.diff(part.edge_ptr)
    outside = (source < 0) | (source >= target) | (target >= np.repeat(sizes, counts))
    if outside.any():
        return _owners(part.edge_ptr, np.flatnonzero(outside))
    key = (np.repeat(part.node_ptr[:-1], counts) + source) * MAX_NODES + target
    if not (key[1:] > key[:-1]).all():
        order = np.argsort(key)
        part.edges[:] = part.edges[:, order]
        key = key[order]
    return _owners(part.edge_ptr, np.flatnonzero(key[1:] == key[:-1]))


def _broken_paths(part: GraphColumns) -> NDArray[np.int64]:
    """Rows with a node that lies on no path; their edges are known to be in order."""
    base = np.repeat(part.node_ptr[:-1], np.diff(part.edge_ptr))
    entered, left = (np.zeros(len(part.ops), dtype=np.bool_) for _ in range(2))
    left[base + part.edges[0]] = True
    entered[base + part.edges[1]] = True
    entered[part.node_ptr[:-1]] = True
    left[part.node_ptr[1:] - 1] = True
    return _owners(part.node_ptr, np.flatnonzero(~(entered & left)))


def _owners(ptr: NDArray[np.int64], positions: NDArray[np.intp]) -> NDArray[np.int64]:
    """The row that owns each position."""
    return np.searchsorted(ptr, positions, side="right") - 1


def _ranges(ptr: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Positions `ptr[r]:ptr[r + 1]` for each row r, one after another."""
    first = ptr[rows]
    sizes = ptr[rows + 1] - first
    starts = pointers(sizes)
    return np.arange(starts[-1]) + np.repeat(first - starts[:-1], sizes)
