"""What other spaces and other devices are worth where there are few labels.

    ARCHGRAPH_NASBENCH=FOLDER python tests/benchmarks/bench_transfer.py spaces | devices [--seeds 3]

`spaces`: each of four tables is left out; predictors without an encoder learn 200 labels of each of the others, and
predict the one left out with 0, 10 and 40 of its labels (validation accuracies where there are any), beside the same
labels alone, FLOPs and parameters; Kendall's tau on 3,000 other rows. With 0 labels there is what the others say.
`devices`: each of six latencies of HW-NAS-Bench on NAS-Bench-201 is left out; 10 labels of it, 200 of each of the
others; Spearman's correlation and the mean absolute error in percent, on 3,000 other rows. `known` reads the other
latencies as columns, where they are known of every architecture.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from bench_predictors import FOLDER, macro, nb101, nb201, transnas
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr

from archgraph import ArchTable
from archgraph.seeds import derive_seed
from encoders import DeltaPredictor
from encoders.delta.features import Features
from encoders.delta.warm_start import WarmStart
from encoders.features.normal_scores import FeatureScales

SPACES = {
    "NAS-Bench-101": (nb101, "val_acc_108ep", "test_acc_108ep"),
    "NAS-Bench-201": (nb201, "c10_xvalid_val_mean", "c10_test_mean"),
    "NAS-Bench-Macro": (macro, "test_mean", "test_mean"),
    "TransNAS-Bench-101, object": (transnas, "class_object", "class_object"),
}
DEVICES = ("edgegpu", "raspi4", "edgetpu", "pixel3", "eyeriss", "fpga")
SCORED, OF_OTHERS = 3000, 200
Floats = NDArray[np.float64]


def split(table: ArchTable, seed: int, name: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to label, in random order, and other rows to score on."""
    rows = np.random.default_rng(derive_seed(seed, "transfer", name)).permutation(len(table))
    return rows[SCORED:], rows[:SCORED]


def features_of(table: ArchTable) -> tuple[list[str], NDArray[np.float32]]:
    """Names and normal scores of what is known of all rows."""
    features = Features.of(table)
    x = features(table)
    return features.plain_names, FeatureScales.of(x)(x)


def line(name: str, found: dict[str, list[Floats]]) -> None:
    for who, values in found.items():
        mean, spread = np.mean(values, axis=0), np.std(values, axis=0)
        told = " | ".join(f"{m:.3f} +- {s:.3f}" for m, s in zip(mean, spread, strict=True))
        print(f"| {name} | {who} | {told} |", flush=True)


def learned(
    table: ArchTable, metric: str, rows: NDArray[np.intp], seed: int, start: Sequence[DeltaPredictor] = (), **known: Any
) -> DeltaPredictor:
    """A predictor of a table of which the labels of some rows are known."""
    hidden = table[np.arange(len(table))]
    hidden.metrics[metric] = table.metrics[metric].where(np.isin(np.arange(len(table)), rows))
    return DeltaPredictor.fit(hidden, metric, seed=seed, warm_start=start, **known)


def spaces(seeds: int) -> None:
    print("| left out | | 0 labels | 10 | 40 |\n|---|---|---|---|---|", flush=True)
    tables = {name: read() for name, (read, _, _) in SPACES.items()}
    known = {name: features_of(table) for name, table in tables.items()}
    found: dict[str, dict[str, list[Floats]]] = {name: {} for name in tables}
    for seed in range(seeds):
        source = {
            name: DeltaPredictor.fit(table, SPACES[name][1], train_size=OF_OTHERS, seed=seed)
            for name, table in tables.items()
        }
        for name, table in tables.items():
            others = [source[other] for other in tables if other != name]
            for who, said in left_out(table, *SPACES[name][1:], *known[name], others, seed, name).items():
                found[name].setdefault(who, []).append(said)
    for name, values in found.items():
        line(name, values)


def left_out(
    table: ArchTable,
    metric: str,
    score: str,
    names: list[str],
    x: NDArray[np.float32],
    others: list[DeltaPredictor],
    seed: int,
    name: str,
) -> dict[str, Floats]:
    """Kendall's tau with 0, 10 and 40 labels of a table, by who predicts."""
    rows, rest = split(table, seed, name)
    truth = table.metrics[score].to_numpy(float)[rest]
    start = WarmStart.before_labels([other.lesson for other in others], names, seed)
    few = {
        who: [learned(table, metric, rows[:size], seed, by).rank(table[rest]) for size in (10, 40)]
        for who, by in (("others", others), ("alone", []))
    }
    said = {"others": [start(x)[rest], *few["others"]], "alone": [np.zeros(len(rest)), *few["alone"]]}
    for size in ("log parameters", "log multiply-adds"):
        said[size] = [x[rest, names.index(size)]] * 3
    return {who: np.array([kendalltau(one, truth)[0] for one in all_three]) for who, all_three in said.items()}


def devices(seeds: int) -> None:
    print("| left out, 10 labels | | Spearman | mean absolute error, % |\n|---|---|---|---|", flush=True)
    frame = pd.read_parquet(FOLDER / "nb201_hw_latency_energy.parquet")
    frame = frame[frame["dataset"] == "c10"].set_index("index")
    table = nb201()
    latencies = frame.reindex(table.metrics["index"].astype(int))[[f"{device}_latency" for device in DEVICES]]
    usable = np.flatnonzero((latencies > 0).to_numpy().all(axis=1))
    table = table[usable]
    table.metrics = latencies.iloc[usable].reset_index(drop=True)
    names, x = features_of(table)
    size = x[:, names.index("log multiply-adds")]
    found: dict[str, dict[str, list[Floats]]] = {left: {} for left in latencies}
    for seed in range(seeds):
        rows, rest = split(table, seed, "devices")
        few, some = rows[:10], table[rows[10 : 10 + OF_OTHERS]]
        sources = {device: DeltaPredictor.fit(some, device, seed=seed) for device in latencies}
        for left in latencies:
            others = [other for other in latencies if other != left]
            truth = table.metrics[left].to_numpy(float)
            ways = {
                "alone": learned(table, left, few, seed),
                "others": learned(table, left, few, seed, [sources[other] for other in others]),
                "known": learned(table, left, few, seed, columns=others),
            }
            said = {who: predictor.predict(table[rest]).mean for who, predictor in ways.items()}
            said["log multiply-adds, a line"] = np.polyval(np.polyfit(size[few], truth[few], 1), size[rest])
            for who, values in said.items():
                wrong = 100 * np.mean(np.abs(values - truth[rest]) / truth[rest])
                found[left].setdefault(who, []).append(np.array([spearmanr(values, truth[rest])[0], wrong]))
    for name, values in found.items():
        line(name, values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("spaces", "devices"))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    {"spaces": spaces, "devices": devices}[options.what](options.seeds)


if __name__ == "__main__":
    main()
