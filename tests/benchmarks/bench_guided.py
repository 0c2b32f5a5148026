"""Graphs that a difference predictor puts first, generated: how good they are by the table that it learned a part of.

    ARCHGRAPH_TABLES=FOLDER python tests/benchmarks/bench_guided.py ENCODER [--seeds 20] [--labels 100]

ENCODER is trained on NAS-Bench-201 (`archgraph encoder train --space nasbench201`). A seed draws labels, learns a
predictor without an encoder of its own, and generates 100 graphs that it puts first. Beside it what ranking every
member gives.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np

from archgraph import ArchTable
from encoders import DeltaPredictor, load_encoder
from encoders.generation.generate import generate

METRIC = "c10_xvalid_val_mean"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--labels", type=int, default=100)
    given = parser.parse_args()
    table = ArchTable.read(Path(os.environ["ARCHGRAPH_TABLES"]) / "nb201.parquet")
    checkpoint, values = load_encoder(given.encoder), table.metrics[METRIC].to_numpy()
    known = dict(zip(table.hashes(), values, strict=True))
    bar, percentile = np.quantile(values, [0.999, 0.99])
    rows = []
    for seed in range(given.seeds):
        labelled = np.random.default_rng(1000 + seed).choice(len(table), given.labels, replace=False)
        predictor = DeltaPredictor.fit(table[labelled], METRIC, seed=seed)
        begun = time.process_time()
        drawn = generate(checkpoint, 100, seed=seed, score=predictor.rank)
        spent = time.process_time() - begun
        found = np.array([known[digest] for digest in drawn.hashes()])
        ranked = values[np.argsort(-predictor.rank(table))]
        rows.append((found[:10].max() >= bar, ranked[:10].max() >= bar, found.mean(), ranked[:100].mean(), spent))
    best, ceiling, mean, most, seconds = map(np.array, zip(*rows, strict=True))
    high, highest = mean > percentile, most > percentile
    print(f"best of 10 in the best thousandth: {best.mean():.0%} of seeds; by ranking all {ceiling.mean():.0%}")
    print(f"mean of 100: {mean.mean():.2f} +- {mean.std():.2f}; by ranking all {most.mean():.2f} +- {most.std():.2f}")
    print(f"above the 99th percentile, {percentile:.2f}: {high.mean():.0%}; by ranking all {highest.mean():.0%}")
    print(f"{seconds.mean():.1f} s of a core for 100 graphs")


if __name__ == "__main__":
    main()
