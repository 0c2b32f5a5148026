"""Writes a comparison: report.html that needs nothing else, every number as CSV, every figure as PNG and SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from archgraph.persistence.files import atomic_path, writable_folder, write_text
from archgraph.reports.figures import Figure, svg
from archgraph.reports.report_look import report_templates
from search.comparison.curves import TARGETS, Curves, column, over_seeds, shared_costs, summary
from search.comparison.figures import best_name, colors, curves_figure, front_figure, time_figure, winners_figure
from search.comparison.rank_tests import rank_tests
from search.comparison.runs import COSTS, ComparedProblem, SearchRun


def write_comparison(problems: Sequence[ComparedProblem], folder: Path, title: str) -> Path:
    """Write everything into a folder.

    Args:
        problems: with their runs.
        folder: created if missing.
        title: of the report.

    Returns:
        The path of report.html.

    Raises:
        InputError: the folder cannot be written.
    """
    folder = writable_folder(folder)
    pictures = writable_folder(folder / "figures")
    runs = pd.concat([summary(problem) for problem in problems], ignore_index=True)
    table = over_seeds(runs)
    tests = rank_tests(runs[runs["area"].notna()])
    curves = pd.concat([_curve_rows(problem) for problem in problems if problem.runs], ignore_index=True)
    trials = pd.concat([_trial_rows(problem) for problem in problems if problem.runs], ignore_index=True)
    tables = {"runs": runs, "summary": table, "tests": tests, "curves": curves, "trials": trials}
    tables["failures"] = pd.DataFrame(
        [row for problem in problems for row in _failure_rows(problem)],
        columns=["problem", "method", "seed", "trial", "architecture", "reason"],
    )
    for name, rows in tables.items():
        with atomic_path(folder / f"{name}.csv") as path:
            rows.to_csv(path, index=False)
    shades = colors(list(dict.fromkeys(name for problem in problems for name in problem.names)))
    numbers = count(1)
    sections = [_section(problem, table, tests, runs, shades, pictures, f"{next(numbers):02d}") for problem in problems]
    environment = report_templates("search.comparison")
    environment.filters["number"] = _number
    text = environment.get_template("report.html.j2").render(
        title=title,
        sections=sections,
        files=[f"{name}.csv" for name in tables],
        targets=[column(p) for p in TARGETS],
    )
    write_text(folder / "report.html", text)
    return folder / "report.html"


def _section(
    problem: ComparedProblem,
    table: pd.DataFrame,
    tests: pd.DataFrame,
    runs: pd.DataFrame,
    shades: dict[str, tuple[float, ...]],
    pictures: Path,
    number: str,
) -> dict[str, Any]:
    """What the template shows of one problem."""
    failed = [run for run in (*problem.runs, *problem.fruitless) if run.failures]
    shown: dict[str, Any] = {
        "label": problem.label,
        "space": problem.space,
        "metrics": ", ".join(problem.metrics),
        "failed": [{"method": run.name, "seed": run.seed, **_failed(run)} for run in failed],
    }
    if not problem.runs:
        return shown
    own = runs[runs["problem"] == problem.label]
    reached = own.groupby("method", sort=False)[[column(part) for part in TARGETS]]
    figures = {
        "curves": curves_figure(problem, shades),
        "time": time_figure(problem, shades),
        "front": front_figure(problem, shades),
        "winners": winners_figure(problem),
    }
    for name, figure in figures.items():
        if figure is not None:
            _save(figure, pictures / f"{number}-{name}")
    return shown | {
        "best": best_name(problem),
        "points": len(problem.metrics) == 1,
        "target": _number(float(problem.shown(np.array([problem.target]))[0])),
        "known": problem.optimum is not None,
        "rows": table[table["problem"] == problem.label].to_dict("records"),
        "reached": [
            {"method": name, "values": [(float(v.median()), float(v.notna().mean())) for _, v in part.items()]}
            for name, part in ((n, reached.get_group(n)) for n in problem.names)
        ],
        "tests": tests[tests["problem"] == problem.label].to_dict("records"),
        "test_metric": next((run.test[0] for run in problem.runs if run.test is not None), None),
        "figures": {name: Markup(svg(figure)) for name, figure in figures.items() if figure is not None},
    }


def _failed(run: SearchRun) -> dict[str, Any]:
    """How many evaluations of a search failed, and the reason of most of them."""
    reasons = Counter(failure.reason for failure in run.failures)
    return {"count": len(run.failures), "reason": reasons.most_common(1)[0][0], "all": not len(run.losses)}


def _failure_rows(problem: ComparedProblem) -> Iterator[dict[str, Any]]:
    """Every evaluation that failed."""
    for run in (*problem.runs, *problem.fruitless):
        for failure in run.failures:
            yield {"problem": problem.label, "method": run.name, "seed": run.seed, **asdict(failure)}


def _save(figure: Figure, stem: Path) -> None:
    write_text(stem.with_suffix(".svg"), svg(figure))
    with atomic_path(stem.with_suffix(".png")) as path:
        figure.savefig(path, dpi=130)


def _curve_rows(problem: ComparedProblem) -> pd.DataFrame:
    """Mean and interval of every curve, in the unit of the metric and as regret."""
    frames = []
    for cost in shared_costs(problem):
        for name in problem.names:
            curves = Curves.of(problem, name, cost)
            mean, low, high = curves.band()
            ends = np.sort([problem.shown(low), problem.shown(high)], axis=0)
            frames.append(
                pd.DataFrame(
                    {
                        "problem": problem.label,
                        "method": name,
                        "against": COSTS[cost],
                        "cost": curves.cost,
                        "best": problem.shown(mean),
                        "low": ends[0],
                        "high": ends[1],
                        "regret": mean - problem.target,
                        "median regret": np.median(curves.losses, axis=0) - problem.target,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def _trial_rows(problem: ComparedProblem) -> pd.DataFrame:
    """Every trial of every search."""
    frames = []
    for run in problem.runs:
        values = {name: run.losses[:, i] * problem.signs[i] for i, name in enumerate(problem.metrics)}
        paid = {f"total {COSTS[name]}": total for name, total in run.paid.items()}
        numbers = np.arange(len(run.losses))
        frames.append(
            pd.DataFrame(
                {"problem": problem.label, "method": run.name, "seed": run.seed, "trial": numbers}
                | values
                | paid
                | {"architecture": run.architectures}
            )
        )
    return pd.concat(frames, ignore_index=True)


def _number(value: float, digits: int = 4) -> str:
    if value is None or np.isnan(value):
        return ""
    return "never" if np.isinf(value) else f"{value:.{digits}g}"
