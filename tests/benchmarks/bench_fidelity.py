"""Searches that stop poor evaluations early, on NAS-Bench-101's records after 4, 12, 36 and 108 epochs.

The value that is searched is the validation accuracy after 108 epochs, and a search ends where it has completed one of
the best thousandth of the table. Each fidelity is a training of its own, as it was when the records were made, and
costs its epochs; so one that goes through 36 and 108 costs 144. The costs are in evaluations of 108 epochs.

    ARCHGRAPH_NASBENCH=FOLDER python tests/benchmarks/bench_fidelity.py --seeds 30
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import mannwhitneyu

from archgraph import ArchTable, spaces
from archgraph.seeds import derive_seed
from archgraph.storages.quiet import quiet_optuna
from archgraph.storages.study import open_study
from search.architectures import Architectures
from search.loop import run_in_bulk
from search.methods import make
from search.objectives.evaluation import QUERIES
from search.objectives.table import TableObjective
from search.pruned_loop import run_pruned
from search.studies.study import complete, ended, kept

MOST = 250.0
"""Evaluations after which a search is given up."""
ARMS: dict[str, tuple[str, str, tuple[int, ...], dict[str, Any]]] = {
    "delta": ("delta", "none", (108,), {}),
    "delta, halving at 36": ("delta", "hyperband", (36, 108), {"reduction_factor": 4}),
    "delta, hyperband 36": ("delta", "hyperband", (36, 108), {}),
    "delta, hyperband 4": ("delta", "hyperband", (4, 12, 36, 108), {}),
    "tpe": ("tpe", "none", (108,), {}),
    "tpe, halving at 36": ("tpe", "hyperband", (36, 108), {"reduction_factor": 4}),
    "tpe, hyperband 36": ("tpe", "hyperband", (36, 108), {}),
    "tpe, hyperband 4": ("tpe", "hyperband", (4, 12, 36, 108), {}),
}
"""Name -> method, pruner, fidelities, settings of the pruner."""


def search(table: ArchTable, met: Architectures, arm: str, seed: int) -> tuple[float, int, int]:
    """Cost until a search has one of the best thousandth, infinite where it is given up; trials, and complete ones."""
    method, pruner, epochs, settings = ARMS[arm]
    names = {n: f"val_acc_{n}ep" for n in epochs}
    objective = TableObjective(table, met.space, ["val_acc_108ep"], fidelities=names)
    good = float(np.sort(objective.values[:, 0])[-(len(table) // 1000)])
    study = open_study(None, arm, {}, objective.directions)

    def paid(trials: Sequence[Any]) -> float:
        return float(sum(trial.user_attrs[QUERIES] for trial in ended(trials)))

    def finished(trials: Sequence[Any]) -> bool:
        return any(trial.values[0] >= good for trial in complete(trials[-1:])) or paid(trials) >= MOST

    chosen, own = make(method, met.space), derive_seed(seed, method)
    if pruner == "none":
        run_in_bulk(study, chosen, objective, own, finished, met)
    else:
        run_pruned(study, chosen, objective, own, finished, pruner, met, settings=settings)
    trials = kept(study)
    found = any(trial.values[0] >= good for trial in complete(trials[-1:]))
    return paid(trials) if found else np.inf, len(trials), len(complete(trials))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--folder", type=Path, default=os.environ.get("ARCHGRAPH_NASBENCH"))
    given = parser.parse_args()
    table, space = ArchTable.read(given.folder / "nb101_30001.parquet"), spaces.get("nasbench101")
    met = Architectures(space, TableObjective(table, space, ["val_acc_108ep"]).members)
    costs: dict[str, list[float]] = {}
    with quiet_optuna():
        for arm in given.arms:
            started = time.process_time()
            found = [search(table, met, arm, seed) for seed in range(given.seeds)]
            costs[arm] = [cost for cost, _, _ in found]
            low, median, high = np.quantile(costs[arm], [0.25, 0.5, 0.75], method="nearest")
            trials, whole = np.median([one[1:] for one in found], axis=0)
            print(
                f"{arm}: median {median:.1f} ({low:.1f} to {high:.1f}), {np.isfinite(costs[arm]).mean():.0%} reached; "
                f"{trials:.0f} trials, {whole:.0f} complete; {time.process_time() - started:.0f} s",
                flush=True,
            )
    first, *others = costs
    for arm in others:
        print(f"{first} against {arm}: p = {mannwhitneyu(costs[first], costs[arm]).pvalue:.2g}")


if __name__ == "__main__":
    main()
