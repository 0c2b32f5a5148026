"""Where the nodes and edges of a drawn graph stand, and which of them carry something."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import networkx as nx
import numpy as np

from archgraph.architecture import Edge
from archgraph.reports.page_drawing import DrawnGraph

_BESIDE = 0.45  # room that an edge takes as it crosses a column, where a node takes 1

Point = tuple[float, float]


class GraphLayout:
    """A graph without its trivial sums, and a point for each node: its depth, and a height near its neighbours'.

    Attributes:
        routes: for each edge the points by which it crosses the columns between its ends.
        carries: of each node whether something comes from the input through it to the output, past every `zero`.
    """

    def __init__(self, graph: DrawnGraph) -> None:
        self.ops, self.edges = _without_trivial_sums(graph)
        self.carries = _carrying(self.ops, self.edges)
        n = len(self.ops)
        depth = [0] * n
        for s, t in self.edges:
            depth[t] = max(depth[t], depth[s] + 1)
        links: list[Edge] = []
        crossed: dict[Edge, list[int]] = {}
        for s, t in self.edges:
            crossed[s, t] = list(range(len(depth), len(depth) + depth[t] - depth[s] - 1))
            depth += range(depth[s] + 1, depth[t])
            links += pairwise([s, *crossed[s, t], t])
        points = _coordinates(n, depth, links)
        self.points = points[:n]
        self.routes = {edge: [points[v] for v in nodes] for edge, nodes in crossed.items()}
        self.depth = 1 + max(depth)
        self.breadth = max(y for _, y in points) - min(y for _, y in points)


def _without_trivial_sums(graph: DrawnGraph) -> tuple[list[str], list[Edge]]:
    """The graph with every sum that has one input or one output joined to its neighbour."""
    ops = dict(enumerate(graph.ops))
    shown: nx.DiGraph[int] = nx.DiGraph(graph.edges)
    shown.add_nodes_from(ops)
    for node, op in ops.items():
        if op == "sum" and min(shown.in_degree(node), shown.out_degree(node)) == 1:
            links = [(s, t) for s in shown.predecessors(node) for t in shown.successors(node)]
            if any(shown.has_edge(*link) for link in links):
                continue
            shown.remove_node(node)
            shown.add_edges_from(links)
    kept = sorted(shown)
    number = {node: i for i, node in enumerate(kept)}
    return [ops[node] for node in kept], sorted((number[s], number[t]) for s, t in shown.edges)


def _carrying(ops: Sequence[str], edges: Sequence[Edge]) -> list[bool]:
    """Of each node whether something comes through it; nodes stand in topological order."""
    reached, heard = {0}, {len(ops) - 1}
    for s, t in sorted(edges):
        if s in reached and "zero" not in (ops[s], ops[t]):
            reached.add(t)
    for s, t in sorted(edges, reverse=True):
        if t in heard and "zero" not in (ops[s], ops[t]):
            heard.add(s)
    return [node in (0, len(ops) - 1) or (node in reached and node in heard) for node in range(len(ops))]


def _coordinates(n: int, depth: Sequence[int], edges: Sequence[Edge]) -> list[Point]:
    """Coordinates of each of n nodes, and of each point by which an edge crosses a column: depth, and height.

    Parts that hang together only by the input and the output, as the two cells of a DARTS genotype, lie one above the
    other.
    """
    ends = (0, n - 1)
    inner: nx.Graph[int] = nx.Graph((s, t) for s, t in edges if s not in ends and t not in ends)
    inner.add_nodes_from(v for v in range(len(depth)) if v not in ends)
    height = [0.0] * len(depth)
    top = 0.0
    for part in sorted(nx.connected_components(inner), key=min):
        own = _heights(n, sorted(part), depth, [(s, t) for s, t in edges if s in part and t in part])
        low, high = min(own.values()), max(own.values())
        for v, y in own.items():
            height[v] = top + y - low
        top += high - low + 1
    return [(float(d), 0.0 if v in ends else height[v] - (top - 1) / 2) for v, d in enumerate(depth)]


def _heights(n: int, nodes: Sequence[int], depth: Sequence[int], edges: Sequence[Edge]) -> dict[int, float]:
    """Heights of nodes, sorted in each column by the mean height of their neighbours."""
    near: dict[int, list[int]] = {v: [] for v in nodes}
    for s, t in edges:
        near[s].append(t)
        near[t].append(s)
    columns: dict[int, list[int]] = {}
    for v in nodes:
        columns.setdefault(depth[v], []).append(v)
    height = dict.fromkeys(nodes, 0.0)
    for _ in range(8):
        for column in columns.values():
            column.sort(key=lambda v: (np.mean([height[u] for u in near[v]]) if near[v] else 0.0, v))
            room = np.array([1.0 if v < n else _BESIDE for v in column])
            middles = np.cumsum(room) - room / 2
            for v, y in zip(column, middles - room.sum() / 2, strict=True):
                height[v] = float(y)
    return height
