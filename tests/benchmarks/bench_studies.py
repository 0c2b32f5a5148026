"""What studies cost, and what they lose when workers are killed.

    python tests/benchmarks/bench_studies.py --only growth [--methods tpe] [--storages memory sqlite journal postgresql]
    python tests/benchmarks/bench_studies.py --only kills --storages postgresql grpc --workers 16
    python tests/benchmarks/bench_studies.py --only kills --storages journal --workers 8

`growth`: the toolkit's own cost of a trial, the objective being free, around trial 200 and around trial 2,000 of two
studies that take turns of five trials, so that other work on the machine slows both: the mean of 40 trials each, over
all seeds, in processor time and by the clock (which counts a server and the disk, too). Up to there studies that are
stored, and those of delta, global and gp, whose trials take 30 to 300 milliseconds, are left to random search. Fade
searches rows of cells (`dag:1-5x3`) with ranks that are drawn, since its trainings are no cost of the toolkit's.

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
sys.path.insert(0, str(Path(__file__).parents[2]))  # the packages

import containers
import numpy as np
import optuna
import postgresql

from archgraph import ArchTable, spaces
from archgraph.seeds import derive_seed
from archgraph.storages import liveness
from archgraph.storages.opening import open_storage
from archgraph.storages.quiet import quiet_optuna
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from search import Architectures, Method, Objective, make, run_in_bulk, run_study
from search.fade.config import FadeConfig
from search.fade.search import FaDESearch
from search.objectives.evaluation import Evaluation
from search.problem import Loop
from search.studies.study import HASH
from supernet.hyper.ranks import FadeRanks

METHODS = ("random", "evolution", "local", "tpe", "nsga2", "cmaes", "delta", "global", "gp", "fade")
STORAGES = ("memory", "sqlite", "journal", "postgresql")
EARLY, TURNS, TURN = 200, 8, 5
SLOW = ("delta", "global", "gp")
CELLS = "dag:1-5"
CLOCKS = ("processor", "clock")


class Free(Objective):
    """A number made of the hash."""

    names, directions = ("made",), ("minimize",)

    def __init__(self, space: str) -> None:
        self.space = spaces.get(space)

    def __call__(self, architectures, seeds):
        return [Evaluation((derive_seed(0, a.hash) / 2**32,)) for a in architectures]


def drawn_fade(made: Objective) -> FaDESearch:
    """Fade on cells at random points, with ranks that are drawn."""
    cells = spaces.get(CELLS)
    members = ArchTable.from_graphs(cells.sample(256, np.random.default_rng(0)))
    members = ArchTable.from_columns(members.columns, ids=[cells.to_native(graph) for graph in members])
    points = np.random.default_rng(1).standard_normal((len(members), 8))

    def ranker(rows, seed):
        return FadeRanks([np.random.default_rng(seed).dirichlet(np.ones(len(rows[0])), len(rows))]), 1.0

    return FaDESearch(BucketGenerator(members, points, 64, 0), ranker, made, FadeConfig(made.space.rows))


def growth(method: str, space: str, storage: str | None, trials: int, seeds: int) -> str:
    """Means at trial 200 and at the last one, and their ratio, in processor time and by the clock."""
    spent = np.zeros((2, 2))
    for seed in range(seeds):
        made = Free(f"{CELLS}x3" if method == "fade" else space)
        studies = [open_study(storage, f"{method}-{seed}-{until}", {}, made.directions) for until in (EARLY, trials)]
        run = [drawn_fade(made).run if method == "fade" else begun(make(method, made.space), made) for _ in studies]
        for one, study, until in zip(run, studies, (EARLY, trials), strict=True):

            def reached(found, n=until - TURNS * TURN // 2):
                return len(found) >= n

            if storage is not None or method in SLOW:
                run_in_bulk(study, make("random", made.space), made, seed, reached)
            else:
                one(study, seed, reached)
        for _ in range(TURNS):
            for number, (one, study) in enumerate(zip(run, studies, strict=True)):
                times: list[tuple[float, float]] = []

                def finished(found, times=times):
                    times.append((time.process_time(), time.perf_counter()))
                    return len(times) > TURN + 1

                one(study, seed, finished)
                spent[number] += np.subtract(times[-1], times[1])  # the first trial of a turn reads the study anew
    early, late = 1e3 * spent / (seeds * TURNS * TURN)
    shown = [
        f"{name} {a:8.2f} to {b:8.2f} ms, {b / a:5.2f} times" for name, a, b in zip(CLOCKS, early, late, strict=True)
    ]
    return f"{method:10s} {seeds} seeds, trial {EARLY} to {trials}: {'; '.join(shown)}"


def begun(method: Method, made: Objective) -> Loop:
    """A search by a method, as it is run by a command."""
    met = Architectures(made.space)
    return lambda study, seed, finished: run_study(study, method, made, seed, finished, met)


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
    if name == "memory":
        yield None
        return
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
    parser.add_argument("--storages", nargs="*", default=STORAGES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=0.1)
    given = parser.parse_args()
    if given.only == "kills":
        for name in given.storages:
            with quiet_optuna(), tempfile.TemporaryDirectory() as folder:
                print(kills(name, given.workers, given.trials, given.kills, given.seconds, Path(folder)), flush=True)
        return
    for name in given.storages:
        with quiet_optuna(), tempfile.TemporaryDirectory() as folder, opened(name, Path(folder)) as url:
            for method in given.methods:
                shown = growth(method, given.space, url, given.trials, given.seeds)
                print(f"{name:10s} {shown}", flush=True)


if __name__ == "__main__":
    main()
