"""What an architecture is: the rules for operations on nodes and for edges, before any graph object is made.

Nodes are in topological order, node 0 is `input`, the last node is `output`, no other node is either, and every node
lies on a path from the first to the last.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archgraph.errors import GraphError
from archgraph.ops import OPS

MAX_NODES = 4096
"""Largest architecture that is read or built, in nodes; keeps a small hostile file from exploding."""

Edge = tuple[int, int]


def check_architecture(ops: Sequence[str], edges: Sequence[Edge]) -> None:
    """Check the rules that the module states.

    Raises:
        GraphError: the first rule broken, with the node or edge that breaks it.
    """
    n = len(ops)
    if not 2 <= n <= MAX_NODES:
        raise GraphError(f"an architecture has 2 to {MAX_NODES} nodes, but got {n}")
    for i, name in enumerate(ops):
        if not isinstance(name, str) or name not in OPS:
            raise GraphError(
                f"node {i}: unknown operation {str(name)[:64]!r}; `archgraph.ops.OPS` lists the known ones, "
                "and a file describes others under `operations`"
            )
    if ops[0] != "input" or ops[-1] != "output" or "input" in ops[1:] or "output" in ops[:-1]:
        raise GraphError("the first node, and no other, must be `input`, and the last, and no other, `output`")
    for edge in edges:
        if len(edge) != 2 or not all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in edge):
            raise GraphError(f"an edge is a pair of node numbers, but got {str(edge)[:64]}")
        if not 0 <= edge[0] < edge[1] < n:
            raise GraphError(
                f"edge {list(edge)}: an edge goes from a lower to a higher node among 0..{n - 1} (topological order)"
            )
    if len({(int(s), int(t)) for s, t in edges}) != len(edges):
        raise GraphError("the same edge is given twice")
    stray = [i for i, used in enumerate(on_a_path(n, edges)) if not used]
    if stray:
        raise GraphError(f"node {stray[0]} ({ops[stray[0]]}) lies on no path from input to output; remove it")


def on_a_path(n: int, edges: Sequence[Edge]) -> list[bool]:
    """For each of n nodes, whether it lies on a path from node 0 to node n - 1. Edges are topologically ordered."""
    forward = [i == 0 for i in range(n)]
    backward = [i == n - 1 for i in range(n)]
    for s, t in sorted(edges):
        forward[t] |= forward[s]
    for s, t in sorted(edges, key=lambda e: (e[1], e[0]), reverse=True):
        backward[s] |= backward[t]
    return [f and b for f, b in zip(forward, backward, strict=True)]


def prune(ops: Sequence[str], edges: Sequence[Edge]) -> tuple[list[str], list[Edge]]:
    """Drop the nodes that lie on no path from input to output, and their edges; order is kept.

    Raises:
        GraphError: no path leads from input to output.
    """
    keep = on_a_path(len(ops), edges)
    if not any(keep):
        raise GraphError("no path leads from input to output")
    number = np.cumsum(keep) - 1
    kept = [(int(number[s]), int(number[t])) for s, t in edges if keep[s] and keep[t]]
    return [name for name, k in zip(ops, keep, strict=True) if k], kept
