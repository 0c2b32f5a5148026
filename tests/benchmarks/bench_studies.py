"""What studies cost, and what they lose when workers are killed.

    python tests/benchmarks/bench_studies.py --only growth
    python tests/benchmarks/bench_studies.py --only kills --storages postgresql grpc --workers 16
    python tests/benchmarks/bench_studies.py --only kills --storages journal --workers 8

`growth`: the toolkit's own processor time for a trial, the objective being free, around trial 200 and around trial
2,000 (medians of 100 trials each).

`kills`: workers on one study, of which one at random is killed with -9 every so often, and another started under
another host name. A PostgreSQL server is started for it, or `grpc`, Optuna's proxy of one. Signs of life come each 2
seconds and 45 seconds without one are enough, more than the 30 for which a lock outlives its holder. Needs root.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # what tests share

import containers
import numpy as np
import optuna
import postgresql

from archgraph import spaces
from archgraph.seeds import derive_seed
from archgraph.storages import liveness
from archgraph.storages.opening import open_storage
from archgraph.storages.quiet import quiet_optuna
from archgraph.storages.study import open_study
from search import Objective, make, run_study
from search.objectives.evaluation import Evaluation
from search.studies.study import HASH

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


class Noted(Free):
    """The same; each evaluation takes its time and leaves a line in a file."""

    def __init__(self, space: str, file: Path, seconds: float) -> None:
        super().__init__(space)
        self.file, self.seconds = file, seconds

    def __call__(self, architectures, seeds):
        with self.file.open("a") as file:
            file.writelines(f"{a.hash}\n" for a in architectures)
        time.sleep(self.seconds)
        return super().__call__(architectures, seeds)


def work(storage: str, file: Path, trials: int, seconds: float) -> None:
    """What every worker is started with."""
    made = Noted("nasbench201", file, seconds)
    study = open_study(storage, "kills", {}, made.directions)
    run_study(study, make("random", made.space), made, 0, lambda begun: len(begun) >= trials)


def proxied(storage: str, port: int) -> None:
    """Optuna's proxy of a storage."""
    optuna.storages.run_grpc_proxy_server(
        open_storage(storage), port=port, thread_pool=ThreadPoolExecutor(max_workers=32)
    )


@contextmanager
def opened(name: str, folder: Path):
    """The URL of a storage that is there as long as the block."""
    if name in ("postgresql", "grpc"):
        with postgresql.server() as server:
            url = postgresql.new_database(server, "kills")
            if name == "postgresql":
                yield url
                return
            proxy = containers.FORK.Process(target=proxied, args=(url, 13013), daemon=True)
            proxy.start()
            try:
                yield "grpc://localhost:13013"
            finally:
                proxy.kill()
        return
    yield {"sqlite": f"sqlite:///{folder / 's.db'}", "journal": f"journal:{folder / 's.log'}"}[name]


def kills(name: str, workers: int, trials: int, count: int, seconds: float, folder: Path) -> str:
    """What is lost, completed twice, left running and wasted."""
    liveness.EVERY, liveness.SILENCE = 2, 45
    rng, file, started = np.random.default_rng(0), folder / "paid.txt", time.monotonic()
    with opened(name, folder) as url:

        def begun(host: int):
            process = containers.process(work, url, file, trials, seconds, host=f"pod-{host}")
            process.start()
            return process

        at_work = [begun(i) for i in range(workers)]
        for killed in range(count):
            wanted = (killed + 0.5) * trials / count
            while not file.exists() or file.read_text().count("\n") < wanted:
                time.sleep(0.05)
            chosen = int(rng.integers(workers))
            at_work[chosen].kill()
            at_work[chosen].join()
            at_work[chosen] = begun(workers + killed)
        for process in at_work:
            process.join()
        codes = Counter(process.exitcode for process in at_work)
        found = optuna.load_study(study_name="kills", storage=open_storage(url)).get_trials(deepcopy=False)
    complete = Counter(t.user_attrs[HASH] for t in found if t.state.name == "COMPLETE")
    paid = Counter(file.read_text().split())
    states = Counter(trial.state.name for trial in found)
    return (
        f"{name}: {workers} workers, {count} kills, {time.monotonic() - started:.0f} s, exit codes {dict(codes)}; "
        f"{states['COMPLETE']} of {trials} complete, {sum(n > 1 for n in complete.values())} twice, "
        f"{states['RUNNING']} running, {sum(paid.values()) - states['COMPLETE']} evaluations wasted, "
        f"{sum(key not in complete for key in paid)} paid and lost"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=["growth", "kills"], default="growth")
    parser.add_argument("--space", default="nasbench201")
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument("--storages", nargs="*", default=["memory", "sqlite", "journal"])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--timeout", type=float, default=600)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=0.1)
    given = parser.parse_args()
    if given.only == "kills":
        for name in given.storages:
            with quiet_optuna(), tempfile.TemporaryDirectory() as folder:
                print(kills(name, given.workers, given.trials, given.kills, given.seconds, Path(folder)), flush=True)
        return
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
