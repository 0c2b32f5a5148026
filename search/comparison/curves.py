"""What searches reach after how much: curves over seeds, their areas, and the time to reach a target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from search.comparison.runs import ComparedProblem, SearchRun
from search.objectives.evaluation import QUERIES

Floats = NDArray[np.float64]
_POINTS = 200  # of a curve against a cost
_DRAWS = 1000  # of the bootstrap
TARGETS = (0.0, 0.001, 0.01, 0.1)
"""Parts of the range between the first random architectures and the best, from which the time to reach is taken."""


def column(part: float) -> str:
    """The name of a column of `summary`."""
    return "queries to the best" if part == 0 else f"queries to within {part:g}"


_COLUMNS = ["problem", "method", "seed", "trials", "final", "regret", "area", *map(column, TARGETS), "test", "failed"]


@dataclass(frozen=True)
class Curves:
    """The least loss so far of one method against a cost, over seeds.

    A search that stopped because nothing was left to gain keeps its last value.

    Attributes:
        name: of the method.
        cost: where the curves are taken, [P].
        losses: [seeds, P]; NaN before the first trial is paid for.
    """

    name: str
    cost: Floats
    losses: Floats

    @classmethod
    def of(cls, problem: ComparedProblem, name: str, cost: str = QUERIES) -> Curves:
        """The curves of one method of a problem."""
        runs = [run for run in problem.runs if run.name == name]
        grid = grid_of(problem, cost)
        found = np.full((len(runs), len(grid)), np.nan)
        for row, run in enumerate(runs):
            so_far, paid = problem.so_far(run), run.paid[cost]
            last = np.searchsorted(paid, grid * (1 + 1e-12), side="right") - 1
            found[row, last >= 0] = so_far[last[last >= 0]]
        return cls(name, grid, found)

    def band(self) -> tuple[Floats, Floats, Floats]:
        """Mean over seeds, and its 95 % interval (normal approximation), [P] each; NaN until all seeds have begun."""
        count = len(self.losses)
        mean = self.losses.mean(axis=0)
        spread = self.losses.std(axis=0, ddof=1) if count > 1 else np.zeros_like(mean)
        half = 1.96 * spread / np.sqrt(count)
        return mean, mean - half, mean + half


def grid_of(problem: ComparedProblem, cost: str) -> Floats:
    """Where curves against a cost are taken: every query, or evenly up to the largest cost of a run."""
    most = max(float(run.paid[cost][-1]) for run in problem.runs)
    if cost == QUERIES and most <= 10_000:
        return np.arange(1.0, most + 1)
    return np.linspace(0, most, _POINTS + 1)[1:]


def shared_costs(problem: ComparedProblem) -> list[str]:
    """The costs that every run of a problem has paid."""
    return [name for name in problem.runs[0].paid if all(name in run.paid for run in problem.runs)]


def summary(problem: ComparedProblem) -> pd.DataFrame:
    """One row a search: what it reached, its area under the regret curve, and the queries until it was near the best.

    Columns `problem`, `method`, `seed`, `trials`, `final` (the metric), `regret`, `area` (mean regret over all queries
    of the longest search of the problem), `queries to within x` of the range between the median first architecture and
    the best; empty where it was not reached, `test`, the winner's figure there, and `failed`, evaluations that did.
    Of a search all of whose evaluations failed nothing else is known.
    """
    rows = [
        {"problem": problem.label, "method": run.name, "seed": run.seed, "trials": 0, "failed": len(run.failures)}
        for run in problem.fruitless
    ]
    return pd.DataFrame([*_summaries(problem), *rows], columns=_COLUMNS).astype(dict.fromkeys(_COLUMNS[4:-1], float))


def _summaries(problem: ComparedProblem) -> list[dict[str, object]]:
    """The rows of searches that have come to a value."""
    if not problem.runs:
        return []
    first = float(np.median([problem.so_far(run)[0] for run in problem.runs]))
    span = max(first - problem.target, 0.0)
    rows: list[dict[str, object]] = []
    for name in problem.names:
        curves = Curves.of(problem, name)
        area = np.nanmean(curves.losses - problem.target, axis=1)
        for run, own in zip((r for r in problem.runs if r.name == name), area, strict=True):
            so_far = problem.so_far(run)
            rows.append(
                {
                    "problem": problem.label,
                    "method": name,
                    "seed": run.seed,
                    "trials": len(so_far),
                    "final": float(problem.shown(so_far[-1:])[0]),
                    "regret": float(so_far[-1] - problem.target),
                    "area": float(own),
                    **{column(part): time_to(run, so_far, problem.target + part * span) for part in TARGETS},
                    "test": run.test[1] if run.test is not None else np.nan,
                    "failed": len(run.failures),
                }
            )
    return rows


def time_to(run: SearchRun, so_far: Floats, target: float) -> float:
    """Queries until a loss of at most `target`; NaN where it is not reached."""
    reached = np.flatnonzero(so_far <= target + 1e-12 * max(1.0, abs(target)))
    return float(run.paid[QUERIES][reached[0]]) if len(reached) else float("nan")


def over_seeds(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a problem and method: means with 95 % intervals, medians of queries to the best, shares at the best.

    The median counts a search that did not get there as infinitely long; its interval is a bootstrap over seeds. Means
    are of the searches that have come to a value.
    """
    rows = []
    for (problem, method), part in frame.groupby(["problem", "method"], sort=False):
        queries = part[column(0)].fillna(np.inf).to_numpy()
        low, high = _median_interval(queries)
        half = {name: 1.96 * part[name].std() / np.sqrt(part[name].count()) for name in ("area", "regret", "final")}
        rows.append(
            {
                "problem": problem,
                "method": method,
                "seeds": len(part),
                "median queries to the best": float(np.median(queries)),
                "interval low": low,
                "interval high": high,
                "share at the best": float(np.isfinite(queries).mean()),
                "share at the best by 100": float((queries <= 100).mean()),
                **{f"mean {name}": float(part[name].mean()) for name in half},
                **{f"half interval of {name}": float(value) for name, value in half.items()},
                "mean test": float(part["test"].mean()),
                "failed": int(part["failed"].sum()),
            }
        )
    return pd.DataFrame(rows)


def _median_interval(values: Floats) -> tuple[float, float]:
    """95 % interval of the median over seeds, by bootstrap."""
    rng = np.random.default_rng(0)
    medians = np.sort(np.median(rng.choice(values, (_DRAWS, len(values))), axis=1))
    return float(medians[int(0.025 * _DRAWS)]), float(medians[int(0.975 * _DRAWS) - 1])
