"""The difference predictor and the plain baseline on tabular benchmarks, scored on all the rest of each table.

    ARCHGRAPH_NASBENCH=FOLDER python tests/benchmarks/bench_predictors.py [--protocol nb101 nb201 others] [--seeds 5]
        [--scores nb101=FILE nb201=FILE] [--encoder base none plain scratch frozen] [--start 424]

Every row holds all predictors on the same labels: ours with the encoder that ships, ours without, and plain. They
learn from validation accuracies and are scored by Kendall's tau against test accuracies (protocol P1), or learn and are
scored on one metric (`others`, which are macro, transnas, nb201_hw and digits_darts).
The plain baseline is graph statistics and log parameters under a Gaussian process with one length scale a feature,
averaged with extremely randomised trees. `--encoder` chooses among them, a folder of an encoder, too: `scratch` is the
same network without pre-training, `frozen` is the one that ships, not trained on.
`--scores` names files that `archgraph supernet score` wrote, whose scores both predictors then may read.
`--start` begins NAS-Bench-201 from a predictor of so many labels of NAS-Bench-101: no longer protocol P1.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import kendalltau
from sklearn.ensemble import ExtraTreesRegressor

from archgraph import ArchTable
from archgraph.formats.tables import Options, read_native_table
from archgraph.seeds import derive_seed, seeded
from encoders import DeltaPredictor
from encoders.delta.learners.gaussian_process import GaussianProcess
from encoders.features.flow import flow_feature_names, flow_features
from encoders.features.normal_scores import RankScale
from encoders.features.padded import chosen_operations
from encoders.features.statistics import statistics
from encoders.graph_network.checkpoint import NetworkCheckpoint
from encoders.graph_network.network import GraphNetwork
from supernet.zerocost.propagation import COLUMNS
from supernet.zerocost.scores import OF_NETWORKS

FOLDER = Path(os.environ.get("ARCHGRAPH_NASBENCH", "."))


def nb101() -> ArchTable:
    return ArchTable.read(FOLDER / "nb101_30001.parquet")


def nb201() -> ArchTable:
    return read_native_table(FOLDER / "nb201.parquet", "nasbench201", Options("arch_str"))


def macro() -> ArchTable:
    return read_native_table(FOLDER / "nasbench_macro_c10.parquet", "macro", Options("arch"))


def transnas() -> ArchTable:
    return read_native_table(FOLDER / "transnas101_micro.parquet", "transnas", Options("arch"))


def hardware() -> ArchTable:
    frame = pd.read_parquet(FOLDER / "nb201_hw_latency_energy.parquet")
    latency = frame[frame["dataset"] == "c10"].set_index("index")["raspi4_latency"]
    table = nb201()
    values = latency.reindex(table.metrics["index"].astype(int)).to_numpy(float)
    table.metrics = pd.DataFrame({"raspi4_latency": np.where(values > 0, values, np.nan)})
    return table


def digits_darts() -> ArchTable:
    return ArchTable.read(Path(__file__).parents[2] / "data" / "digits_darts" / "digits_darts.parquet")


def plain(table: ArchTable, y: np.ndarray, rows: np.ndarray, seed: int, columns: np.ndarray) -> np.ndarray:
    """The baseline's predictions for all rows."""
    operations = chosen_operations(table)
    size = flow_features(table, operations)[:, flow_feature_names(operations).index("log parameters")]
    x = np.column_stack([statistics(table, operations), size, columns])
    goal = RankScale.of(y[rows]).score(y[rows])
    trees = ExtraTreesRegressor(300, min_samples_leaf=2, max_features=0.5, random_state=derive_seed(seed, "plain"))
    return (GaussianProcess.fit(x[rows], goal).mean(x) + trees.fit(x[rows], goal).predict(x)) / 2


def with_scores(table: ArchTable, files: str) -> list[str]:
    """Add the scores of files, whose names are separated by commas, to a table; their names there."""
    columns: list[str] = []
    for file in files.split(",") if files else []:
        found = ArchTable.read(file).metrics
        added = found[[name for name in found if name in (*OF_NETWORKS, *COLUMNS)]].add_suffix(f"_{len(columns)}")
        table.metrics = pd.concat([table.metrics, added], axis=1)
        columns += list(added)
    return columns


def scratch(seed: int) -> NetworkCheckpoint:
    """The network as it is before its pre-training."""
    with seeded(derive_seed(seed, "scratch")):
        return NetworkCheckpoint(GraphNetwork())


def compare(
    name: str,
    table: ArchTable,
    train: str,
    score: str,
    size: int,
    seeds: int,
    columns: list[str],
    encoders: list[str],
    start: DeltaPredictor | None = None,
) -> None:
    """One line: mean and spread over training sets of all predictors."""
    found: dict[str, list[float]] = {who: [] for who in encoders}
    seconds: dict[str, list[float]] = {who: [] for who in encoders}
    usable = table[np.isfinite(table.metrics[[train, score]].to_numpy(float)).all(axis=1)]
    truth, y = usable.metrics[score].to_numpy(float), usable.metrics[train].to_numpy(float)
    for seed in range(seeds):
        rows = np.random.default_rng(derive_seed(seed, name, size)).permutation(len(usable))[:size]
        rest = np.setdiff1d(np.arange(len(usable)), rows)
        hidden = usable[np.arange(len(usable))]
        hidden.metrics[train] = np.where(np.isin(np.arange(len(usable)), rows), y, np.nan)
        for who in encoders:
            clock = time.process_time()
            if who == "plain":
                predicted = plain(usable, y, rows, seed, usable.metrics[columns].to_numpy(float))
            else:
                encoder = {"none": None, "frozen": "base", "scratch": scratch(seed)}.get(who, who)
                predictor = DeltaPredictor.fit(
                    hidden, train, columns=columns, encoder=encoder, seed=seed, warm_start=start, frozen=who == "frozen"
                )
                predicted = predictor.rank(usable)
            seconds[who].append(time.process_time() - clock)
            found[who].append(float(kendalltau(predicted[rest], truth[rest])[0]))
    taus = [f"{np.mean(found[who]):.4f} +- {np.std(found[who]):.4f}" for who in encoders]
    spent = " / ".join(f"{np.mean(seconds[who]):.0f}" for who in encoders)
    print(f"| {name} {train} | {size} | {' | '.join(taus)} | {spent} s |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", nargs="+", default=["nb101", "nb201", "others"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--scores", nargs="*", default=[])
    parser.add_argument("--encoder", nargs="+", default=["base", "none", "plain"])
    parser.add_argument("--start", type=int)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    scores = dict(pair.split("=", 1) for pair in options.scores)
    print(f"| table, learned from | labels | {' | '.join(options.encoder)} | fit and rank, processor |")
    print("|---" * (len(options.encoder) + 3) + "|", flush=True)
    p1 = {
        "nb101": (nb101, "val_acc_108ep", "test_acc_108ep", (100, 172, 424, 4236)),
        "nb201": (nb201, "c10_xvalid_val_mean", "c10_test_mean", (39, 78, 156, 469, 781)),
    }
    for name, (read, train, score, sizes) in p1.items():
        if name in options.protocol:
            table, start = read(), None
            columns = with_scores(table, scores.get(name, ""))
            if options.start and name == "nb201":
                other = nb101()
                start = DeltaPredictor.fit(
                    other, "val_acc_108ep", options.start, columns=with_scores(other, scores.get("nb101", ""))
                )
            for size in options.sizes or sizes:
                compare(name, table, train, score, size, options.seeds, columns, options.encoder, start)
    kinds = [
        ("macro", macro, "test_mean"),
        ("transnas", transnas, "class_object"),
        ("transnas", transnas, "jigsaw"),
        ("nb201_hw", hardware, "raspi4_latency"),
        ("digits_darts", digits_darts, "val_loss"),
    ]
    for name, read, metric in kinds:
        if {name, "others"} & set(options.protocol):
            for size in options.sizes or (50, 100, 200):
                compare(name, read(), metric, metric, size, options.seeds, [], options.encoder)


if __name__ == "__main__":
    main()
