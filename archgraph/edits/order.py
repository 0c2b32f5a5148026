"""Edges in any order made a graph in topological order, and one graph of each isomorphism class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archgraph.architecture import Edge
from archgraph.canonical import RawGraph, canonical_hashes
from archgraph.errors import GraphError


def distinct(graphs: Sequence[RawGraph], but: RawGraph) -> list[RawGraph]:
    """The first of each isomorphism class among `graphs`, without that of `but`; order is kept."""
    own, *hashes = canonical_hashes([but, *graphs])
    first = {h: raw for h, raw in zip(reversed(hashes), reversed(graphs), strict=True) if h != own}
    return list(reversed(first.values()))


def topological(ops: Sequence[str], edges: Iterable[Edge], output: int | None = None) -> RawGraph:
    """The same graph with nodes in topological order, input first and output last.

    Args:
        ops: operation of each node; node 0 is the input.
        edges: pairs (source, target) in any order.
        output: the output node; default the last.

    Raises:
        GraphError: the edges close a cycle.
    """
    last = len(ops) - 1 if output is None else output
    edges = list(edges)
    waiting = [0] * len(ops)
    after: list[list[int]] = [[] for _ in ops]
    for s, t in edges:
        waiting[t] += 1
        after[s].append(t)
    ready = [i for i in range(len(ops)) if not waiting[i] and i != last]
    order: list[int] = []
    for node in ready:
        order.append(node)
        for t in after[node]:
            waiting[t] -= 1
            if not waiting[t] and t != last:
                ready.append(t)
    if len(order) != len(ops) - 1 or waiting[last]:
        raise GraphError("the edges close a cycle; an architecture is acyclic")
    number = {node: i for i, node in enumerate([*order, last])}
    return tuple(ops[i] for i in [*order, last]), sorted((number[s], number[t]) for s, t in edges)
