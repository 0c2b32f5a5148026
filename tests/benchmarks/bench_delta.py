"""What differences are worth: error by number of edits, labels needed as a space grows, and ranking a whole space.

    ARCHGRAPH_NASBENCH=FOLDER python tests/benchmarks/bench_delta.py edits | growth | ranking | warm [-o PICTURE.svg]

`edits` (figure 3 of Delta-NAS): error and sign of predicted differences against the number of edits, beside networks of
the same shape on the same features and labels that learn absolute values. `growth`: labels needed until 80 % of the
one-edit signs are right, in NAS-Bench-101 by vertices and NAS-Bench-201 by free edges. `ranking`: 424 labels, and all
423,624 cells of NAS-Bench-101. `warm`: few labels with and without a start from another metric or another space.
"""

from __future__ import annotations

import argparse
import resource
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from bench_predictors import macro, nb101, nb201
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import kendalltau

from archgraph import ArchTable, spaces
from archgraph.edits import edit_distance
from archgraph.seeds import derive_seed
from encoders import DeltaPredictor
from encoders.delta_network import train_networks, twist
from encoders.features import Features
from encoders.normal_scores import FeatureScales, RankScale
from encoders.subspaces import Subspaces

SEEDS, GOAL = 3, 0.8
TABLES = {"nb101": (nb101, "val_acc_108ep", 424), "nb201": (nb201, "c10_xvalid_val_mean", 156)}


def edits(path: Path | None) -> None:
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots(2, 2)
    for row, (name, (read, metric, size)) in enumerate(TABLES.items()):
        table = read()
        y = table.metrics[metric].to_numpy(float)
        x = Features.of(table)(table)
        found: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for seed in range(SEEDS):
            rng = np.random.default_rng(derive_seed(seed, name))
            labelled = rng.permutation(len(table))[:size]
            pairs = _pairs(table, rng)
            pairs = pairs[~np.isin(pairs, labelled).any(axis=1)]
            distance = np.array([edit_distance(table[int(a)], table[int(b)]) for a, b in pairs])
            scale = RankScale.of(y[labelled])
            wanted = scale.score(y[pairs[:, 1]]) - scale.score(y[pairs[:, 0]])
            for who, predicted in _differences(table, metric, x, y, labelled, pairs, seed, scale).items():
                for d in range(1, 9):
                    at = (distance == d) & (wanted != 0)
                    if at.sum() >= 10:
                        sign = float((np.sign(predicted) == np.sign(wanted))[at].mean())
                        found.setdefault((who, d), []).append((float(np.abs(predicted - wanted)[at].mean()), sign))
        for column, what in enumerate(("mean error, in deviations of the metric", "share of right signs")):
            for who in ("differences", "networks of differences", "networks of absolute values"):
                at = [d for d in range(1, 9) if (who, d) in found]
                axes[row, column].plot(at, [np.mean([f[column] for f in found[who, d]]) for d in at], "o-", label=who)
            axes[row, column].set(title=f"{name}, {size} labels", xlabel="edits", ylabel=what)
        for (who, d), values in sorted(found.items()):
            error, sign = np.mean(values, axis=0)
            print(f"| {name} | {who} | {d} | {error:.3f} | {sign:.3f} |", flush=True)
    axes[0, 0].legend()
    if path is not None:
        figure.savefig(path)


def _differences(
    table: ArchTable,
    metric: str,
    x: NDArray[np.float32],
    y: NDArray[np.float64],
    labelled: NDArray[np.intp],
    pairs: NDArray[np.intp],
    seed: int,
    scale: RankScale,
) -> dict[str, NDArray[np.float64]]:
    """Predicted differences of normal scores, by who predicts them."""
    hidden = table[np.arange(len(table))]
    hidden.metrics[metric] = np.where(np.isin(np.arange(len(table)), labelled), y, np.nan)
    ours = DeltaPredictor.fit(hidden, metric, seed=seed)
    a, b = (ours.encode(table[pairs[:, side]]) for side in (0, 1))
    inputs, goal = torch.from_numpy(x[labelled]), torch.from_numpy(scale.score(y[labelled])).float()
    found = {"differences": ours.score_difference(a, b)}
    for who, part in (("networks of differences", 1.0), ("networks of absolute values", 0.0)):
        networks = train_networks(inputs, goal, seed, pairs=part)
        (s, u), (t, v) = (networks.embed(torch.from_numpy(x[pairs[:, side]])) for side in (0, 1))
        found[who] = (t - s + part * twist(u, v)).double().mean(0).numpy()
    return found


def growth(path: Path | None) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, (name, parts, metric) in zip(figure.subplots(1, 2), (_cells(), _cubes()), strict=True):
        needed = []
        for label, table in parts:
            needed.append(_labels_needed(table, metric, label))
            print(f"| {name} | {label} | {len(table)} | {needed[-1]:.0f} |", flush=True)
        known = np.isfinite(needed)
        labels, sizes = np.array([label for label, _ in parts])[known], [len(table) for _, table in parts]
        needed = np.array(needed)[known]
        line, curve = np.polyfit(labels, needed, 1), np.polyfit(labels, np.log(needed), 1)
        fits = (np.polyval(line, labels), np.exp(np.polyval(curve, labels)))
        errors = [np.sqrt(np.mean((fit - needed) ** 2)) for fit in fits]
        print(
            f"{name}: labels = {line[0]:.1f} * size {line[1]:+.1f}, off by {errors[0]:.1f}; exponential, times "
            f"{np.exp(curve[0]):.2f} a step, off by {errors[1]:.1f}; the space: {', '.join(map(str, sizes))}"
        )
        axes.plot(labels, needed, "o", color="black")
        axes.plot(labels, fits[0], label="linear")
        axes.plot(labels, fits[1], "--", label="exponential")
        axes.set(title=name, ylabel=f"labels for {GOAL:.0%} right one-edit signs", xticks=labels)
        axes.legend()
    if path is not None:
        figure.savefig(path)


def _cells() -> tuple[str, list[tuple[int, ArchTable]], str]:
    table = nb101()
    return "nb101, vertices", [(n, table[table.graph_sizes <= n]) for n in (4, 5, 6, 7)], "val_acc_108ep"


def _cubes() -> tuple[str, list[tuple[int, ArchTable]], str]:
    """NAS-Bench-201 with the last edges free and the others skips."""
    table, space = nb201(), spaces.get("nasbench201")
    codes = np.array([space.encode(table[i]) for i in range(len(table))])  # type: ignore[attr-defined]
    skip = space.choices[0].index("identity")  # type: ignore[attr-defined]
    parts = [(free, table[(codes[:, : 6 - free] == skip).all(axis=1)]) for free in (2, 3, 4, 5, 6)]
    return "nb201, free edges", parts, "c10_xvalid_val_mean"


def _labels_needed(table: ArchTable, metric: str, label: int) -> float:
    """Labels with which `GOAL` of the one-edit signs are right, between the sizes of a grid; mean curve of all seeds.

    Pairs of equal value and pairs of two labelled architectures do not count.
    """
    x, y = Features.of(table)(table), table.metrics[metric].to_numpy(float)
    scores, pairs = FeatureScales.of(x)(x), _one_edit(table)
    pairs = pairs[y[pairs[:, 0]] != y[pairs[:, 1]]]
    used, place = np.unique(pairs, return_inverse=True)
    place, wanted = place.reshape(pairs.shape), np.sign(y[pairs[:, 1]] - y[pairs[:, 0]])
    orders = [
        np.random.default_rng(derive_seed(seed, "growth", label)).permutation(len(table)) for seed in range(SEEDS)
    ]
    before = (1.0, 0.5)
    for size in (6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 180, 256, 360, 512):
        if size > 0.7 * len(table):
            break
        right = []
        for seed, order in enumerate(orders):
            goal = RankScale.of(y[order[:size]]).score(y[order[:size]])
            predicted = Subspaces.fit(scores[order[:size]], goal, seed, most=4).mean(scores[used])
            new = ~np.isin(pairs, order[:size]).all(axis=1)
            signs = np.sign(predicted[place[:, 1]] - predicted[place[:, 0]])
            right.append((signs == wanted)[new].mean())
        now = (float(size), float(np.mean(right)))
        print(f"  {label}: {size} labels, {now[1]:.3f} of {len(pairs)} signs right", flush=True)
        if now[1] >= GOAL:
            return float(np.exp(np.interp(GOAL, (before[1], now[1]), np.log((before[0], now[0])))))
        before = now
    return float("nan")


def _one_edit(table: ArchTable, starts: int = 300, most: int = 3) -> NDArray[np.intp]:
    """Pairs of rows that are one edit apart: drawn rows, and of each up to `most` drawn neighbours, [P, 2]."""
    rng, space = np.random.default_rng(0), spaces.get(str(table.space[0]))
    rows = {key: row for row, key in enumerate(table.hashes())}
    pairs = []
    for start in rng.permutation(len(table))[:starts].tolist():
        near = ArchTable.from_graphs(space.neighbors(table[start])).hashes()
        found = [rows[key] for key in near if key in rows]
        pairs += [(start, found[i]) for i in rng.permutation(len(found))[:most]]
    return np.array(pairs, dtype=np.intp)


def _pairs(table: ArchTable, rng: np.random.Generator) -> NDArray[np.intp]:
    """Pairs of rows at many distances: one edit, two neighbours of one row, and random, [P, 2]."""
    one = _one_edit(table)
    two = [(a[1], b[1]) for a, b in pairwise(one) if a[0] == b[0] and a[1] != b[1]]
    return np.concatenate([one, np.array(two, dtype=np.intp), rng.integers(len(table), size=(400, 2))])


def ranking() -> None:
    clock, used = time.perf_counter(), time.process_time()
    table = nb101()
    predictor = DeltaPredictor.fit(table, "val_acc_108ep", train_size=424)
    fitted, spent = time.perf_counter() - clock, time.process_time() - used
    cells = spaces.get("nasbench101").enumerate()
    clock, used = time.perf_counter(), time.process_time()
    predictor.rank(cells)
    ranked, busy = time.perf_counter() - clock, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    clock = time.perf_counter()
    for i in range(50):
        predictor.difference(cells[i : i + 1], cells[i + 1 : i + 2])
    pair = (time.perf_counter() - clock) / 50
    print(
        f"{len(cells)} cells: fit {fitted:.0f} s, rank {ranked:.0f} s (processor {spent:.0f} s and {busy:.0f} s), "
        f"peak {peak:.2f} GB; a pair by itself {1000 * pair:.1f} ms, a cell of the ranking "
        f"{1000 * ranked / len(cells):.3f} ms: {pair * len(cells) / ranked:.0f} times faster than one pair a cell"
    )


def warm() -> None:
    """Kendall's tau on all the rest of each table."""
    cifar = DeltaPredictor.fit(nb201(), "c10_test_mean", train_size=200)
    cells = DeltaPredictor.fit(nb101(), "val_acc_108ep", train_size=424)
    for start, source, read, metric, sizes in (
        ("nb201 c10_test_mean, 200", cifar, nb201, "c100_test_mean", (20, 39)),
        ("nb101 val_acc_108ep, 424", cells, nb201, "c10_test_mean", (20, 39)),
        ("nb201 c10_test_mean, 200", cifar, macro, "test_mean", (20, 39)),
    ):
        table = read()
        truth = table.metrics[metric].to_numpy(float)
        for size in sizes:
            taus = []
            for seed in range(SEEDS):
                found = [DeltaPredictor.fit(table, metric, size, seed=seed, warm_start=s) for s in (source, None)]
                rest = ~np.isin(table.ids, found[0].anchors.ids)
                taus.append([kendalltau(p.rank(table)[rest], truth[rest])[0] for p in found])
            told = [f"{m:.4f} +- {s:.4f}" for m, s in zip(np.mean(taus, axis=0), np.std(taus, axis=0), strict=True)]
            print(f"| {metric} | {size} | {start} | {told[0]} | {told[1]} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("edits", "growth", "ranking", "warm"))
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.what in ("ranking", "warm"):
        {"ranking": ranking, "warm": warm}[options.what]()
    else:
        {"edits": edits, "growth": growth}[options.what](options.output)


if __name__ == "__main__":
    main()
