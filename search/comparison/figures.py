"""Figures of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from archgraph.drawing.graphs import draw_graphs
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.reports.figures import Figure, name_points
from search.comparison.curves import Curves, shared_costs
from search.comparison.runs import COSTS, ComparedProblem
from search.objectives.evaluation import QUERIES
from search.objectives.pareto import front
from search.studies.records import described_space

Floats = NDArray[np.float64]
Shades = dict[str, tuple[float, ...]]
"""Colour of each method."""
_WIDTH, _HEIGHT = 4.4, 3.4  # of a panel, in inches


def colors(names: Sequence[str]) -> Shades:
    """A colour for each method, the same in all figures of a comparison."""
    shades = mpl.colormaps["tab10" if len(names) <= 10 else "tab20"]
    return {name: shades(i % shades.N) for i, name in enumerate(names)}


def curves_figure(problem: ComparedProblem, shades: Shades | None = None) -> Figure:
    """Best so far, and regret, against each cost that all searches have: mean over seeds and its 95 % interval.

    Of one objective a point is a search at its best, and in reports it names that architecture.

    Args:
        problem: with its searches, such as one of `compare(...).problems`.
        shades: colour of each method; default its own.

    Example:
        >>> from search import curves_figure
        >>> from search.comparison.runs import read_runs
        >>> [problem] = read_runs(["journal:searches.log"])
        >>> curves_figure(problem).axes[0].get_ylabel()
        'best nodes so far'
    """
    shades = shades or colors(problem.names)
    costs = shared_costs(problem)
    figure = Figure(figsize=(2 * _WIDTH, len(costs) * _HEIGHT), layout="constrained")
    panels = figure.subplots(len(costs), 2, squeeze=False)
    for cost, (left, right) in zip(costs, panels, strict=True):
        found = [Curves.of(problem, name, cost) for name in problem.names]
        for curves in found:
            mean, low, high = curves.band()
            known = np.isfinite(mean)
            at, color = curves.cost[known], shades[curves.name]
            left.plot(at, problem.shown(mean[known]), color=color, label=curves.name, lw=1.6)
            left.fill_between(at, problem.shown(low[known]), problem.shown(high[known]), color=color, alpha=0.18, lw=0)
            regret, lower, upper = (line[known] - problem.target for line in (mean, low, high))
            right.plot(at, np.where(regret > 0, regret, np.nan), color=color, lw=1.6)
            right.fill_between(at, np.maximum(lower, regret / 10), upper, color=color, alpha=0.18, lw=0)
        if any((curves.band()[0] > problem.target).any() for curves in found):
            right.set_yscale("log")
        _name_bests(left, problem, cost, shades)
        left.set_ylim(*_focus(problem, found))
        left.set_ylabel(best_name(problem), parse_math=False)
        right.set_ylabel("regret")
        for axes in (left, right):
            axes.set_xlabel(COSTS[cost])
            axes.grid(alpha=0.25)
            if cost == QUERIES and max(curves.cost[-1] for curves in found) > 20:
                axes.set_xscale("log")
    _legend(panels[0][0])
    return figure


def _name_bests(axes: Axes, problem: ComparedProblem, cost: str, shades: Shades) -> None:
    """A point where each search found its best, which it names and draws."""
    if len(problem.metrics) != 1:
        return
    for name in problem.names:
        runs = [run for run in problem.runs if run.name == name]
        values = problem.shown(np.array([run.losses[run.best, 0] for run in runs]))
        at = [run.paid[cost][run.best] for run in runs]
        points = axes.scatter(at, values, s=9, color=shades[name], alpha=0.7, lw=0, zorder=3)
        natives = [run.architectures[run.best] for run in runs]
        texts = [f"{name}, seed {run.seed}: {native}" for run, native in zip(runs, natives, strict=True)]
        name_points(points, texts, _graphs(problem, natives))


def best_name(problem: ComparedProblem) -> str:
    """What the curves of a problem show."""
    if len(problem.metrics) == 1:
        return f"best {problem.metrics[0]} so far"
    return "volume dominated"


def time_figure(problem: ComparedProblem, shades: Shades | None = None) -> Figure:
    """The share of searches that have found the best after so many queries; arguments as of `curves_figure`.

    Example:
        >>> from search import time_figure
        >>> from search.comparison.runs import read_runs
        >>> [problem] = read_runs(["journal:searches.log"])
        >>> time_figure(problem).axes[0].get_ylabel()
        'share of seeds at the best'
    """
    shades = shades or colors(problem.names)
    figure = Figure(figsize=(_WIDTH * 1.4, _HEIGHT), layout="constrained")
    axes = figure.subplots()
    for name in problem.names:
        curves = Curves.of(problem, name)
        reached = curves.losses <= problem.target + 1e-12 * max(1.0, abs(problem.target))
        axes.plot(curves.cost, reached.mean(axis=0), color=shades[name], label=name, lw=1.6, drawstyle="steps-post")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("queries")
    axes.set_ylabel("share of seeds at the best")
    _legend(axes)
    axes.grid(alpha=0.25)
    return figure


def front_figure(problem: ComparedProblem, shades: Shades | None = None) -> Figure | None:
    """Fronts of the first seed of each method, and of all architectures; None unless there are two objectives.

    A point of a method is an architecture, which it names and draws in reports. Arguments as of `curves_figure`.

    Example:
        >>> from search import front_figure
        >>> from search.comparison.runs import read_runs
        >>> [problem] = read_runs(["journal:searches.log"])
        >>> front_figure(problem) is None
        True
    """
    shades = shades or colors(problem.names)
    if len(problem.metrics) != 2:
        return None
    figure = Figure(figsize=(_WIDTH * 1.4, _HEIGHT * 1.1), layout="constrained")
    axes = figure.subplots()
    if problem.optimum is not None:
        _steps(axes, problem.optimum * problem.signs, "#2e3440", "all architectures", 3.0)
    for name in problem.names:
        run = next(run for run in problem.runs if run.name == name)
        rows = np.array(front(run.losses), dtype=np.intp)
        values = run.losses[rows] * problem.signs
        _steps(axes, values, shades[name], f"{name}, seed {run.seed}", 1.4)
        points = axes.scatter(values[:, 0], values[:, 1], s=18, color=shades[name], zorder=3)
        natives = [run.architectures[row] for row in rows]
        name_points(points, [f"{name}: {native}" for native in natives], _graphs(problem, natives))
    axes.set_xlabel(problem.metrics[0], parse_math=False)
    axes.set_ylabel(problem.metrics[1], parse_math=False)
    _legend(axes)
    axes.grid(alpha=0.25)
    return figure


def winners_figure(problem: ComparedProblem) -> Figure | None:
    """The best architecture of each method over its seeds; None where they cannot be drawn.

    Example:
        >>> from search import winners_figure
        >>> from search.comparison.runs import read_runs
        >>> [problem] = read_runs(["journal:searches.log"])
        >>> winners_figure(problem) is None
        False
    """
    try:
        space = described_space(problem.space, problem.description)
        best = {name: _winner(problem, name) for name in problem.names}
        shown: dict[str, list[str]] = {}
        for name, native in best.items():
            shown.setdefault(native, []).append(name)
        graphs, titles = [], []
        for native, names in shown.items():
            graph = space.from_native(native)
            cells = space.split(graph)
            graphs += cells
            titles += [f"{', '.join(names)}{f', row {i + 1}' if len(cells) > 1 else ''}" for i in range(len(cells))]
    except InputError:
        return None
    return draw_graphs(graphs, titles, columns=1 if len(graphs[0].ops) > 8 else 3)


def _graphs(problem: ComparedProblem, natives: Sequence[str]) -> list[ArchGraph]:
    """The architectures of these native forms; none where the problem's space is not known here."""
    try:
        space = described_space(problem.space, problem.description)
        return [space.from_native(native) for native in natives]
    except InputError:
        return []


def _winner(problem: ComparedProblem, name: str) -> str:
    runs = [run for run in problem.runs if run.name == name]
    run = min(runs, key=lambda r: r.losses[r.best, 0])
    return run.architectures[run.best]


def _legend(axes: Axes) -> None:
    """A legend of names as they are: what stands between two $ in them is no formula."""
    for text in axes.legend(frameon=False, fontsize=8).get_texts():
        text.set_parse_math(False)


def _steps(
    axes: Axes, points: np.ndarray[tuple[int, int], np.dtype[np.float64]], color: object, label: str, width: float
) -> None:
    ordered = points[np.argsort(points[:, 0])]
    axes.plot(ordered[:, 0], ordered[:, 1], "o-", color=color, label=label, lw=width, ms=3)


def _focus(problem: ComparedProblem, found: Sequence[Curves]) -> tuple[float, float]:
    """Limits that show where the curves differ: from the worst method's median on."""
    losses = np.concatenate([curves.band()[0] for curves in found])
    losses = losses[np.isfinite(losses)]
    low, high = problem.target, float(np.quantile(losses, 0.97))
    edge = max(high - low, 1e-12) * 0.05
    ends = problem.shown(np.array([low - edge, high + edge]))
    return float(ends.min()), float(ends.max())
