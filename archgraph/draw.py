"""Pictures of architectures: data flows from left to right, a column for each depth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib as mpl
import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from archgraph.graph import ArchGraph, Edge

FIXED = {"input": "#4c566a", "output": "#4c566a", "sum": "#d8dee9", "concat": "#d8dee9", "zero": "#ffffff"}
LABELLED = 3  # figures of so few graphs name the operation of every node


def draw_graphs(graphs: Sequence[ArchGraph], titles: Sequence[str] | None = None, columns: int = 3) -> Figure:
    """A figure with one panel a graph, as large as its graphs need, and a legend of the operations."""
    columns = min(columns, len(graphs))
    layouts = [_Layout(graph) for graph in graphs]
    rows = [layouts[i : i + columns] for i in range(0, len(graphs), columns)]
    labelled = len(graphs) <= LABELLED
    across, down = (1.1, 0.55) if labelled else (0.62, 0.42)  # inches between nodes
    width = columns * max(4.2, *(across * layout.depth for layout in layouts))
    heights = [max(2.2, *(down * layout.breadth for layout in row)) for row in rows]
    palette = _palette({name for layout in layouts for name in layout.ops})
    figure = Figure(figsize=(width, sum(heights) + 0.5), layout="constrained")
    panels = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights).ravel()
    for i, axes in enumerate(panels):
        axes.set_axis_off()
        if i < len(graphs):
            _draw(layouts[i], axes, palette, labelled)
            axes.set_title(titles[i] if titles else "", fontsize=9)
    handles = [
        panels[0].scatter([], [], s=70, color=color, edgecolors="#2e3440", label=name)
        for name, color in palette.items()
        if name not in ("input", "output")
    ]
    if handles:
        legend_columns = min(len(handles), max(2, int(width / 2)))
        figure.legend(handles=handles, loc="outside lower center", ncols=legend_columns, frameon=False, fontsize=8)
    return figure


def draw_panel(graph: ArchGraph, axes: Axes, operations: Collection[str], title: str = "") -> None:
    """Draw one graph on axes of a larger figure, in colours that are the same for the same `operations`."""
    axes.set_axis_off()
    _draw(_Layout(graph), axes, _palette({*operations, *graph.ops}), labelled=False)
    axes.set_title(title, fontsize=9)


def _draw(layout: _Layout, axes: Axes, palette: Mapping[str, Any], labelled: bool) -> None:
    """Draw one graph on `axes`; edges that would cross a node between their ends are bent around it."""
    place = layout.place
    for s, t in layout.edges:
        (x0, y0), (x1, y1) = place[s], place[t]
        inside = [(x, y) for x, y in place if x0 < x < x1]
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
    for (x, y), name in zip(place, layout.ops, strict=True):
        size = 40 if name == "sum" else 110
        axes.scatter([x], [y], s=size, color=palette[name], edgecolors="#2e3440", lw=0.7, zorder=3)
        if name in ("input", "output") or (labelled and name != "sum"):
            axes.annotate(name, (x, y), (0, -14), textcoords="offset points", ha="center", fontsize=6.5, zorder=4)
    xs, ys = zip(*place, strict=True)
    axes.set_xlim(min(xs) - 0.5, max(xs) + 0.5)
    axes.set_ylim(min(ys) - 0.8, max(ys) + 0.8)


def _palette(names: set[str]) -> dict[str, Any]:
    """A colour for each operation of a figure."""
    shades = mpl.colormaps["tab10" if len(names) <= 10 else "tab20"]
    free = cycle(shades(i) for i in range(shades.N))
    return {name: FIXED.get(name) or next(free) for name in sorted(names)}


class _Layout:
    """A graph without its trivial sums, and a place for each node: x is its depth, y near that of its neighbours."""

    def __init__(self, graph: ArchGraph) -> None:
        self.ops, self.edges = _without_trivial_sums(graph)
        self.place = _places(len(self.ops), self.edges)
        self.depth = 1 + max(x for x, _ in self.place)
        self.breadth = 2 + 2 * max(abs(y) for _, y in self.place)


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


def _places(n: int, edges: Sequence[Edge]) -> list[tuple[float, float]]:
    """Coordinates of each node: its depth, and a height near those of its neighbours.

    Parts that hang together only by the input and the output, as the two cells of a DARTS genotype, lie one above the
    other.
    """
    depth = [0] * n
    for s, t in sorted(edges):
        depth[t] = max(depth[t], depth[s] + 1)
    inner: nx.Graph[int] = nx.Graph((s, t) for s, t in edges if s > 0 and t < n - 1)
    inner.add_nodes_from(range(1, n - 1))
    height = [0.0] * n
    top = 0.0
    for part in sorted(nx.connected_components(inner), key=min):
        own = _heights(sorted(part), depth, [(s, t) for s, t in edges if s in part and t in part])
        low, high = min(own.values()), max(own.values())
        for v, y in own.items():
            height[v] = top + y - low
        top += high - low + 1
    height = [y - (top - 1) / 2 if 0 < v < n - 1 else 0.0 for v, y in enumerate(height)]
    return [(float(d), height[v]) for v, d in enumerate(depth)]


def _heights(nodes: Sequence[int], depth: Sequence[int], edges: Sequence[Edge]) -> dict[int, float]:
    """Heights of nodes, sorted in each column by the mean height of their neighbours."""
    near: dict[int, list[int]] = {v: [] for v in nodes}
    for s, t in edges:
        near[s].append(t)
        near[t].append(s)
    columns = [[v for v in nodes if depth[v] == d] for d in sorted({depth[v] for v in nodes})]
    height = dict.fromkeys(nodes, 0.0)
    for _ in range(8):
        for column in columns:
            column.sort(key=lambda v: (np.mean([height[u] for u in near[v]]) if near[v] else 0.0, v))
            for i, v in enumerate(column):
                height[v] = i - (len(column) - 1) / 2
    return height
