"""Pictures of architectures: data flows from left to right, a column for each depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from archgraph.graph import ArchGraph, Edge
from archgraph.ops import OPS

COLORS = {"input": "#4c566a", "output": "#4c566a", "sum": "#d8dee9", "concat": "#d8dee9", "conv": "#2e7ebb"}
OTHER = "#d9822b"
MAX_DRAWN = 200


def draw_graphs(graphs: Sequence[ArchGraph], titles: Sequence[str] | None = None, columns: int = 3) -> Figure:
    """A figure with one panel a graph, and a legend of the operations."""
    columns = min(columns, len(graphs))
    rows = -(-len(graphs) // columns)
    figure = Figure(figsize=(4.2 * columns, 2.4 * rows + 0.4), layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for i, axes in enumerate(panels):
        axes.set_axis_off()
        if i < len(graphs):
            draw_graph(graphs[i], axes)
            axes.set_title(titles[i] if titles else "", fontsize=9)
    shown = [name for graph in graphs for name in _without_trivial_sums(graph)[0]]
    inner = [name for name in shown if OPS[OPS.index(name)].kind not in ("input", "output")]
    handles = [
        panels[0].scatter([], [], s=70, color=_color(name), edgecolors="#2e3440", label=name)
        for name in dict.fromkeys(inner)
    ]
    if handles:
        figure.legend(
            handles=handles, loc="outside lower center", ncols=min(len(handles), 5), frameon=False, fontsize=8
        )
    return figure


def draw_graph(graph: ArchGraph, axes: Axes) -> None:
    """Draw one graph on `axes`; edges that would cross a node between their ends are bent around it."""
    ops, edges = _without_trivial_sums(graph)
    place = _layout(len(ops), edges)
    for s, t in edges:
        (x0, y0), (x1, y1) = place[s], place[t]
        inside = [place[v] for v in range(len(ops)) if x0 < place[v][0] < x1]
        crossed = any(abs(y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y) < 0.3 for x, y in inside)
        bend = 0.25 * (1 if y0 + y1 >= 0 else -1) if crossed else 0.0
        axes.add_patch(
            FancyArrowPatch(
                (x0, y0),
                (x1, y1),
                arrowstyle="-|>",
                mutation_scale=8,
                shrinkA=6,
                shrinkB=6,
                color="#4c566a",
                lw=0.9,
                connectionstyle=f"arc3,rad={bend}",
            )
        )
    for (x, y), name in zip(place, ops, strict=True):
        small = OPS[OPS.index(name)].kind == "sum"
        axes.scatter([x], [y], s=40 if small else 110, color=_color(name), edgecolors="#2e3440", lw=0.7, zorder=3)
        if name in ("input", "output"):
            axes.annotate(name, (x, y), (0, -13), textcoords="offset points", ha="center", fontsize=7)
    xs, ys = zip(*place, strict=True)
    axes.set_xlim(min(xs) - 0.5, max(xs) + 0.5)
    axes.set_ylim(min(ys) - 0.8, max(ys) + 0.8)


def _color(name: str) -> Any:
    kind = OPS[OPS.index(name)].kind
    return COLORS.get(kind, OTHER)


def _without_trivial_sums(graph: ArchGraph) -> tuple[list[str], list[Edge]]:
    """The graph with every sum that has one input or one output joined to its neighbour."""
    shown = graph.to_networkx()
    ops = dict(enumerate(graph.ops))
    for node, op in ops.items():
        if op == "sum" and min(shown.in_degree(node), shown.out_degree(node)) == 1:
            links = [(s, t) for s in shown.predecessors(node) for t in shown.successors(node)]
            if any(shown.has_edge(*link) for link in links):
                continue
            shown.remove_node(node)
            shown.add_edges_from(links)
    kept = sorted(shown)
    place = {node: i for i, node in enumerate(kept)}
    return [ops[node] for node in kept], sorted((place[s], place[t]) for s, t in shown.edges)


def _layout(n: int, edges: Sequence[Edge]) -> list[tuple[float, float]]:
    """Coordinates of each node: its depth, and a height near those of its neighbours."""
    depth = [0] * n
    for s, t in sorted(edges):
        depth[t] = max(depth[t], depth[s] + 1)
    columns = [[v for v in range(n) if depth[v] == d] for d in range(max(depth) + 1)]
    height = [0.0] * n
    near: list[list[int]] = [[] for _ in range(n)]
    for s, t in edges:
        near[s].append(t)
        near[t].append(s)
    for _ in range(8):
        for column in columns:
            column.sort(key=lambda v: (np.mean([height[u] for u in near[v]]) if near[v] else 0.0, v))
            for i, v in enumerate(column):
                height[v] = i - (len(column) - 1) / 2
    return [(float(d), height[v]) for v, d in enumerate(depth)]
