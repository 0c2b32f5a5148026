"""What differences are worth: error by number of edits, ranking a whole space, and starting from another predictor.

    ARCHGRAPH_NASBENCH=FOLDER python tests/benchmarks/bench_delta.py edits | ranking | warm | coverage
        [-o PICTURE.svg] [--encoder base]

`edits` (figure 3 of Delta-NAS): error and sign of predicted differences against the number of edits, beside networks of
the same shape on the same features and labels that learn absolute values. Signs are counted where a pair tells
something (`one_edit.Measured`); the ceiling is the share of them that the test accuracy repeats. `ranking`: 424 labels,
and all 423,624 cells of NAS-Bench-101. `warm`: few labels with and without a start from another metric or space.
`coverage`: shares of true values within one and two predicted deviations, 100 labels of six tables, and how far
predictions go beyond the best value that there is.
"""

from __future__ import annotations

import argparse
import resource
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from bench_predictors import digits_darts, hardware, macro, nb101, nb201, transnas
from matplotlib.figure import Figure
from numpy.typing import NDArray
from one_edit import Measured, one_edit
from scipy.stats import kendalltau

from archgraph import ArchTable, spaces
from archgraph.edits.paths import edit_distance
from archgraph.seeds import derive_seed
from encoders import DeltaPredictor
from encoders.delta.features import Features
from encoders.delta.learners.networks import context_term, train_networks
from encoders.features.normal_scores import RankScale

SEEDS = 3
TABLES = {
    "nb101": (nb101, "val_acc_108ep", "test_acc_108ep", 424),
    "nb201": (nb201, "c10_xvalid_val_mean", "c10_test_mean", 156),
}
LEARNERS = ("differences", "networks of differences", "networks of absolute values")


def edits(path: Path | None) -> None:
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots(2, 2)
    for row, (name, (read, metric, again, size)) in enumerate(TABLES.items()):
        table = read()
        truth = Measured.of(table, metric, again)
        y = table.metrics[metric].to_numpy(float)
        x = Features.of(table)(table)
        found: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
        for seed in range(SEEDS):
            rng = np.random.default_rng(derive_seed(seed, name))
            labelled = rng.permutation(len(table))[:size]
            pairs = _pairs(table, rng)
            pairs = pairs[~np.isin(pairs, labelled).any(axis=1)]
            distance = np.array([edit_distance(table[int(a)], table[int(b)]) for a, b in pairs])
            scale, tells = RankScale.of(y[labelled]), truth.tells(pairs)
            wanted = scale.score(y[pairs[:, 1]]) - scale.score(y[pairs[:, 0]])
            for who, predicted in _differences(table, metric, x, y, labelled, pairs, seed, scale).items():
                right = np.sign(predicted) == np.sign(y[pairs[:, 1]] - y[pairs[:, 0]])
                for d in range(1, 9):
                    at = distance == d
                    if (at & tells).sum() >= 10:
                        error, ceiling = np.abs(predicted - wanted)[at].mean(), truth.ceiling(pairs[at & tells])
                        found.setdefault((who, d), []).append((float(error), right[at & tells].mean(), ceiling))
        for column, what in enumerate(("mean error, in deviations of the metric", "share of right signs")):
            for who in LEARNERS:
                at = [d for d in range(1, 9) if (who, d) in found]
                axes[row, column].plot(at, [np.mean([f[column] for f in found[who, d]]) for d in at], "o-", label=who)
            axes[row, column].set(title=f"{name}, {size} labels", xlabel="edits", ylabel=what)
        for d in range(1, 9):
            told = [np.mean(found[who, d], axis=0) for who in LEARNERS if (who, d) in found]
            cells = [f"{error:.2f} / {sign:.3f}" for error, sign, _ in told]
            if told:
                print(f"| {name} | {d} | {' | '.join(cells)} | {told[0][2]:.3f} |", flush=True)
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
        found[who] = (t - s + part * context_term(u, v)).double().mean(0).numpy()
    return found


def _pairs(table: ArchTable, rng: np.random.Generator) -> NDArray[np.intp]:
    """Pairs of rows at many distances: one edit, two neighbours of one row, and random, [P, 2]."""
    one = one_edit(table)
    two = [(a[1], b[1]) for a, b in pairwise(one) if a[0] == b[0] and a[1] != b[1]]
    return np.concatenate([one, np.array(two, dtype=np.intp), rng.integers(len(table), size=(400, 2))])


def ranking(encoder: str | None) -> None:
    clock, used = time.perf_counter(), time.process_time()
    table = nb101()
    predictor = DeltaPredictor.fit(table, "val_acc_108ep", train_size=424, encoder=encoder)
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


def coverage() -> None:
    """Without an encoder, scored on 3,000 other rows."""
    for name, read, metric, sign in (
        ("macro", macro, "test_mean", 1),
        ("transnas", transnas, "class_object", 1),
        ("nb201_hw", hardware, "raspi4_latency", -1),
        ("digits_darts", digits_darts, "val_loss", -1),
        ("nb101", nb101, "val_acc_108ep", 1),
        ("nb201", nb201, "c10_xvalid_val_mean", 1),
    ):
        table = read()
        table = table[np.isfinite(table.metrics[metric].to_numpy(float))]
        truth = table.metrics[metric].to_numpy(float)
        found = []
        for seed in range(SEEDS):
            rows = np.random.default_rng(derive_seed(seed, "coverage", name)).permutation(len(table))
            predictor = DeltaPredictor.fit(table[rows[:100]], metric, seed=seed)
            rest = rows[100:3100]
            predicted = predictor.predict(table[rest])
            z = np.abs(truth[rest] - predicted.mean) / predicted.std
            beyond = (sign * predicted.mean).max() - (sign * truth).max()
            found.append(((z <= 1).mean(), (z <= 2).mean(), beyond))
        one, two, beyond = np.mean(found, axis=0)
        print(f"| {name} | {one:.3f} | {two:.3f} | {beyond:+.3g} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("edits", "ranking", "warm", "coverage"))
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--encoder", help="of the ranking; default none")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.what == "edits":
        edits(options.output)
    elif options.what == "ranking":
        ranking(options.encoder)
    else:
        {"warm": warm, "coverage": coverage}[options.what]()


if __name__ == "__main__":
    main()
