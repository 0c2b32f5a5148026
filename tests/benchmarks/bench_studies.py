"""What studies cost, and what they lose when workers are killed.

    python tests/benchmarks/bench_studies.py --only growth
    python tests/benchmarks/bench_studies.py --only kills --storage postgresql://... --workers 16

`growth`: the toolkit's own time for a trial, the objective being free, around trial 200 and around trial 2,000 (medians
of 100 trials each, in processor seconds where the storage lies in this process and in wall seconds elsewhere).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from archgraph import spaces
from archgraph.seeds import derive_seed
from archgraph.storages.quiet import quiet_optuna
from archgraph.storages.study import open_study
from search import Objective, make, run_study
from search.objectives.evaluation import Evaluation

METHODS = ("random", "evolution", "local", "delta", "tpe", "nsga2", "global", "gp")


class Free(Objective):
    """A number made of the hash."""

    names, directions = ("made",), ("minimize",)

    def __init__(self, space: str) -> None:
        self.space = spaces.get(space)

    def __call__(self, architectures, seeds):
        return [Evaluation((derive_seed(0, a.hash) / 2**32,)) for a in architectures]


def growth(method: str, space: str, storage: str | None, trials: int, timeout: float) -> str:
    """Medians around trial 200 and the last one, and their ratio."""
    made, times = Free(space), [time.process_time()]
    started = times[0]

    def finished(begun):
        times.append(time.process_time())
        return len(begun) >= trials or times[-1] > started + timeout

    study = open_study(storage, f"{method}-{space}", {}, made.directions)
    run_study(study, make(method, made.space), made, 0, finished)
    each = np.diff(times) * 1e3
    first, last = np.median(each[150:250]), np.median(each[-100:])
    at = f"trial 200: {first:7.2f} ms, trial {len(each) - 1}: {last:7.2f} ms"
    return f"{method:10s} {space:12s} {at}, {last / first:5.2f} times"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=["growth"], default="growth")
    parser.add_argument("--space", default="nasbench201")
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument("--storages", nargs="*", default=["memory", "sqlite", "journal"])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--timeout", type=float, default=600)
    given = parser.parse_args()
    with quiet_optuna(), tempfile.TemporaryDirectory() as folder:
        for method in given.methods:
            for name in given.storages:
                urls = {
                    "memory": None,
                    "sqlite": f"sqlite:///{Path(folder) / f'{method}.db'}",
                    "journal": f"journal:{Path(folder) / f'{method}.log'}",
                }
                print(
                    f"{name[:10]:10s}",
                    growth(method, given.space, urls.get(name, name), given.trials, given.timeout),
                    flush=True,
                )


if __name__ == "__main__":
    main()
