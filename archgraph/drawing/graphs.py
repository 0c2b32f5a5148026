"""Pictures of architectures: data flow from left to right, or from top to bottom where a graph is deep."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from itertools import cycle
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Curve

from archgraph.drawing.layout import GraphLayout, Point
from archgraph.errors import InputError
from archgraph.reports.figures import Figure
from archgraph.reports.page_drawing import DrawnGraph
from archgraph.texts import printable

FIXED = {"input": "#4c566a", "output": "#4c566a", "sum": "#d8dee9", "concat": "#d8dee9", "zero": "#ffffff"}
LABELLED = 3  # figures of so few graphs name the operation of every node
MAX_EDGES = 2000  # of a graph; each takes some milliseconds, and beyond nobody sees anything
DEEP = 14  # nodes on a path from which on data flow from top to bottom
_LINE = "#4c566a"
_LINE_HEIGHT = 0.155  # of a title, in inches
_RADIUS = 0.09  # of a node without a name, in inches
_BOX = 0.26  # height of a named node, in inches
_FADED = 0.3  # how strongly that is drawn which carries nothing


def draw_graphs(graphs: Sequence[DrawnGraph], titles: Sequence[str] | None = None, columns: int = 3) -> Figure:
    """A figure with one panel a graph, as large as its graphs need.

    Up to three graphs have the name of every operation written in its node; more have a legend of colours instead.
    A title may have several lines.

    Raises:
        InputError: there is no graph, or one has more than `MAX_EDGES`.

    Example:
        >>> from archgraph import draw_graphs, spaces
        >>> graph = spaces.get("nasbench201").from_native(
        ...     "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
        ... )
        >>> draw_graphs([graph], ["a cell"]).axes[0].get_title()
        'a cell'
    """
    if not graphs:
        raise InputError("a picture shows at least one graph, but got none")
    if (most := max(len(graph.edges) for graph in graphs)) > MAX_EDGES:
        raise InputError(f"a picture shows graphs of at most {MAX_EDGES} edges, but got one of {most}")
    columns = min(columns, len(graphs))
    layouts = [GraphLayout(graph) for graph in graphs]
    names = {name for layout in layouts for name in layout.ops}
    style = _Style(names, labelled=len(graphs) <= LABELLED, upright=max(layout.depth for layout in layouts) > DEEP)
    rows = [layouts[i : i + columns] for i in range(0, len(graphs), columns)]
    width = max(3.2, *(style.size(layout)[0] for layout in layouts))
    named = [_wrapped(title, width) for title in (titles or [""] * len(graphs))]
    heights = [max(style.size(layout)[1] for layout in row) for row in rows]
    above = [
        _LINE_HEIGHT * max(title.count("\n") + 2 for title in named[i : i + columns])
        for i in range(0, len(graphs), columns)
    ]
    operations = sorted(names - {"input", "output"})
    legend_columns = max(1, min(len(operations), int(columns * width / 2)))
    below = 0.1 if style.labelled else 0.2 + 0.2 * -(-len(operations) // legend_columns)
    size = columns * width, sum(heights) + sum(above) + below
    figure = Figure(figsize=size)
    for i, layout in enumerate(layouts):
        row, column = divmod(i, columns)
        top = sum(heights[: row + 1]) + sum(above[: row + 1])
        place = (column * width / size[0], 1 - top / size[1], width / size[0], heights[row] / size[1])
        axes = figure.add_axes(place)
        axes.set_axis_off()
        style.draw(layout, axes, (width, heights[row]))
        axes.set_title(named[i], fontsize=9, parse_math=False)
    if not style.labelled:
        handles = legend_handles(figure.axes[0], names)
        figure.legend(handles=handles, loc="lower center", ncols=legend_columns, frameon=False, fontsize=8)
    return figure


def legend_handles(axes: Axes, operations: Collection[str]) -> list[PathCollection]:
    """What a legend of the operations' colours shows; `axes` are any of the figure."""
    return [
        axes.scatter([], [], s=70, color=color, edgecolors="#2e3440", label=name)
        for name, color in _palette(set(operations)).items()
        if name not in ("input", "output")
    ]


def draw_panel(graph: DrawnGraph, axes: Axes, operations: Collection[str], title: str = "") -> None:
    """Draw one graph on axes of a larger figure, in colours that are the same for the same `operations`."""
    axes.set_axis_off()
    layout = GraphLayout(graph)
    style = _Style({*operations, *graph.ops}, labelled=False, upright=layout.depth > DEEP)
    style.draw(layout, axes, style.size(layout))
    axes.set_title(printable(title), fontsize=9, parse_math=False)


class _Style:
    """How nodes and edges look, the same in all panels of a figure; sizes are inches."""

    def __init__(self, names: set[str], labelled: bool, upright: bool) -> None:
        self.labelled, self.upright = labelled, upright
        self.palette = _palette(names)
        self.box = 0.2 + 0.058 * max(map(len, names))
        along, across = (0.62, 0.4)
        if labelled:
            along, across = (0.5, self.box + 0.15) if upright else (self.box + 0.4, 0.4)
        self.along, self.across = along, across

    def size(self, layout: GraphLayout) -> tuple[float, float]:
        """Width and height of a graph's panel."""
        long, broad = self.along * (layout.depth - 1), self.across * layout.breadth
        margin = (self.box if self.labelled else 0.5) + 0.3, 0.8
        return (broad + margin[0], long + margin[1]) if self.upright else (long + margin[0], broad + margin[1])

    def draw(self, layout: GraphLayout, axes: Axes, size: tuple[float, float]) -> None:
        """Draw one graph in the middle of a panel of this size."""
        points = [self._at(point) for point in layout.points]
        for s, t in layout.edges:
            way = [points[s], *map(self._at, layout.routes[s, t]), points[t]]
            shade = 1.0 if layout.carries[s] and layout.carries[t] else _FADED
            self._arrow(axes, way, self._reach(layout.ops[s]), self._reach(layout.ops[t]), shade)
        for point, name, carries in zip(points, layout.ops, layout.carries, strict=True):
            self._node(axes, point, name, 1.0 if carries else _FADED)
        axes.set_aspect("equal")
        x, y = (((min(values) + max(values)) / 2) for values in zip(*points, strict=True))
        axes.set_xlim(x - size[0] / 2, x + size[0] / 2)
        axes.set_ylim(y - size[1] / 2, y + size[1] / 2)

    def _at(self, point: Point) -> Point:
        along, across = point[0] * self.along, point[1] * self.across
        return (across, -along) if self.upright else (along, across)

    def _boxed(self, name: str) -> bool:
        return self.labelled and name != "sum"

    def _reach(self, name: str) -> float:
        """From the middle of a node to where its edges start, along the flow."""
        if not self._boxed(name):
            return _RADIUS * (0.7 if name == "sum" else 1)
        return (_BOX if self.upright else self.box) / 2

    def _node(self, axes: Axes, point: Point, name: str, shade: float) -> None:
        color = self.palette[name]
        if not self._boxed(name):
            dot = Circle(point, self._reach(name), facecolor=color, edgecolor="#2e3440", lw=0.7, zorder=3, alpha=shade)
            axes.add_patch(dot)
            if name in ("input", "output"):
                away = (0, 9 if self.upright and name == "input" else -15)
                axes.annotate(name, point, away, textcoords="offset points", ha="center", fontsize=6.5)
            return
        end = name in ("input", "output")
        corner = (point[0] - self.box / 2 + 0.05, point[1] - _BOX / 2 + 0.05)
        shape = FancyBboxPatch(corner, self.box - 0.1, _BOX - 0.1, "round,pad=0.05", ec="#2e3440", lw=0.7, zorder=3)
        shape.set_facecolor(color if end else [(1 + channel) / 2 for channel in to_rgb(color)])
        shape.set_alpha(shade)
        axes.add_patch(shape)
        ink = "white" if end else "black"
        axes.text(*point, name, ha="center", va="center", fontsize=7, color=ink, alpha=shade, parse_math=False)

    def _arrow(self, axes: Axes, way: list[Point], start: float, stop: float, shade: float) -> None:
        """An arrow through the points of `way`; it leaves and enters each along the flow."""
        axis, step = (1, -1) if self.upright else (0, 1)
        beside = self._reach("")
        reach = [start, *[beside] * (len(way) - 2), stop]
        left = [_moved(point, axis, step * r) for point, r in zip(way[:-1], reach[:-1], strict=True)]
        entered = [_moved(point, axis, -step * r) for point, r in zip(way[1:], reach[1:], strict=True)]
        points: list[Point] = []
        codes: list[np.uint8] = []
        for a, b in zip(left, entered, strict=True):  # curved between columns, straight past the nodes of one
            half = (b[axis] - a[axis]) / 2
            points += [a, _moved(a, axis, half), _moved(b, axis, -half), b]
            codes += [Curve.LINETO if codes else Curve.MOVETO, *[Curve.CURVE4] * 3]
        path = Curve(points, codes)
        arrow = FancyArrowPatch(
            path=path, arrowstyle="-|>", mutation_scale=7, color=_LINE, lw=0.9, zorder=2, alpha=shade
        )
        axes.add_patch(arrow)


def _moved(point: Point, axis: int, by: float) -> Point:
    return (point[0] + by, point[1]) if axis == 0 else (point[0], point[1] + by)


def _wrapped(title: str, width: float) -> str:
    """A title on as many lines as it needs."""
    wrapped = (textwrap.wrap(printable(line), max(8, int(width / 0.085))) for line in title.split("\n"))
    return "\n".join(line for lines in wrapped for line in lines)


def _palette(names: set[str]) -> dict[str, Any]:
    """A colour for each operation of a figure."""
    shades = mpl.colormaps["tab10" if len(names) <= 10 else "tab20"]
    free = cycle(shades(i) for i in range(shades.N))
    return {name: FIXED.get(name) or next(free) for name in sorted(names)}
