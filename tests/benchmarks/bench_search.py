"""What searches cost beside their evaluations, against plain Optuna TPE in the same run; processor time.

    ARCHGRAPH_TABLES=FOLDER python tests/benchmarks/bench_search.py overhead [--trials 500] [--stored 50]
    ARCHGRAPH_TABLES=FOLDER python tests/benchmarks/bench_search.py encodings [--seeds 20] [--encoder FOLDER]

`overhead`: milliseconds a trial on NAS-Bench-201's table, all trials in memory and some of them in SQLite (there wall
time, since it waits for the disk); and without the method's own model: what TPE's sampler takes to sample, and what
delta's process and the features that it sees take. The second search of delta finds the features read by the first.
`encodings`: queries until the best with the same evolution, its predictor told of architectures by other encodings
(figure 4 of Delta-NAS). With an encoder of the space also by its embeddings, and by their differences: what the process
then sees of a pair is the difference alone, and what it tells is the difference of the two values, added to the label
of the nearest paid architecture.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import numpy as np
import optuna
from optuna.trial import FrozenTrial

from archgraph import ArchTable, spaces
from archgraph.storages.quiet import quiet_optuna
from encoders import load_encoder
from encoders.delta.learners.gaussian_process import GaussianProcess
from search import (
    Architectures,
    DeltaEvolution,
    DeltaSampler,
    EvolutionSampler,
    History,
    RandomArchitectureSampler,
    TableObjective,
    make,
    open_study,
    run_in_bulk,
    run_study,
    suggest_architecture,
)
from search.architectures import Rows
from search.feature_blocks import Featurize
from search.methods.delta import Gains
from search.methods.targets import expected_improvement, log_regret
from search.studies.study import completed

SPACE = "nasbench201"
METRIC = "c10_xvalid_val_mean"
TURN = 10


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
    architectures = Architectures(made.space, made.members)
    for name in ("random", "evolution", "local", "tpe", "delta", "delta"):
        search, method = open_study(None, name, {}, made.directions), make(name, made.space)
        report(
            f"{name}, memory",
            trials,
            time.process_time,
            lambda s=search, m=method: run_in_bulk(s, m, made, 0, lambda h: len(h) >= trials, architectures),
        )

    def by_sampler(trial: optuna.Trial) -> float:
        suggest_architecture(trial, made.space)
        return value[tuple(made.space.code(trial.params))]

    kinds = (optuna.samplers.TPESampler, RandomArchitectureSampler, EvolutionSampler, DeltaSampler)
    samplers = [optuna.samplers.TPESampler(seed=0), *(kind(made.space, members=made.members) for kind in kinds[1:])]
    studies = [optuna.create_study(direction="maximize", sampler=sampler) for sampler in samplers]
    spent = np.zeros((len(kinds), -(-trials // TURN), 2))
    for turn in range(spent.shape[1]):  # in turns, so that other work on the machine slows all of them
        for number, study in enumerate(studies):
            before = np.array([time.process_time(), time.perf_counter()])
            study.optimize(by_sampler if number else plain, n_trials=TURN)
            spent[number, turn] = np.array([time.process_time(), time.perf_counter()]) - before
    for kind, times in zip(kinds, spent, strict=True):
        whole, later = (1000 * part.mean(axis=0) / TURN for part in (times, times[100 // TURN :]))
        shown = "{:8.2f} ms a trial, by the clock {:8.2f}; from trial 100 on {:8.2f}".format(*whole, later[0])
        print(f"{kind.__name__ + ', in turns':34s} {shown}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/s.db"
        study = optuna.create_study(storage=url, direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
        report("plain TPE, SQLite, wall", stored, time.perf_counter, lambda: study.optimize(plain, n_trials=stored))
        for name in ("random", "evolution", "tpe", "delta"):
            search, method = open_study(url, name, {}, made.directions), make(name, made.space)
            report(
                f"{name}, SQLite, wall",
                stored,
                time.perf_counter,
                lambda s=search, m=method: run_study(
                    s, m, made, 0, lambda trials: len(trials) >= stored, architectures
                ),
            )


MODELS = (
    (GaussianProcess, "fit"),
    (GaussianProcess, "with_labels"),
    (GaussianProcess, "predict"),
    (Architectures, "features"),
    (optuna.samplers.TPESampler, "_sample"),
)
"""What counts as a method's model."""


def report(name: str, trials: int, clock: Callable[[], float], work: Callable[[], object]) -> None:
    in_model = [0.0]

    def timed(function: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **kwargs: object) -> object:
            begun = clock()
            try:
                return function(*args, **kwargs)
            finally:
                in_model[0] += clock() - begun

        return wrapped

    with ExitStack() as stack:
        for owner, attribute in MODELS:
            function = getattr(owner, attribute)
            plain = staticmethod(timed(function)) if attribute == "fit" else timed(function)
            stack.enter_context(patch.object(owner, attribute, plain))
        start = clock()
        work()
        whole = clock() - start
    figures = (1000 * seconds / trials for seconds in (whole, whole - in_model[0]))
    print(f"{name:34s} {{:8.2f}} ms a trial, {{:8.2f}} without the model".format(*figures), flush=True)


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


class DifferenceEvolution(DeltaEvolution):
    """Delta whose process sees pairs of near architectures by the difference of their features alone."""

    pairs = 3  # of each label, with the nearest others

    def _refreshed(self, history: History, rows: Rows, losses: np.ndarray) -> Gains:
        targets, x = log_regret(losses), history.architectures.features(rows, *self.blocks)
        distance = np.square(x[:, None] - x).sum(axis=2)
        near = np.argsort(distance, axis=1, kind="stable")[:, 1 : 1 + self.pairs]
        start, end = np.repeat(np.arange(len(rows)), near.shape[1]), near.reshape(-1)
        start, end = np.append(start, end), np.append(end, start)  # both ways: a difference changes its sign
        counts = history.architectures.counts(*self.blocks)
        gap, rise = x[end] - x[start], targets[end] - targets[start]
        process = GaussianProcess.fit(gap, rise, iterations=10, most=200, counts=counts)

        def gains(some: Rows) -> np.ndarray:
            z = history.architectures.features(some, *self.blocks)
            anchor = np.array([np.square(x - row).sum(axis=1).argmin() for row in z], dtype=np.intp)
            mean, std = process.predict(z - x[anchor])
            return expected_improvement(targets[anchor] + mean, np.hypot(std, process.noise), targets.min())

        return gains


def encodings(seeds: int, encoder: Path | None) -> None:
    made = objective()
    best = made.values.max()
    further: dict[str, Featurize] = {"one-hot": one_hot, "paths": paths}
    blocks = {
        "one-hot adjacency": ("one-hot",),
        "path encoding": ("paths",),
        "graph statistics": ("statistics",),
        "physics": ("physics",),
        "physics and statistics": ("physics", "statistics"),
    }
    if encoder is not None:
        trained = load_encoder(encoder).pretrained.encoder
        further["embedding"] = lambda table: trained.encode(table).numpy()
        blocks |= {"embedding": ("embedding",), "embedding, differences": ("embedding",)}
        blocks["physics and statistics, differences"] = ("physics", "statistics")
    architectures = Architectures(made.space, made.members, further)

    def over(trials: Sequence[FrozenTrial]) -> bool:
        return len(trials) >= 150 or (len(trials) > 0 and trials[-1].values[0] >= best)

    for name, chosen in blocks.items():
        search = DifferenceEvolution if "differences" in name else DeltaEvolution
        found = []
        for seed in range(seeds):
            study = open_study(None, "s", {}, made.directions)
            run_in_bulk(
                study,
                search(blocks=chosen),
                made,
                seed,
                over,
                architectures,
            )
            values = [t.value for t in completed(study)]
            found.append(values.index(best) + 1 if best in values else np.inf)
        share = np.isfinite(found).mean()
        print(f"{name:36s} median {np.median(found):6.1f}, found by {share:.0%} of {seeds} seeds", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["overhead", "encodings"])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--stored", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--encoder", type=Path)
    options = parser.parse_args()
    with quiet_optuna():
        if options.what == "overhead":
            overhead(options.trials, options.stored)
        else:
            encodings(options.seeds, options.encoder)
