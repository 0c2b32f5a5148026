"""Labels needed until one-edit signs are right, as the space grows.

    ARCHGRAPH_NASBENCH=FOLDER python tests/benchmarks/bench_delta_growth.py [-o PICTURE.svg]

NAS-Bench-101 by vertices; NAS-Bench-201 by free edges, drawn anew for each training set, where the others skip. Only
pairs that tell something count: other function, and labels further apart than two measurements of one cell are
(`one_edit.Measured`); the ceiling is the share of their signs that the test accuracy repeats.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from bench_predictors import nb101, nb201
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from one_edit import Measured, one_edit
from sklearn.isotonic import IsotonicRegression

from archgraph import ArchTable, spaces
from archgraph.seeds import derive_seed
from encoders.delta.features import Features
from encoders.delta.learners.subspaces import Subspaces
from encoders.features.normal_scores import FeatureScales, RankScale

SEEDS, STARTS, GOALS = 5, 600, (0.8, 0.85, 0.9)
GRID = (4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 180, 256, 360, 512)
Rows = Callable[[int, int], NDArray[np.intp]]


def vertices(table: ArchTable) -> Rows:
    """The cells of at most so many vertices."""
    return lambda most, seed: np.flatnonzero(table.graph_sizes <= most)


def free_edges(table: ArchTable) -> Rows:
    """The cells whose edges skip but for so many, which the seed draws."""
    space = spaces.get("nasbench201")
    codes = np.array([space.encode(table[i]) for i in range(len(table))])  # type: ignore[attr-defined]
    skip = space.operations_at[0].index("identity")  # type: ignore[attr-defined]

    def rows(free: int, seed: int) -> NDArray[np.intp]:
        fixed = np.random.default_rng(derive_seed(seed, "edges")).permutation(6)[free:]
        return np.flatnonzero((codes[:, fixed] == skip).all(axis=1))

    return rows


def curve(table: ArchTable, x: NDArray[np.float32], truth: Measured, rows: Rows, size: int) -> tuple[list[float], str]:
    """Labels needed for each goal, by the nearest rising curve through the shares, and what is told of the space."""
    drawn, right, pairs_of = [], [], []
    for seed in range(SEEDS):
        members = rows(size, seed)
        pairs = members[one_edit(table[members], STARTS, seed=seed)]
        drawn.append((members, np.random.default_rng(derive_seed(seed, "growth", size)).permutation(members)))
        pairs_of.append(pairs[truth.tells(pairs)])
    ceiling = np.mean([truth.ceiling(pairs) for pairs in pairs_of])
    told = f"{len(drawn[0][0])} members, {np.mean([len(p) for p in pairs_of]):.0f} pairs, ceiling {ceiling:.3f}"
    sizes = [labels for labels in GRID if labels <= 0.7 * len(drawn[0][0])]
    for labels in sizes:
        shares = [
            signs(x, truth, members, order[:labels], pairs, seed)
            for seed, ((members, order), pairs) in enumerate(zip(drawn, pairs_of, strict=True))
        ]
        right.append(float(np.mean(shares)))
        print(f"  {size}: {labels} labels, {right[-1]:.3f}", flush=True)
        if right[-1] > max(GOALS) + 0.01:
            break
    rising = IsotonicRegression().fit_transform(np.arange(len(right)), right).tolist()
    return [crossing(sizes[: len(right)], rising, goal) for goal in GOALS], told


def signs(
    x: NDArray[np.float32],
    truth: Measured,
    members: NDArray[np.intp],
    labelled: NDArray[np.intp],
    pairs: NDArray[np.intp],
    seed: int,
) -> float:
    """The share of right signs with these labels; pairs of two labelled architectures do not count."""
    scales = FeatureScales.of(x[members])
    y = truth.label[labelled]
    learner = Subspaces.fit(scales(x[labelled]), RankScale.of(y).score(y), seed, most=4)
    pairs = pairs[~np.isin(pairs, labelled).all(axis=1)]
    a, b = (learner.mean(scales(x[pairs[:, side]])) for side in (0, 1))
    return float((np.sign(b - a) == np.sign(truth.label[pairs[:, 1]] - truth.label[pairs[:, 0]])).mean())


def crossing(sizes: list[int], right: list[float], goal: float) -> float:
    """Labels, on a logarithmic scale between sizes, where the goal is first reached; NaN where it is not."""
    before, share = 1.0, 0.5
    for labels, now in zip(sizes, right, strict=True):
        if now >= goal:
            return float(np.exp(np.interp(goal, (share, now), np.log((before, labels)))))
        before, share = float(labels), now
    return float("nan")


def draw(axes: Axes, name: str, goal: float, sizes: NDArray[np.int64], needed: NDArray[np.float64]) -> None:
    """One goal: points, and where three or more are known a line and an exponential, whose errors are printed."""
    known = np.isfinite(needed)
    (points,) = axes.plot(sizes[known], needed[known], "o", label=f"{goal:.0%}")
    if known.sum() < 3:
        return
    at, labels = sizes[known], needed[known]
    line, bend = np.polyfit(at, labels, 1), np.polyfit(at, np.log(labels), 1)
    fits = (np.polyval(line, at), np.exp(np.polyval(bend, at)))
    errors = [np.sqrt(np.mean((fit - labels) ** 2)) for fit in fits]
    print(
        f"{name}, {goal:.0%}: labels = {line[0]:.1f} * size {line[1]:+.1f}, off by {errors[0]:.1f}; "
        f"times {np.exp(bend[0]):.2f} a step, off by {errors[1]:.1f}",
        flush=True,
    )
    axes.plot(at, fits[0], "-", color=points.get_color())
    axes.plot(at, fits[1], ":", color=points.get_color())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for one, (name, read, select, metrics, sizes) in zip(
        axes,
        (
            ("NAS-Bench-101, vertices", nb101, vertices, ("val_acc_108ep", "test_acc_108ep"), (4, 5, 6, 7)),
            ("NAS-Bench-201, free edges", nb201, free_edges, ("c10_xvalid_val_mean", "c10_test_mean"), (2, 3, 4, 5, 6)),
        ),
        strict=True,
    ):
        table = read()
        x, truth, rows, needed = Features.of(table)(table), Measured.of(table, *metrics), select(table), []
        for size in sizes:
            found, told = curve(table, x, truth, rows, size)
            needed.append(found)
            print(f"| {name} | {size} | {told} | {', '.join(f'{labels:.0f}' for labels in found)} |", flush=True)
        for goal, labels in zip(GOALS, np.array(needed).T, strict=True):
            draw(one, name, goal, np.array(sizes), labels)
        one.set(title=name, ylabel="labels for right one-edit signs", xticks=sizes)
        one.legend(title="line and exponential (dotted)", framealpha=0.4)
    if options.output is not None:
        figure.savefig(options.output)


if __name__ == "__main__":
    main()
