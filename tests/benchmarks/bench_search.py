"""What searches cost beside their evaluations, against plain Optuna TPE in the same run; processor time.

    ARCHGRAPH_TABLES=FOLDER python tests/benchmarks/bench_search.py overhead [--trials 500] [--stored 50]
    ARCHGRAPH_TABLES=FOLDER python tests/benchmarks/bench_search.py encodings [--seeds 20]

`overhead`: milliseconds a trial on NAS-Bench-201's table, all trials in memory and some of them in SQLite (there wall
time, since it waits for the disk). `encodings`: queries until the best with the same evolution, its predictor told of
architectures by other encodings (figure 4 of Delta-NAS).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna

from archgraph import ArchTable, spaces
from search import Atlas, TableObjective, make, open_study, run_in_bulk, run_study
from search.study import completed

SPACE = "nasbench201"
METRIC = "c10_xvalid_val_mean"


def objective() -> TableObjective:
    table = ArchTable.read(Path(os.environ["ARCHGRAPH_TABLES"]) / "nb201.parquet")
    return TableObjective(table, spaces.get(SPACE), [METRIC])


def overhead(trials: int, stored: int) -> None:
    made = objective()
    value = dict(zip(map(tuple, made.space.to_codes(made.members).tolist()), made.values[:, 0], strict=True))
    options = made.space.options

    def plain(trial: optuna.Trial) -> float:
        return value[tuple(trial.suggest_categorical(f"place{i}", list(range(n))) for i, n in enumerate(options))]

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    report("plain TPE, memory", trials, time.process_time, lambda: study.optimize(plain, n_trials=trials))
    for name in ("random", "evolution", "local", "tpe", "delta"):
        atlas, search = Atlas(made.space, made.members), open_study(None, name, {}, made.directions)
        method = make(name, made.space)
        report(
            f"{name}, memory",
            trials,
            time.process_time,
            lambda s=search, m=method, a=atlas: run_in_bulk(s, m, made, 0, lambda h: len(h) >= trials, a),
        )
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/s.db"
        study = optuna.create_study(storage=url, direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
        report("plain TPE, SQLite, wall", stored, time.perf_counter, lambda: study.optimize(plain, n_trials=stored))
        for name in ("random", "evolution", "tpe", "delta"):
            search = open_study(url, name, {}, made.directions)
            method = make(name, made.space)
            report(
                f"{name}, SQLite, wall",
                stored,
                time.perf_counter,
                lambda s=search, m=method: run_study(s, m, made, 0, lambda: len(completed(s)) >= stored),
            )


def report(name: str, trials: int, clock: Callable[[], float], work: Callable[[], object]) -> None:
    start = clock()
    work()
    print(f"{name:28s} {1000 * (clock() - start) / trials:8.2f} ms a trial", flush=True)


def one_hot(table: ArchTable) -> np.ndarray:
    codes = spaces.get(SPACE).to_codes(table)
    return (codes[:, :, None] == np.arange(5)).reshape(len(codes), -1).astype(np.float32)


def paths(table: ArchTable) -> np.ndarray:
    """Which sequences of operations lead from the input to the output (BANANAS, White et al. 2021)."""
    ways = ((3,), (0, 4), (1, 5), (0, 2, 5))  # edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3
    codes = spaces.get(SPACE).to_codes(table)
    found = np.zeros((len(codes), 5 + 25 + 125), dtype=np.float32)
    for way in ways:
        start = {1: 0, 2: 5, 3: 30}[len(way)]
        number = codes[:, way] @ 5 ** np.arange(len(way))
        found[np.arange(len(codes)), start + number] = 1
    return found


def encodings(seeds: int) -> None:
    made = objective()
    best = made.values.max()
    atlas = Atlas(made.space, made.members, {"one-hot": one_hot, "paths": paths})
    blocks = {
        "one-hot adjacency": ("one-hot",),
        "path encoding": ("paths",),
        "graph statistics": ("statistics",),
        "physics": ("physics",),
        "physics and statistics": ("physics", "statistics"),
    }
    for name, chosen in blocks.items():
        found = []
        for seed in range(seeds):
            study = open_study(None, "s", {}, made.directions)
            method = make("delta", made.space, settings={"blocks": chosen})
            run_in_bulk(study, method, made, seed, lambda h: len(h) >= 150 or (-h.losses[-1:] >= best).any(), atlas)
            values = [t.value for t in completed(study)]
            found.append(values.index(best) + 1 if best in values else np.inf)
        share = np.isfinite(found).mean()
        print(f"{name:24s} median {np.median(found):6.1f}, found by {share:.0%} of {seeds} seeds", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["overhead", "encodings"])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--stored", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    if options.what == "overhead":
        overhead(options.trials, options.stored)
    else:
        encodings(options.seeds)
