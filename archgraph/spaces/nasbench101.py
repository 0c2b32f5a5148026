"""NAS-Bench-101: cells of at most seven nodes and nine edges, one of three operations on each interior node.

Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search" (ICML 2019). There are 423,624 cells up
to isomorphism. The native form is the adjacency matrix row by row and the operations, joined by a colon; both parts
as in the official records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archgraph.architecture import Edge
from archgraph.ops import OPS
from archgraph.spaces.node_cells import NodeCellSpace

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

OPERATIONS = (OPS["conv3x3-bn-relu"], OPS["conv1x1-bn-relu"], OPS["maxpool3x3"])
"""The operations in the order in which the official hash numbers them."""

_LABELS = {operation.name: i for i, operation in enumerate(OPERATIONS)} | {"input": -1, "output": -2}


class NASBench101Space(NodeCellSpace):
    """The 423,624 cells of NAS-Bench-101.

    Example:
        >>> from archgraph.spaces import NASBench101Space
        >>> space = NASBench101Space()
        >>> space.name, space.operations
        ('nasbench101', ('input', 'output', 'conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'))
    """

    def __init__(self) -> None:
        super().__init__("nasbench101", [operation.name for operation in OPERATIONS], max_vertices=7, max_edges=9)

    def official_hash(self, graph: ArchGraph) -> str:
        """The benchmark's own MD5 hash of a member, under which its records are filed.

        Raises:
            GraphError: the graph is no member.
        """
        self.validate(graph)
        return official_hash(graph.ops, graph.edges)


def official_hash(ops: Sequence[str], edges: Sequence[Edge]) -> str:
    """The official MD5 hash of a cell: 32 hexadecimal digits.

    Each node starts from its out-degree, in-degree and operation; as often as there are nodes, it takes in the sorted
    hashes of its predecessors and of its successors; the sorted hashes of all nodes make the cell's.
    """
    nodes = range(len(ops))
    before: list[list[int]] = [[] for _ in nodes]
    after: list[list[int]] = [[] for _ in nodes]
    for s, t in edges:
        before[t].append(s)
        after[s].append(t)
    hashes = [_md5(str((len(after[v]), len(before[v]), _LABELS[ops[v]]))) for v in nodes]
    for _ in nodes:
        incoming = ["".join(sorted([hashes[w] for w in before[v]])) for v in nodes]
        outgoing = ["".join(sorted([hashes[w] for w in after[v]])) for v in nodes]
        hashes = [_md5(f"{incoming[v]}|{outgoing[v]}|{hashes[v]}") for v in nodes]
    return _md5(str(sorted(hashes)))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
